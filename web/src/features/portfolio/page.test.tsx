import { portfolio } from '@test/books';
import { Problem, serve, showPage } from '@test/page';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Holding, Holdings } from '@/api/parse/portfolios';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { holdingsCsv } from './export';
import PortfolioPage from './page';

const PATH = '/portfolios/$id';
const ADDRESS = '/portfolios/p';

const small: Holding = {
  asset_id: 'a1',
  symbol: 'ABC',
  name: 'Abc Works',
  asset_class: 'equity',
  currency: 'USD',
  is_simulated: false,
  quantity: dec('12.5'),
  price: dec('8'),
  price_as_of: '2026-01-02',
  is_stale: true,
  is_at_cost: false,
  market_value: dec('90'),
  market_value_local: dec('100'),
  cost_basis: dec('70'),
  average_price: dec('5.6'),
  unrealised_gain: dec('20'),
  unrealised_gain_price: dec('27'),
  unrealised_gain_fx: dec('-7'),
  unrealised_return: 0.2857,
  weight: 0.09,
  day_gain: dec('1'),
  day_return: 0.01,
  realised_gain: dec('0'),
  income: dec('0'),
  price_history: [7, 8],
};
const large: Holding = {
  ...small,
  asset_id: 'a2',
  symbol: 'FLAT',
  name: '=A flat',
  currency: 'EUR',
  price: null,
  is_stale: false,
  is_at_cost: true,
  market_value: dec('1000'),
  cost_basis: dec('1000'),
  unrealised_gain: dec('0'),
  unrealised_return: 0,
};

const holdings: Holdings = {
  portfolio_id: 'p',
  as_of: '2026-11-25',
  base_currency: 'EUR',
  items: [small, large],
  cash: [
    {
      account: 'Broker',
      currency: 'USD',
      amount: dec('10'),
      value: dec('9'),
      rate: dec('0.9'),
      rate_as_of: '2026-11-20',
    },
  ],
  totals: {
    market_value: dec('1099'),
    securities_value: dec('1090'),
    cash_value: dec('9'),
    cost_basis: dec('1070'),
    unrealised_gain: dec('20.5'),
    realised_gain: dec('3'),
    income: dec('4'),
    fees: dec('5'),
    taxes: dec('6'),
    day_gain: null,
    day_return: null,
  },
  missing_acquisitions: [],
  warnings: [],
};

const lot = {
  id: 'l1',
  asset_id: 'a1',
  symbol: 'ABC',
  account: 'Broker',
  acquired_on: '2025-03-04',
  quantity_acquired: '20',
  quantity: '12.5',
  unit_cost: '5.6',
  cost_basis: '70',
  fee_cost: '0',
  market_value: '90',
  unrealised_gain: '20',
  held_days: 600,
  days_to_long_term: 0,
  term: 'long',
};

const EMPTY_SLICE = {
  day_return: null,
  unrealised_return: null,
  price_as_of: null,
  target: null,
  drift: null,
  trade: null,
};

const around = {
  'GET /portfolios/p': portfolio,
  'GET /portfolios/p/holdings': holdings,
  'GET /portfolios/p/lots': { items: [lot], next_cursor: null, as_of: '2026-11-25', base_currency: 'EUR' },
  'GET /portfolios/d': portfolio,
  'GET /portfolios/d/holdings': holdings,
  'GET /currencies': {
    items: [{ code: 'EUR', name: 'Euro', minor_units: 2, rates_until: null }],
    next_cursor: null,
  },
};

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
});
afterEach(() => vi.unstubAllGlobals());

const table = async () => within(await screen.findByRole('table', { name: 'Holdings' }));
const choose = async (item: string) => {
  await userEvent.click(await screen.findByRole('button', { name: 'More' }));
  await userEvent.click(screen.getByRole('menuitem', { name: item }));
};

it('sorts by value, adds up its own columns, and says which price is old or missing', async () => {
  serve(around);
  showPage(PortfolioPage, PATH, ADDRESS);
  const rows = (await table()).getAllByRole('row');
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringContaining('Asset'),
    expect.stringContaining('FLAT'),
    expect.stringContaining('ABC'),
    expect.stringContaining('Total'),
  ]);
  expect(rows[1]).toHaveTextContent('At cost');
  expect(rows[2]).toHaveTextContent('Stale');
  expect(rows[3]).toHaveTextContent('€1,090.00');
  expect(rows[3]).toHaveTextContent('+€20.00');
});

it('opens a holding to its lots, with the gain split, and keeps that in the address', async () => {
  // As browsers now do: React must not take the promise for a clean-up.
  vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(() => Promise.resolve() as never);
  const sent = serve(around);
  const router = showPage(PortfolioPage, PATH, ADDRESS);
  await userEvent.click(await screen.findByRole('button', { name: 'Show the lots of ABC' }));
  const lots = within(await screen.findByRole('table', { name: 'Lots of ABC' }));
  expect(lots.getByText('Mar 04, 2025')).toBeInTheDocument();
  expect(lots.getByText('Long')).toBeInTheDocument();
  expect(screen.getByText('Gain from currency').parentElement).toHaveTextContent('-€7.00');
  // The average price in the asset's currency, as the price beside it; what a lot cost in that of the portfolio.
  const prices = screen.getAllByText(/5\.60$/).map((found) => found.textContent);
  expect(prices).toEqual(['$5.60', '€5.60']);
  expect(router.state.location.search).toEqual({ asset: 'a1' });
  expect(sent.find(({ path }) => path.endsWith('/lots'))?.query.get('asset_id')).toBe('a1');
  await userEvent.click(screen.getByRole('button', { name: 'Hide the lots of ABC' }));
  await waitFor(() => expect(screen.queryByText('Gain from currency')).not.toBeInTheDocument());
  expect(screen.getByRole('table', { name: 'Holdings' })).toBeInTheDocument();
});

it('explains money by account and currency, and each slice of the allocation', async () => {
  const slice = { ...EMPTY_SLICE, key: 'etf', label: 'etf', market_value: '900', weight: 0.9 };
  serve({
    ...around,
    'GET /portfolios/p/allocation': {
      as_of: '2026-11-25',
      base_currency: 'EUR',
      by: 'asset_class',
      items: [slice],
      next_cursor: null,
    },
  });
  const router = showPage(PortfolioPage, PATH, `${ADDRESS}?tab=allocation&by=asset_class`);
  const asked = () => router.state.location.search;
  const spread = within(await screen.findByRole('table', { name: /Class/ }));
  await userEvent.click(spread.getByRole('button', { name: /^90/ }));
  expect(asked()).toMatchObject({
    explain_of: 'p',
    explain: 'weight',
    explain_by: 'asset_class',
    explain_key: 'etf',
  });
  const cash = within(screen.getByRole('table', { name: 'Cash' }));
  await userEvent.click(cash.getByRole('button', { name: '$10.00' }));
  expect(asked()).toMatchObject({ explain: 'cash', explain_currency: 'USD', explain_account: 'Broker' });
  await userEvent.click(cash.getByRole('button', { name: '€9.00' }));
  expect(asked()).toMatchObject({ explain: 'market_value', explain_by: 'asset', explain_key: 'USD' });
});

it('offers three ways to begin where nothing is recorded', async () => {
  serve({
    ...around,
    'GET /portfolios/p': { ...portfolio, transactions_count: 0 },
    'GET /demo': { is_present: true, portfolio_ids: ['d'] },
  });
  const router = showPage(PortfolioPage, PATH, ADDRESS);
  const card = within((await screen.findByText('No transactions yet')).parentElement!);
  expect(card.getByRole('link', { name: 'Add transaction' })).toBeInTheDocument();
  expect(card.getByRole('link', { name: 'Import a file' })).toBeInTheDocument();
  await userEvent.click(await card.findByRole('button', { name: 'Look at the demo' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/portfolios/d'));
});

it('shows the cause and the request id of a failure, and asks again', async () => {
  let isDown = true;
  const down = new Problem(503, { title: 'The database is away.', trace_id: 'abc123' });
  serve({ ...around, 'GET /portfolios/p/holdings': () => (isDown ? down : holdings) });
  showPage(PortfolioPage, PATH, ADDRESS);
  expect(await screen.findByText('The database is away.')).toBeInTheDocument();
  expect(screen.getByText('abc123')).toBeInTheDocument();
  isDown = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await table()).toBeDefined();
});

it('offers nothing to do to a portfolio that does not exist', async () => {
  const absent = new Problem(404, {
    type: '/problems/portfolio-not-found',
    title: 'There is no such portfolio.',
  });
  serve({ ...around, 'GET /portfolios/p': absent, 'GET /portfolios/p/holdings': absent });
  showPage(PortfolioPage, PATH, ADDRESS);
  expect(await screen.findByText('There is no such portfolio.')).toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'Import a file' })).toBeNull();
  expect(screen.queryByRole('link', { name: 'Add transaction' })).toBeNull();
});

it('has no amount in the page under Hide, but prices and percentages', async () => {
  setPreference('privacy', 'hide');
  serve(around);
  showPage(PortfolioPage, PATH, `${ADDRESS}?asset=a1`);
  await screen.findByRole('table', { name: 'Lots of ABC' });
  const text = document.body.textContent;
  expect(text).not.toMatch(/1,0\d\d|90\.00|20\.00|12\.5|27\.00|70\.00/);
  expect(text).toContain('$8.00');
  expect(text).toContain('+28.57%');
});

it('names a sale without purchase and leads to the remedy', async () => {
  const missing = {
    asset_id: 'a1',
    symbol: 'ABC',
    day: '2026-05-02',
    quantity: '3',
    account: 'Broker',
    transaction_id: 't1',
  };
  serve({ ...around, 'GET /portfolios/p/holdings': { ...holdings, missing_acquisitions: [missing] } });
  showPage(PortfolioPage, PATH, ADDRESS);
  expect(await screen.findByText('1 sale lacks its purchase')).toBeInTheDocument();
  const remedy = screen.getByRole('link', { name: 'Record the purchase' });
  expect(remedy).toHaveAttribute('href', '/portfolios/p/transactions?add=true&repair=t1.a1.buy');
});

it('writes a price by hand, not one of a day to come', async () => {
  const sent = serve({ ...around, 'PUT /assets/a2/prices': { written: 1, unchanged: 0 } });
  showPage(PortfolioPage, PATH, ADDRESS);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Actions for FLAT' }));
  await user.click(screen.getByRole('menuitem', { name: 'Add a price' }));
  const form = within(await screen.findByRole('dialog', { name: 'Price of FLAT' }));
  await user.clear(form.getByLabelText('Day'));
  await user.type(form.getByLabelText('Day'), '2999-01-01');
  await user.type(form.getByRole('textbox', { name: 'Close' }), '1,250.5');
  await user.click(form.getByRole('button', { name: 'Save price' }));
  expect(form.getByLabelText('Day')).toBeInvalid();
  await user.clear(form.getByLabelText('Day'));
  await user.type(form.getByLabelText('Day'), '2026-01-05');
  await user.click(form.getByRole('button', { name: 'Save price' }));
  await screen.findByText('Price of FLAT saved');
  const put = sent.filter(({ method }) => method === 'PUT');
  expect(put.map(({ body }) => body)).toEqual([{ items: [{ day: '2026-01-05', close: '1250.5' }] }]);
});

it('says line by line why a file of prices is refused', async () => {
  const refused = new Problem(422, {
    title: 'The price file has errors.',
    rows: [{ line: 3, column: 'close', code: 'number', message: 'abc is not a number' }],
  });
  serve({ ...around, 'POST /prices/import': refused });
  showPage(PortfolioPage, PATH, ADDRESS);
  await choose('Load prices from CSV');
  const dialog = within(await screen.findByRole('dialog', { name: 'Load prices from CSV' }));
  const input = dialog.getByLabelText(/Drop a file/);
  await userEvent.upload(input, new File(['symbol,date,close\n'], 'p.csv', { type: 'text/csv' }));
  const row = (await dialog.findByText('abc is not a number')).closest('tr');
  expect(row).toHaveTextContent('3');
});

it('changes the policies and erases only by the typed name', async () => {
  const sent = serve({
    ...around,
    'PATCH /portfolios/p': { ...portfolio, lot_method: 'hifo' },
    'DELETE /portfolios/p': {},
  });
  showPage(PortfolioPage, PATH, ADDRESS);
  await screen.findByRole('heading', { name: 'Books' });
  await choose('Edit portfolio');
  const form = within(await screen.findByRole('dialog', { name: 'Edit portfolio' }));
  await userEvent.selectOptions(form.getByLabelText('Which units a sale takes'), 'hifo');
  await userEvent.selectOptions(form.getByLabelText('Where a sale looks for units'), 'portfolio');
  await userEvent.selectOptions(form.getByLabelText('Selling more than is held'), 'short');
  await userEvent.click(form.getByRole('button', { name: 'Save' }));
  await screen.findByText('Portfolio changed');
  expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({
    name: 'Books',
    lot_method: 'hifo',
    lot_scope: 'portfolio',
    oversell: 'short',
    fees_in_cost: true,
  });
  await choose('Erase portfolio');
  const erase = within(await screen.findByRole('alertdialog', { name: 'Erase Books?' }));
  expect(erase.getByRole('button', { name: 'Erase for good' })).toBeDisabled();
  await userEvent.type(erase.getByRole('textbox'), 'Books');
  await userEvent.click(erase.getByRole('button', { name: 'Erase for good' }));
  await waitFor(() =>
    expect(sent.find(({ method }) => method === 'DELETE')?.query.get('confirm')).toBe('Books'),
  );
});

it('exports every figure unrounded, in the order shown, and no formula', () => {
  const [header, first, second] = holdingsCsv(holdings, { id: 'value', isDescending: true }).split('\r\n');
  expect(header).toMatch(/^symbol,name,asset_class,currency,quantity,price,/);
  expect(first).toMatch(/^FLAT,'=A flat,equity,EUR,12\.5,,/);
  expect(second).toContain(',27,-7,0.2857,');
});

const SALE = {
  transaction_id: 's',
  asset_id: 'a',
  symbol: 'OAK',
  account: 'Broker',
  sold_on: '2026-01-05',
  acquired_on: '2025-01-02',
  quantity: '3',
  proceeds: '312',
  cost: '300',
  gain: '12',
  held_days: 368,
  term: 'long',
  reason: 'sell',
};

async function realisedFeet(totals: { gain: string; currency_gain: string }): Promise<(string | null)[]> {
  const gains = {
    items: [SALE],
    next_cursor: null,
    base_currency: 'EUR',
    totals: { proceeds: '312', cost: '300', gain_lots: '12', gain_price: '10', gain_fx: '-3', ...totals },
  };
  serve({ ...around, 'GET /portfolios/p/realised-gains': gains });
  showPage(PortfolioPage, PATH, `${ADDRESS}?tab=realised`);
  const shown = await screen.findByRole('table', { name: 'Realised gains' });
  return [...shown.querySelectorAll('tfoot tr')].map((row) => row.textContent);
}

it('adds the realised gains up to their total, and the gain on foreign money to that', async () => {
  const feet = await realisedFeet({ gain: '7', currency_gain: '-5' });
  expect(feet).toHaveLength(3);
  expect(feet[0]).toMatch(/^Total.*€12\.00$/);
  expect(feet[1]).toMatch(/^Exchange gain on foreign money.*-€5\.00$/);
  expect(feet[2]).toMatch(/^Realised gain.*€7\.00$/);
});

it('has one total of the realised gains where no foreign money gained', async () => {
  expect(await realisedFeet({ gain: '12', currency_gain: '0' })).toHaveLength(1);
});

it('names the asset that a note is about', async () => {
  const [first] = holdings.items;
  const note = { code: 'no_price', message: 'no price is known', transaction_id: null, day: null };
  const warnings = [
    { ...note, asset_id: first?.asset_id },
    { ...note, asset_id: null, code: 'other', message: 'an old rate' },
  ];
  serve({ ...around, 'GET /portfolios/p/holdings': { ...holdings, warnings } });
  showPage(PortfolioPage, PATH, ADDRESS);
  expect(await screen.findByText(`${first?.symbol}: no price is known`)).toBeInTheDocument();
  expect(screen.getByText('an old rate')).toBeInTheDocument();
});
