import { recorded } from '@test/transactions';
import { expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { fractionOf } from './cost-fraction';
import { rowChange, rowFields, rowValuesOf } from './inline-draft';
import { takenFrom } from './lots-picker';

it('works out the part of the cost that goes with a spin-off', () => {
  // 100 old at 30 and 50 new at 20: 1000 of 4000.
  expect(fractionOf(dec('100'), dec('30'), dec('50'), dec('20'))).toBe('0.25');
  expect(fractionOf(dec('100'), undefined, dec('50'), dec('20'))).toBeUndefined();
});

it('takes from lots in the order they were chosen', () => {
  const lots = [
    { id: 'a', quantity: dec('3') },
    { id: 'b', quantity: dec('5') },
  ];
  expect([...takenFrom(lots, [{ id: 'b' }, { id: 'a' }], dec('6'))]).toEqual([
    ['b', '5'],
    ['a', '1'],
  ]);
  expect([...takenFrom(lots, [{ id: 'b' }, { id: 'a' }], dec('5'))]).toEqual([['b', '5']]);
  const said = [
    { id: 'b', units: dec('2') },
    { id: 'a', units: undefined },
  ];
  expect([...takenFrom(lots, said, dec('5'))]).toEqual([
    ['b', '2'],
    ['a', undefined],
  ]);
});

it('lets a row change only what stands in it alone', () => {
  expect([...rowFields(recorded)].sort()).toEqual(['day', 'fee', 'note', 'quantity', 'unitPrice']);
  expect([...rowFields({ ...recorded, gross: dec('9') })].sort()).toEqual(['day', 'fee', 'note']);
  expect([...rowFields({ ...recorded, group: 'g' })]).toEqual(['note']);
  expect([...rowFields({ ...recorded, settle_amount: dec('1') })]).not.toContain('quantity');
  expect([...rowFields({ ...recorded, lot_quantities: [dec('3')] })]).not.toContain('quantity');
});

it('knows an unchanged row, a note, a correction and a slip', () => {
  const values = rowValuesOf(recorded);
  expect(rowChange(recorded, values)).toEqual({ kind: 'none' });
  expect(rowChange(recorded, { ...values, note: ' m ' })).toEqual({ kind: 'note', note: 'm' });
  expect(rowChange(recorded, { ...values, quantity: undefined })).toBeUndefined();
  expect(rowChange(recorded, { ...values, day: '' })).toBeUndefined();
  const moved = rowChange(recorded, { ...values, day: '2026-03-05' });
  expect(moved).toMatchObject({ kind: 'correction', draft: { day: '2026-03-05', gross: '0.3' } });
  // The instant belonged to the other day.
  expect(moved).not.toHaveProperty('draft.executed_at');
});
