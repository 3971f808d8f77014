/** A portfolio as the API lists it, and something it can hold. */
export const portfolio = {
  id: 'p',
  name: 'Books',
  base_currency: 'EUR',
  lot_method: 'fifo',
  lot_scope: 'account',
  cash: 'tracked',
  fees_in_cost: true,
  time_zone: 'UTC',
  is_demo: false,
  transactions_count: 1,
  market_value: null,
  as_of: null,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

export const asset = {
  id: 'a1',
  symbol: 'ABC',
  name: 'Abc Works',
  asset_class: 'equity',
  currency: 'EUR',
  isin: null,
  mic: '',
  scope: 'public',
  is_simulated: false,
  latest_price: null,
};
