import { recorded } from '@test/transactions';
import { describe, expect, it } from 'vitest';
import { type Dec, dec } from '@/lib/decimal';
import {
  againOf,
  draftsOf,
  emptyValues,
  type FormValues,
  keptOf,
  previewOf,
  stillKept,
  valuesOf,
} from './draft';
import { FORM_TYPES } from './types';
import { FormSchema } from './validate';

const asset = { id: 'a1', symbol: 'ABC', name: 'Abc', currency: 'USD' };
const start = { ...emptyValues({ day: '2026-03-04', account: 'Broker', currency: 'USD' }), asset };
const values = (part: Partial<FormValues>): FormValues => ({ ...start, ...part });
const split = (type: 'split' | 'bonus', after: string, before: string) =>
  values({ type, ratioNew: dec(after), ratioOld: dec(before) });
const trade = values({ quantity: dec('3'), unitPrice: dec('0.1'), fee: dec('1.5') });

describe('previewOf', () => {
  it('adds costs to what is paid and takes them from what is received, exactly', () => {
    expect(previewOf(trade)).toEqual({ gross: '0.3', costs: '1.5', total: '-1.8', movesMoney: true });
    expect(previewOf({ ...trade, type: 'sell', tax: dec('0.25') }).total).toBe('-1.45');
    expect(previewOf(values({ type: 'dividend', gross: dec('10'), tax: dec('2.5') })).total).toBe('7.5');
  });

  it('lets an amount that was given beat the product, as the server does', () => {
    expect(previewOf({ ...trade, gross: dec('0.31') }).total).toBe('-1.81');
  });

  it('ignores what the type does not show', () => {
    const deposit = values({ type: 'deposit', gross: dec('5'), tax: dec('1'), quantity: dec('9') });
    expect(previewOf(deposit).total).toBe('5');
    expect(previewOf(values({ type: 'split', ratioNew: dec('4'), ratioOld: dec('1') }))).toMatchObject({
      movesMoney: false,
    });
  });
});

describe('draftsOf', () => {
  const one = (form: FormValues) => draftsOf(form, {}, () => 'g')[0];

  it('sends what the type shows and nothing else', () => {
    expect(
      one({ ...trade, ratioNew: dec('9'), ratioOld: dec('1'), toAccount: 'x', tags: ' plan, ,saved ' }),
    ).toEqual({
      type: 'buy',
      day: '2026-03-04',
      account: 'Broker',
      asset_id: 'a1',
      quantity: '3',
      unit_price: '0.1',
      currency: 'USD',
      fee: '1.5',
      tags: ['plan', 'saved'],
    });
    expect(one(split('split', '4', '1'))).not.toHaveProperty('currency');
  });

  it('makes the ratio of what was announced, new shares beside those held or units in their place', () => {
    expect(one(split('bonus', '1', '10'))).toMatchObject({ ratio: '1.1' });
    expect(one(split('split', '1', '10'))).toMatchObject({ ratio: '0.1' });
    expect(one(split('split', '7', '3'))).toMatchObject({ ratio: '2.333333333333333333' });
  });

  it('shows a recorded ratio as it was announced, and would record the same', () => {
    for (const [type, ratio, after, before] of [
      ['bonus', '1.1', '1', '10'],
      ['bonus', '1.333333333333333333', '1', '3'],
      ['split', '0.1', '1', '10'],
      ['split', '0.666666666666666667', '2', '3'],
      ['split', '1.03717', '1.03717', '1'],
    ] as const) {
      const form = valuesOf({ ...recorded, type, ratio: dec(ratio) }, type);
      expect([form.ratioNew, form.ratioOld]).toEqual([after, before]);
      expect(one(form)).toMatchObject({ ratio });
      expect(FormSchema.safeParse(form).success).toBe(true);
    }
  });

  it('books a transfer as two partners, the fee once', () => {
    const [out, into, ...more] = draftsOf(
      values({ type: 'transfer', quantity: dec('2'), toAccount: ' Other ', fee: dec('1') }),
      {},
      () => 'g',
    );
    expect(more).toEqual([]);
    expect(out).toMatchObject({
      type: 'transfer_out',
      account: 'Broker',
      group: 'g',
      fee: '1',
      quantity: '2',
    });
    expect(into).toMatchObject({ type: 'transfer_in', account: 'Other', group: 'g', quantity: '2' });
    expect(into).not.toHaveProperty('fee');
  });

  it('leaves the side that arrives as it was, but for what was changed', () => {
    const start = values({ type: 'transfer', quantity: dec('2'), toAccount: 'Vault', fee: dec('1') });
    const item = {
      ...recorded,
      type: 'transfer_in' as const,
      account: 'Vault',
      day: '2026-03-06',
      quantity: dec('2'),
      gross: null,
      unit_price: null,
      fee: null,
      group: 'old',
      note: 'came late',
      tags: ['cold'],
    };
    const into = (form: FormValues) => draftsOf(form, {}, () => 'g', { item, start })[1];
    const kept = {
      ...{ type: 'transfer_in', day: '2026-03-06', executed_at: item.executed_at, account: 'Vault' },
      ...{ quantity: '2', note: 'came late', tags: ['cold'], group: 'g' },
    };
    expect(into({ ...start, fee: dec('3'), account: 'Elsewhere' })).toMatchObject(kept);
    expect(into({ ...start, fee: dec('3') })).not.toHaveProperty('fee');
    expect(into({ ...start, quantity: dec('5'), toAccount: 'Chest' })).toMatchObject({
      ...kept,
      quantity: '5',
      account: 'Chest',
    });
    const moved = into({ ...start, day: '2026-03-05' });
    expect(moved).toMatchObject({ day: '2026-03-05', note: 'came late' });
    expect(moved).not.toHaveProperty('executed_at');
  });

  it('sends what goes into a pool, money by its name, and shows it again', () => {
    const euro = { id: '', symbol: 'EUR', name: '', currency: 'USD' };
    const pool = values({
      type: 'lp_add',
      quantity: dec('4'),
      legs: [
        { asset: { ...asset, id: 'a2' }, quantity: dec('2') },
        { asset: euro, quantity: dec('300') },
      ],
    });
    const legs = [
      { asset_id: 'a2', quantity: '2' },
      { symbol: 'EUR', quantity: '300' },
    ];
    expect(one(pool)).toEqual({
      ...{ type: 'lp_add', day: '2026-03-04', account: 'Broker', asset_id: 'a1', quantity: '4' },
      ...{ currency: 'USD', legs },
    });
    const item = {
      ...{ ...recorded, type: 'lp_add' as const, quantity: dec('4') },
      legs: [
        { asset_id: 'a2', symbol: 'ETH', quantity: dec('2') },
        { asset_id: null, symbol: 'EUR', quantity: dec('300') },
      ],
    };
    expect(one(valuesOf(item, 'lp_add'))).toMatchObject({ legs });
  });

  it('transfers money without an asset', () => {
    const [out] = draftsOf(
      values({ type: 'transfer', subject: 'money', gross: dec('7'), toAccount: 'B' }),
      {},
      () => 'g',
    );
    expect(out).toMatchObject({ gross: '7', currency: 'USD' });
    expect(out).not.toHaveProperty('asset_id');
  });

  it('drops the currency of a fee with the fee', () => {
    expect(
      draftsOf(values({ ...trade, fee: undefined }), { fee_currency: 'BTC' }, () => 'g')[0],
    ).not.toHaveProperty('fee_currency');
  });
});

describe('a correction', () => {
  const before = valuesOf(recorded, 'buy');

  it('starts from what was recorded, and a product is not given a second time', () => {
    expect(before).toMatchObject({ quantity: '3', unitPrice: '0.1', gross: undefined, tags: 'x', note: 'n' });
    expect(valuesOf({ ...recorded, gross: '0.31' as Dec }, 'buy').gross).toBe('0.31');
  });

  it('keeps the fields that no field of the form shows', () => {
    const [draft] = draftsOf(before, stillKept(keptOf(recorded), before, before), () => 'g');
    expect(draft).toMatchObject({ executed_at: recorded.executed_at, cash_account: 'Bank', fx_rate: '0.9' });
  });

  it('drops the time of another day and the rate of another currency', () => {
    const after = { ...before, day: '2026-03-05', currency: 'CHF' };
    expect(stillKept(keptOf(recorded), before, after)).toEqual({ cash_account: 'Bank' });
  });

  it('records all again when a reversal is undone', () => {
    expect(againOf(recorded)).toMatchObject({
      type: 'buy',
      executed_at: recorded.executed_at,
      fx_rate: '0.9',
    });
    expect(againOf({ ...recorded, type: 'split' })).not.toHaveProperty('currency');
  });
});

describe('FormSchema', () => {
  const wrong = (form: FormValues) => {
    const result = FormSchema.safeParse(form);
    return result.success ? [] : result.error.issues.map(({ path }) => path[0]).sort();
  };

  it('accepts a whole form', () => expect(wrong(trade)).toEqual([]));

  it.each([
    ['buy', ['asset', 'quantity', 'unitPrice']],
    ['deposit', ['gross']],
    ['dividend', ['asset', 'gross']],
    ['split', ['asset', 'ratioNew', 'ratioOld']],
    ['swap', ['asset', 'quantity', 'toAsset', 'toQuantity']],
    ['transfer', ['asset', 'quantity', 'toAccount']],
    ['opening_balance', ['asset', 'quantity', 'unitPrice']],
  ] as const)('names what %s lacks', (type, names) => {
    expect(wrong(values({ type, asset: undefined }))).toEqual(names);
  });

  it('has a rule for every type', () => {
    for (const type of FORM_TYPES) expect(wrong(values({ type, asset: undefined })), type).not.toEqual([]);
  });

  it('records a ratio that never ends only when asked to round it', () => {
    expect(wrong(split('split', '1', '3'))).toEqual(['isRatioRounded']);
    expect(wrong({ ...split('split', '1', '3'), isRatioRounded: true })).toEqual([]);
    expect(wrong(split('bonus', '1', '3'))).toEqual(['isRatioRounded']);
    expect(wrong(split('bonus', '1', '4'))).toEqual([]);
  });

  it('wants every line of a pool whole', () => {
    const pool = (legs: FormValues['legs']) => wrong(values({ type: 'lp_remove', quantity: dec('1'), legs }));
    expect(pool([{ asset, quantity: dec('1') }])).toEqual([]);
    expect(pool([{ asset, quantity: dec('0') }])).toEqual(['legs']);
    expect(pool([{ asset: undefined, quantity: dec('1') }])).toEqual(['legs']);
  });

  it('refuses minus signs, zero units, and a transfer to the same account', () => {
    expect(wrong({ ...trade, fee: dec('-1') })).toEqual(['fee']);
    expect(wrong({ ...trade, quantity: dec('0') })).toEqual(['quantity']);
    expect(wrong(split('split', '0', '-1'))).toEqual(['ratioNew', 'ratioOld']);
    expect(wrong({ ...trade, ratioNew: dec('-1') }), 'of another type').toEqual([]);
    expect(wrong(values({ type: 'transfer', quantity: dec('1'), toAccount: 'Broker' }))).toEqual([
      'toAccount',
    ]);
  });
});
