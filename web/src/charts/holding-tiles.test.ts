import { expect, it } from 'vitest';
import type { Holdings } from '@/api/parse/portfolios';
import { dec } from '@/lib/decimal';
import { holdingTiles } from './holding-tiles';

const item = (symbol: string, asset_class: string, weight: number | null) =>
  ({
    ...{ asset_id: symbol, symbol, asset_class, weight },
    ...{ price_as_of: symbol === 'B' ? '2026-11-27' : '2026-11-28', day_gain: dec('0'), day_return: 0.01 },
  }) as Holdings['items'][number];
const money = (currency: string, value: string | null) =>
  ({ currency, value: value === null ? null : dec(value) }) as Holdings['cash'][number];
const totals = (value: string | null) =>
  ({ market_value: value === null ? null : dec(value) }) as Holdings['totals'];

it('groups by class, with one tile of cash a currency over all accounts', () => {
  const groups = holdingTiles(
    {
      items: [item('A', 'equity', 0.5), item('B', 'etf', 0.2), item('C', 'equity', null)],
      cash: [money('EUR', '20'), money('EUR', '5'), money('USD', '5'), money('GBP', null)],
      totals: totals('100'),
      as_of: '2026-11-28',
    },
    (name) => name.toUpperCase(),
  );
  expect(groups.map(({ label, tiles }) => [label, tiles.map(({ id, weight }) => [id, weight])])).toEqual([
    ['EQUITY', [['A', 0.5]]],
    ['ETF', [['B', 0.2]]],
    [
      'CASH',
      [
        ['EUR', 0.25],
        ['USD', 0.05],
      ],
    ],
  ]);
});

it('knows no move of what has no price of the day', () => {
  const groups = holdingTiles(
    {
      items: [item('A', 'equity', 0.5), item('B', 'equity', 0.5)],
      cash: [],
      totals: totals('9'),
      as_of: '2026-11-28',
    },
    String,
  );
  expect(groups[0]?.tiles.map(({ change }) => change)).toEqual([0.01, null]);
});

it('leaves cash out where the whole is not known: its share is not known either', () => {
  const found = holdingTiles(
    { items: [], cash: [money('EUR', '20')], totals: totals(null), as_of: '2026-11-28' },
    String,
  );
  expect(found).toEqual([]);
});
