import { describe, expect, it } from 'vitest';
import type { Holding } from '@/api/parse/portfolios';
import { dec } from '@/lib/decimal';
import { filterHoldings, isFiltered, NO_FILTER } from './holdings-filter';

function holding(symbol: string, change: Partial<Holding>): Holding {
  return {
    asset_id: symbol,
    symbol,
    name: symbol,
    asset_class: 'equity',
    currency: 'EUR',
    is_simulated: false,
    quantity: dec('1'),
    price: null,
    price_as_of: null,
    is_stale: false,
    is_at_cost: false,
    market_value: null,
    market_value_local: null,
    cost_basis: null,
    average_price: null,
    unrealised_gain: null,
    unrealised_gain_price: null,
    unrealised_gain_fx: null,
    unrealised_return: null,
    weight: null,
    day_gain: null,
    day_return: null,
    realised_gain: null,
    income: null,
    price_history: [],
    ...change,
  };
}

const items = [
  holding('ABC', { name: 'Abc Works' }),
  holding('XYZ', { name: 'Works of Xyz', currency: 'USD' }),
  holding('BTC', { name: 'Bitcoin', asset_class: 'crypto', currency: 'USD' }),
];
const found = (filter: { find?: string; class?: string; currency?: string }) =>
  filterHoldings(items, { ...NO_FILTER, ...filter }).map(({ symbol }) => symbol);

describe('filter of holdings', () => {
  it('leaves everything where nothing is chosen', () => {
    expect(found({})).toEqual(['ABC', 'XYZ', 'BTC']);
    expect(isFiltered(NO_FILTER)).toBe(false);
  });

  it('finds by symbol or name, whatever the case', () => {
    expect(found({ find: 'works' })).toEqual(['ABC', 'XYZ']);
    expect(found({ find: 'bT' })).toEqual(['BTC']);
    expect(found({ find: 'zzz' })).toEqual([]);
  });

  it('joins class, currency and text', () => {
    expect(found({ currency: 'USD' })).toEqual(['XYZ', 'BTC']);
    expect(found({ currency: 'USD', class: 'equity' })).toEqual(['XYZ']);
    expect(found({ currency: 'USD', class: 'equity', find: 'btc' })).toEqual([]);
    expect(isFiltered({ ...NO_FILTER, currency: 'USD' })).toBe(true);
  });
});
