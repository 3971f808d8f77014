import { describe, expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { emptyValues } from './draft';
import { ratioMeaning, ratioSaid } from './ratio';

const start = emptyValues({ day: '2026-03-04', account: 'Broker', currency: 'EUR' });
const meaning = (type: 'split' | 'bonus', ratioNew: string, ratioOld: string) =>
  ratioMeaning({ ...start, type, ratioNew: dec(ratioNew), ratioOld: dec(ratioOld) });

describe('ratioMeaning', () => {
  it.each([
    ['bonus', '1', '10', '1 for 10: 10% more units, 1.1 for each one held.'],
    ['split', '4', '1', '4 for 1: 300% more units, 4 for each one held.'],
    ['split', '1', '10', '1 for 10: 90% fewer units, 0.1 for each one held.'],
    ['split', '1', '3', '1 ÷ 3 has no exact decimal, which the ledger would need.'],
    ['bonus', '1', '3', '4 ÷ 3 has no exact decimal, which the ledger would need.'],
  ] as const)('says of a %s what %s for %s comes to', (type, after, before, said) => {
    expect(meaning(type, after, before)).toBe(said);
  });

  it('waits for both numbers, and for numbers that make sense', () => {
    expect(ratioMeaning({ ...start, type: 'split', ratioNew: dec('4') })).toBeUndefined();
    expect(meaning('split', '4', '0')).toBeUndefined();
    expect(meaning('bonus', '-1', '10')).toBeUndefined();
  });
});

it('says a recorded ratio as its form does', () => {
  expect(ratioSaid('bonus', dec('1.1'))).toBe('1 for 10 (× 1.1)');
  expect(ratioSaid('split', dec('0.1'))).toBe('1 for 10 (× 0.1)');
});
