import { type Sent, serve, showPage } from '@test/page';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import TaxReportPage from './page';

const sums = (gain: string | null, disposals = 1) => ({
  disposals,
  cost: '818.1',
  fees: '15.3',
  proceeds: '1072.8',
  gain,
  gain_price: gain,
  gain_fx: '0',
});

const report = (change: object = {}) => ({
  portfolio_id: 'p',
  year: 2023,
  since: '2023-01-01',
  until: '2023-12-31',
  years: [2024, 2023],
  base_currency: 'EUR',
  lot_method: 'fifo',
  fees_in_cost: true,
  long_term_days: 365,
  is_complete: true,
  missing_acquisitions: [],
  warnings: [],
  realised_gain: '258.7',
  currency_gain: '4',
  total: sums('254.7'),
  short: sums('0', 0),
  long: sums('254.7'),
  by_asset: [
    {
      asset_id: 'a',
      symbol: 'ACME',
      isin: 'US0378331005',
      quantity: '9',
      short: sums('0', 0),
      long: sums('254.7'),
      total: sums('254.7'),
    },
  ],
  disposals: [
    {
      transaction_id: 't',
      asset_id: 'a',
      symbol: 'ACME',
      name: 'Acme',
      isin: 'US0378331005',
      account: 'Main',
      quantity: '9',
      acquired_on: '2022-03-01',
      disposed_on: '2023-08-01',
      held_days: 518,
      term: 'long',
      reason: 'sell',
      is_short: false,
      cost: '818.1',
      fees: '15.3',
      proceeds: '1072.8',
      gain: '254.7',
      gain_price: '345.6',
      gain_fx: '-90.9',
      currency: 'USD',
      rate: '0.8',
      original_cost: '909',
      original_proceeds: '1341',
    },
  ],
  income_total: '8',
  income: [
    {
      type: 'dividend',
      asset_id: 'a',
      symbol: 'ACME',
      transactions_count: 1,
      amount: '8',
      tax: '1.2',
      fee: '0',
    },
  ],
  withheld: '1.2',
  taxes: { total: '8.2', in_cost: '0', expensed: '8.2' },
  fees: { total: '12.6', in_cost: '9.6', expensed: '3' },
  ...change,
});

const show = (address = '/portfolios/p/tax-report?year=2023') =>
  showPage(TaxReportPage, '/portfolios/$id/tax-report', address);

beforeEach(() => setPreference('privacy', 'show'));
afterEach(() => vi.restoreAllMocks());

it('shows the disposals of the year with their totals, income and the exchange gain', async () => {
  serve({ 'GET /portfolios/p/tax-report': () => report() });
  show();
  const table = await screen.findByRole('table', { name: 'Disposals' });
  expect(within(table).getByRole('row', { name: /ACME/ })).toHaveTextContent(
    /ACME.*518 days.*\+€345\.60.*-€90\.90/,
  );
  expect(within(table).getAllByText(/254\.70/)).toHaveLength(5);
  expect(screen.getByText('Exchange gain on foreign money')).toBeInTheDocument();
  expect(screen.getByRole('table', { name: 'Income' })).toHaveTextContent(/ACME.*Dividend.*8\.00.*1\.20/);
  expect(screen.queryByText('This report is incomplete')).not.toBeInTheDocument();
});

it('explains the figures of the year, of an asset in it, and of a sale', async () => {
  serve({ 'GET /portfolios/p/tax-report': () => report() });
  const router = show();
  const year = { explain_from: '2022-12-31', explain_to: '2023-12-31' };
  const disposals = within(await screen.findByRole('table', { name: 'Disposals' }));
  const total = within(disposals.getByRole('row', { name: /Long term/ }));
  await userEvent.click(total.getAllByRole('button', { name: /254\.70/ }).at(-1)!);
  expect(router.state.location.search).toMatchObject({ explain: 'realised_gain_long', ...year });
  await userEvent.click(total.getByRole('button', { name: /818\.10/ }));
  expect(router.state.location.search).toMatchObject({ explain: 'realised_cost_long', ...year });
  const sum = within(disposals.getByRole('row', { name: /^Total/ }));
  await userEvent.click(sum.getAllByRole('button', { name: /254\.70/ }).at(-1)!);
  expect(router.state.location.search).toMatchObject({ explain: 'realised_gain_lots', ...year });
  const asset = within(screen.getByRole('table', { name: 'By asset' }));
  await userEvent.click(asset.getAllByRole('button', { name: /254\.70/ }).at(-1)!);
  expect(router.state.location.search).toMatchObject({
    explain: 'realised_gain',
    explain_asset: 'a',
    ...year,
  });
  const sale = within(disposals.getByRole('row', { name: /ACME/ }));
  await userEvent.click(sale.getByRole('button', { name: /818\.10/ }));
  const day = { explain_from: '2023-07-31', explain_to: '2023-08-01' };
  expect(router.state.location.search).toMatchObject({
    explain: 'realised_gain',
    explain_asset: 'a',
    ...day,
  });
});

it('says first what makes it incomplete', async () => {
  const missing = [
    {
      asset_id: 'a',
      symbol: 'ACME',
      day: '2023-02-01',
      quantity: '44',
      account: 'Main',
      transaction_id: 't',
    },
  ];
  serve({
    'GET /portfolios/p/tax-report': () =>
      report({ is_complete: false, missing_acquisitions: missing, total: sums(null) }),
  });
  show();
  const card = await screen.findByRole('region', { name: 'This report is incomplete' });
  expect(card).toHaveTextContent(/1 disposal lacks its purchase/);
  const remedy = within(card).getByRole('link', { name: 'Record the purchase' });
  expect(remedy.getAttribute('href')).toMatch(/\?add=true&repair=t\.a\.buy/);
});

it('keeps the chosen year in the address and asks for it', async () => {
  const sent = serve({
    'GET /portfolios/p/tax-report': ({ query }: Sent) => report({ year: Number(query.get('year')) }),
  });
  show();
  await screen.findByRole('table', { name: 'Disposals' });
  await userEvent.selectOptions(screen.getByLabelText('Year'), '2024');
  expect(await screen.findByRole('heading', { name: 'Tax report 2024' })).toBeInTheDocument();
  expect(sent.map(({ query }) => query.get('year'))).toEqual(['2023', '2024']);
});
