import { portfolio } from '@test/books';
import { Problem, serve, showPage } from '@test/page';
import { recorded } from '@test/transactions';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PortfolioContext } from '@/api/contexts';
import { today } from '@/lib/dates';
import { preference, setPreference } from '@/lib/preferences';
import DashboardPage from './page';

const holding = {
  asset_id: 'a1',
  symbol: 'ABC',
  name: 'Abc Works',
  asset_class: 'equity',
  currency: 'EUR',
  is_simulated: false,
  quantity: '10',
  price: '61.5',
  price_as_of: '2026-11-25',
  is_stale: false,
  is_at_cost: false,
  market_value: '615',
  market_value_local: '615',
  cost_basis: '500',
  average_price: '50',
  unrealised_gain: '115',
  unrealised_gain_price: '115',
  unrealised_gain_fx: '0',
  unrealised_return: 0.23,
  weight: 0.75,
  day_gain: '15',
  day_return: 0.025,
  realised_gain: '0',
  income: '0',
  price_history: [60, 61.5],
};
const totals = {
  market_value: '820.25',
  securities_value: '615',
  cash_value: '205.25',
  cost_basis: '500',
  unrealised_gain: '115',
  realised_gain: '0',
  income: '0',
  fees: '0',
  taxes: '0',
  day_gain: '15',
  day_return: 0.0186,
};
const money = { account: 'Bank', currency: 'EUR', amount: '205.25', value: '205.25', rate: '1' };
const holdings = {
  portfolio_id: 'p',
  as_of: '2026-11-25',
  base_currency: 'EUR',
  items: [holding],
  cash: [{ ...money, rate_as_of: '2026-11-25' }],
  totals,
  missing_acquisitions: [] as object[],
  warnings: [] as object[],
};
const performance = {
  portfolio_id: 'p',
  scope: { kind: 'portfolio', key: null, label: null },
  flow_timing: 'inflow_start_outflow_end',
  fees_in_cost: true,
  mwr_roots: [],
  modified_dietz: 0.1,
  roai_net: 0.1,
  roai_gross: 0.1,
  roai_net_end_fx: 0.1,
  roai_gross_end_fx: 0.1,
  average_invested: '100',
  volatility_period: null,
  semi_volatility_period: null,
  drawdown_days: 0,
  recovery_days: null,
  benchmark: null,
  from: '2025-11-25',
  to: '2026-11-25',
  as_of: '2026-11-25',
  base_currency: 'EUR',
  start_value: '700',
  end_value: '820.25',
  net_flow: '20',
  simple_gain: '100.25',
  simple_return: 0.139,
  twr: 0.1411 as number | null,
  twr_annualised: 0.1422 as number | null,
  mwr: 0.1433,
  mwr_period: 0.1444,
  volatility: 0.1,
  drawdown_max: 0.05,
  realised_gain: '0',
  unrealised_gain: '100.25',
  income: '0',
  fees: '0',
  taxes: '0',
  reasons: {} as Record<string, string>,
  series: {
    days: ['2025-11-25', '2026-11-25'],
    value: ['700', '820.25'],
    invested: ['500', '500'],
    flow: ['0', '20'],
    twr: [0, 0.1411],
    drawdown: [0, 0],
  },
  warnings: [],
};
const allocation = {
  as_of: '2026-11-25',
  base_currency: 'EUR',
  by: 'account',
  items: [
    {
      key: 'Bank',
      label: 'Bank',
      market_value: '820.25',
      weight: 1,
      day_return: null,
      unrealised_return: null,
    },
  ],
};

const HOLDINGS = 'GET /portfolios/p/holdings';
const PERFORMANCE = 'GET /portfolios/p/performance';
const all = {
  'GET /portfolios': { items: [portfolio], next_cursor: null },
  'GET /portfolios/p/transactions': { items: [recorded], next_cursor: null, total: 1 },
  'GET /portfolios/p/allocation': allocation,
  [HOLDINGS]: holdings,
  [PERFORMANCE]: performance,
};

const select = vi.fn();

function Page() {
  return (
    <PortfolioContext value={{ portfolioId: 'p', select }}>
      <DashboardPage />
    </PortfolioContext>
  );
}

const show = (search = '') => showPage(Page, '/portfolios/$id', `/portfolios/p${search}`);
const figure = async (name: string) => {
  const box = (await screen.findByRole('button', { name })).closest('div');
  if (!box) throw new Error(`${name} stands in no box`);
  return box;
};

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
  setPreference('range', '1Y');
  select.mockClear();
});
afterEach(() => vi.unstubAllGlobals());

it('shows the figures of the portfolio with the day they are of', async () => {
  serve(all);
  const router = show();
  expect(await screen.findByText('As of Nov 25, 2026')).toBeInTheDocument();
  expect(await figure('Value')).toHaveTextContent('€820.25');
  expect(await figure('Day')).toHaveTextContent('+€15.00');
  await screen.findByText('+€100.25');
  expect(await figure('Gain')).toHaveTextContent('+13.90%');
  expect(await figure('Time-weighted return')).toHaveTextContent('+14.11%+14.22% a year');
  expect(await figure('Money-weighted return')).toHaveTextContent('+14.44%+14.33% a year');
  await userEvent.click(screen.getByRole('button', { name: '+14.22% a year' }));
  expect(router.state.location.search).toMatchObject({ explain_of: 'p', explain: 'twr_annualised' });
});

it('asks everything for the days of a chosen range, and remembers it', async () => {
  const sent = serve(all);
  const router = show('?range=2026-01-01..2026-06-30');
  await screen.findByText('+€100.25');
  const asked = (end: string) => sent.filter(({ path }) => path.endsWith(end)).map(({ query }) => query);
  expect(Object.fromEntries(asked('/performance')[0] ?? [])).toEqual({
    from: '2026-01-01',
    to: '2026-06-30',
  });
  expect(asked('/holdings')[0]?.get('as_of')).toBe('2026-06-30');
  // What stands below the charts comes by itself.
  await waitFor(() => expect(asked('/transactions')[0]?.get('to')).toBe('2026-06-30'));
  await userEvent.click(screen.getByRole('radio', { name: 'Max' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ range: 'Max' }));
  await waitFor(() => expect(asked('/performance').at(-1)?.toString()).toBe(''));
  expect(preference('range')).toBe('Max');
});

it('takes a last day that is still to come for today', async () => {
  const sent = serve(all);
  show(`?range=2026-01-01..${Number(today().slice(0, 4)) + 1}-01-01`);
  await screen.findByText('+€100.25');
  expect(sent.find(({ path }) => path.endsWith('/performance'))?.query.has('to')).toBe(false);
});

it('says why a return is not known', async () => {
  serve({
    ...all,
    [PERFORMANCE]: { ...performance, twr: null, twr_annualised: null, reasons: { twr: 'negative_value' } },
  });
  show();
  await screen.findByText('+€100.25');
  const box = await figure('Time-weighted return');
  expect(box).toHaveTextContent('The value was below zero in between.');
  expect(box.textContent).not.toMatch(/\d/);
});

it('names what a partial value leaves out, and does not pass it off as zero', async () => {
  const unknown = { ...holding, asset_id: 'a2', symbol: 'XYZ', market_value: null, weight: null };
  serve({
    ...all,
    [HOLDINGS]: {
      ...holdings,
      items: [holding, unknown],
      totals: { ...totals, market_value: null, securities_value: null },
    },
  });
  show();
  expect(await screen.findByText('Without XYZ')).toBeInTheDocument();
  expect(await figure('Value')).toHaveTextContent('€820.25');
  expect(screen.getByText(/XYZ is left out of the value/)).toBeInTheDocument();
});

it('marks old prices and old rates', async () => {
  const old = { is_stale: true, price_as_of: '2026-11-02' };
  const dollars = { ...money, currency: 'USD', account: 'Broker', rate_as_of: '2026-10-01' };
  serve({ ...all, [HOLDINGS]: { ...holdings, items: [{ ...holding, ...old }], cash: [dollars] } });
  show();
  expect(await screen.findByText('Old prices: ABC.')).toBeInTheDocument();
  expect(within(await figure('Value')).getByText('Stale')).toHaveAttribute(
    'title',
    expect.stringContaining('Nov 02'),
  );
  expect(within(screen.getByRole('region', { name: 'Cash' })).getByText('Stale')).toBeInTheDocument();
});

it('lists units that were never bought with the way to mend it', async () => {
  const missing = {
    asset_id: 'a1',
    symbol: 'ABC',
    day: '2026-02-03',
    quantity: '4',
    account: 'Broker',
    transaction_id: 't1',
  };
  serve({ ...all, [HOLDINGS]: { ...holdings, missing_acquisitions: [missing] } });
  show();
  expect(await screen.findByText(/4 ABC left Broker on Feb 03, 2026/)).toBeInTheDocument();
  const link = screen.getByRole('link', { name: 'Record the purchase' });
  expect(link.getAttribute('href')).toMatch(/^\/portfolios\/p\/transactions\?add=true&repair=t1\.a1\.buy/);
  expect(screen.getByRole('button', { name: '1 notice' })).toBeInTheDocument();
});

it('keeps the other cards alive where one fails, and asks again', async () => {
  let isDown = true;
  const down = new Problem(503, { title: 'The figures are away.', trace_id: 'abc123' });
  serve({ ...all, [PERFORMANCE]: () => (isDown ? down : performance) });
  show();
  expect((await screen.findAllByText('abc123')).length).toBeGreaterThan(0);
  const cash = screen.getByRole('region', { name: 'Cash' });
  expect(await within(cash).findAllByText('€205.25')).not.toHaveLength(0);
  isDown = false;
  expect(await figure('Value')).toHaveTextContent('€820.25');
  expect(await figure('Gain')).toHaveTextContent('The figures are away.');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('+€100.25')).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByText('abc123')).toBeNull());
});

it('has no digit of an amount in the page under Hide', async () => {
  setPreference('privacy', 'hide');
  serve(all);
  show();
  await screen.findByText('As of Nov 25, 2026');
  await waitFor(() => expect(screen.getByText('+14.22% a year')).toBeInTheDocument());
  expect(document.body.innerHTML).not.toMatch(/820|205\.25|100\.25|15\.00|1\.80/);
});

it('opens the days of another allocation', async () => {
  const sent = serve(all);
  const router = show();
  await userEvent.click(await screen.findByRole('radio', { name: 'Account' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ by: 'account' }));
  await waitFor(() => expect(sent.some(({ query }) => query.get('by') === 'account')).toBe(true));
});

it('offers three ways where nothing is recorded, and opens the demo', async () => {
  serve({
    'GET /portfolios': { items: [{ ...portfolio, transactions_count: 0 }], next_cursor: null },
    'POST /demo': { is_present: true, portfolio_ids: ['d1'] },
  });
  show();
  expect(await screen.findByRole('link', { name: 'Choose a file' })).toHaveAttribute(
    'href',
    '/portfolios/p/import',
  );
  expect(screen.getByRole('link', { name: 'Add a transaction' })).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Load the demo' }));
  await waitFor(() => expect(select).toHaveBeenCalledWith('d1'));
});

it('leads to the first portfolio where there is none', async () => {
  serve({ 'GET /portfolios': { items: [], next_cursor: null } });
  show();
  expect(await screen.findByRole('link', { name: 'Create a portfolio' })).toHaveAttribute(
    'href',
    '/onboarding',
  );
});

it('shows all portfolios as one, by the sums of the server, and each with its own value', async () => {
  const other = { ...portfolio, id: 'q', name: 'Abroad', base_currency: 'USD', market_value: '12' };
  const sent = serve({
    ...all,
    'GET /portfolios': {
      items: [{ ...portfolio, market_value: '820.25', as_of: '2026-11-25' }, other],
      next_cursor: null,
    },
    'GET /performance': {
      ...performance,
      ...{ portfolio_id: null, scope: { kind: 'all', key: null, label: null }, end_value: '831.05' },
    },
  });
  const router = show('?all=true');
  expect(await screen.findByRole('heading', { name: 'All portfolios' })).toBeInTheDocument();
  expect(await screen.findByText('€831.05')).toBeInTheDocument();
  expect(await figure('Time-weighted return')).toHaveTextContent('+14.11%');
  const each = screen.getByRole('table', { name: 'Portfolios' });
  expect(each).toHaveTextContent(/Books.*€820\.25.*Abroad.*\$12\.00/);
  expect(sent.some(({ path }) => path === '/portfolios/p/performance')).toBe(false);
  await userEvent.click(screen.getByRole('button', { name: '€831.05' }));
  const asked = { explain: 'market_value', explain_to: performance.to };
  expect(router.state.location.search).toMatchObject({
    explain_of: 'all',
    explain_currency: 'EUR',
    ...asked,
  });
  await userEvent.click(within(each).getByRole('button', { name: '€820.25' }));
  expect(router.state.location.search).toMatchObject({ explain_of: 'p', explain_to: '2026-11-25' });
});

it('claims no move of a day that has no prices', async () => {
  const still = { ...holding, price_as_of: '2026-11-20', day_gain: '0', day_return: 0 };
  serve({
    ...all,
    [HOLDINGS]: { ...holdings, items: [still], totals: { ...totals, day_gain: '0', day_return: 0 } },
  });
  show();
  await waitFor(async () => expect(await figure('Day')).toHaveTextContent('Last price of Nov 20, 2026'));
  expect(await figure('Day')).not.toHaveTextContent('0.00');
  expect(screen.queryByText('Nothing rose.')).toBeNull();
});

it('explains what moved and the money at hand from their own cards', async () => {
  serve(all);
  const router = show();
  const moved = await screen.findByRole('button', { name: /2\.5/ });
  await userEvent.click(moved);
  const day = { explain_from: '2026-11-24', explain_to: '2026-11-25' };
  expect(router.state.location.search).toMatchObject({
    explain_of: 'p',
    explain: 'twr',
    explain_asset: 'a1',
    ...day,
  });
  const cash = within(screen.getByRole('region', { name: 'Cash' }));
  const [balance, whole] = await cash.findAllByRole('button', { name: '€205.25' });
  await userEvent.click(balance as HTMLElement);
  expect(router.state.location.search).toMatchObject({
    explain_of: 'p',
    explain: 'cash',
    explain_currency: 'EUR',
  });
  await userEvent.click(whole as HTMLElement);
  expect(router.state.location.search).toMatchObject({ explain_of: 'p', explain: 'cash_value' });
});
