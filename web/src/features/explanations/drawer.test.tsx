import { Problem, serve, showPage } from '@test/page';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { askedOf, useExplanation, withAsked } from '@/ui/explain-state';
import { Explained } from '@/ui/explained';
import ExplanationDrawer from './drawer';

const PATH = '/portfolios/$id';
const EXPLAIN = 'GET /portfolios/p/explain';
const term = { asset_id: null, symbol: null, portfolio_id: 'p' as string | null, kind: 'money', day: null };

/** 200 grew to 242.125 after 20 more came in. */
const simple = {
  asset_id: null,
  symbol: null,
  benchmark: null as { asset_id: string; symbol: string } | null,
  portfolio_id: 'p' as string | null,
  portfolio_name: 'Savings' as string | null,
  figure: 'simple_return',
  value: 0.1005681818181818,
  kind: 'ratio',
  reason: null as string | null,
  formula: 'simple_return',
  expression: 'simple_gain / (start_value + money_in)',
  growth: null,
  words: 'The gain as a part of the value at the start and all the money that came in.',
  numerator: 'simple_gain',
  denominator: 'capital',
  from: '2026-01-01',
  to: '2026-02-01',
  base_currency: 'EUR',
  policies: {
    lot_method: 'fifo' as string | null,
    lot_scope: 'account',
    fees_in_cost: true as boolean | null,
    taxes_in_cost: false,
    cash: 'tracked',
    flow_timing: 'inflow_start_outflow_end',
    calendar: 'weekdays',
  },
  terms: [
    { ...term, name: 'start_value', value: '200', day: '2026-01-01' },
    { ...term, name: 'simple_gain', value: '22.125' },
    { ...term, name: 'money_in', value: '20' },
    { ...term, name: 'capital', value: '220' },
  ],
  portions: [] as object[],
  contributions: [],
  valuations: [],
  lots: [],
  matches: [],
  disposals: [],
  flows: [
    { portfolio_id: 'p', day: '2026-01-10', transaction_id: 'tx', amount: '20', days: 9, weight: null },
  ],
  sub_periods: [],
  curve: null,
  spans: [],
  unit_values: [],
  bought: [],
  transactions: [
    {
      asset_id: null,
      symbol: 'EUR',
      portfolio_id: 'p',
      id: 'tx',
      day: '2026-01-10',
      type: 'deposit',
      account: 'Broker',
      quantity: null,
      unit_price: null,
      gross: '20',
      fee: '0',
      fee_currency: null,
      tax: '0',
      currency: 'EUR',
      fx_rate: null,
      settle_currency: null,
      settle_amount: null,
      to_symbol: null,
      to_quantity: null,
      ratio: null,
    },
  ],
  transactions_count: 1,
  prices: [
    {
      asset_id: 'a',
      symbol: 'OAK',
      portfolio_id: 'p',
      on: '2026-02-01',
      price: '24.2',
      quoted_on: '2026-01-05',
      age_days: 27,
      is_stale: true,
      source: 'quote',
      provider: 'file',
    },
  ],
  rates: [],
  warnings: [
    { code: 'stale_price', message: 'its price is old', asset_id: 'a', transaction_id: null, day: null },
  ],
};

function Page() {
  const [asked, close] = useExplanation();
  return (
    <>
      <h1>Books</h1>
      <Explained asked={{ of: 'p', figure: 'simple_return', asset_id: 'a', to: '2026-02-01' }}>
        10 %
      </Explained>
      <ExplanationDrawer asked={asked} onClose={close} />
    </>
  );
}

beforeEach(() => setPreference('privacy', 'show'));
afterEach(() => vi.unstubAllGlobals());

it('opens by a click, asks for that figure, and closes by Esc and by the way back', async () => {
  const sent = serve({ [EXPLAIN]: simple });
  const router = showPage(Page, PATH, '/portfolios/p?tab=performance');
  const user = userEvent.setup();
  const figure = await screen.findByRole('button', { name: '10 %' });
  await user.click(figure);
  const drawer = await screen.findByRole('dialog', { name: 'Simple return' });
  expect(Object.fromEntries(sent[0]?.query ?? [])).toEqual({
    figure: 'simple_return',
    asset_id: 'a',
    to: '2026-02-01',
  });
  expect(router.state.location.search).toEqual({
    tab: 'performance',
    explain_of: 'p',
    explain: 'simple_return',
    explain_asset: 'a',
    explain_to: '2026-02-01',
  });
  expect(within(drawer).getByText(simple.expression)).toBeVisible();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(router.state.location.search).toEqual({ tab: 'performance' });
  await waitFor(() => expect(figure).toHaveFocus());

  await user.keyboard('{Enter}');
  await screen.findByRole('dialog', { name: 'Simple return' });
  router.history.back();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('shows of what has no price the cost without fees and taxes that it is valued at', async () => {
  const held = {
    asset_id: 'a',
    symbol: 'OAK',
    portfolio_id: 'p',
    day: '2026-02-01',
    currency: 'EUR',
    quantity: '5',
    price: null as string | null,
    multiplier: '1',
    rate: '1',
    value: '200',
    cost_local: '214',
    cost: '214',
    gross_cost: '200',
    cost_now: '214',
    is_at_cost: true,
  };
  serve({ [EXPLAIN]: { ...simple, valuations: [held] } });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=simple_return');
  const lines = within(await screen.findByRole('table', { name: 'What was held and its value' }));
  expect(lines.getByText('at cost')).toBeVisible();
  expect(lines.getByRole('columnheader', { name: 'Cost without fees and taxes' })).toBeVisible();
  expect(lines.getByText('€214.00')).toBeVisible();
  expect(lines.getAllByText('€200.00')).toHaveLength(2);
});

it('opens by an address and leaves the page behind', async () => {
  serve({ [EXPLAIN]: simple });
  const router = showPage(Page, PATH, '/portfolios/p?tab=performance&explain_of=p&explain=simple_return');
  await screen.findByRole('dialog', { name: 'Simple return' });
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(router.state.location.href).toBe('/portfolios/p?tab=performance');
});

it('shows every digit of the terms, who is over whom, how old a price is, and links what took part', async () => {
  serve({ [EXPLAIN]: simple });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=simple_return');
  const terms = await screen.findByRole('table', { name: 'Terms' });
  expect(within(terms).getByText('€22.125')).toBeVisible();
  expect(within(terms).getByRole('rowheader', { name: /simple_gain · numerator/ })).toBeVisible();
  expect(within(terms).getByRole('rowheader', { name: /capital · denominator/ })).toBeVisible();
  expect(screen.getByTestId('exactly')).toHaveTextContent('0.1005681818181818');
  const prices = screen.getByRole('table', { name: 'Prices used' });
  expect(within(prices).getByText('Stale')).toBeVisible();
  expect(within(prices).getByText('27 days')).toBeVisible();
  expect(within(prices).getByText('file')).toBeVisible();
  expect(screen.getByText('OAK: its price is old')).toBeVisible();
  const flows = screen.getByRole('table', { name: 'Money in and out' });
  expect(within(flows).getByRole('link', { name: 'Deposit' })).toHaveAttribute(
    'href',
    '/portfolios/p/transactions?open=tx',
  );
});

it('says of all portfolios whose a row is, and what each has in it is one click away', async () => {
  const portion = { figure: 'market_value', term: 'end_value' };
  const all = {
    ...simple,
    portfolio_id: null,
    portfolio_name: null,
    policies: { ...simple.policies, lot_method: null, fees_in_cost: null },
    portions: [
      { ...portion, portfolio_id: 'p', portfolio_name: 'Savings', value: '200' },
      { ...portion, portfolio_id: 'q', portfolio_name: 'Overseas', value: '42.125' },
      { portfolio_id: 'p', portfolio_name: 'Savings', figure: 'net_flow', term: 'net_flow', value: '20' },
    ],
    terms: simple.terms.map((one) => ({ ...one, portfolio_id: null })),
  };
  const own = { ...simple, figure: 'market_value', portfolio_id: 'q', portfolio_name: 'Overseas' };
  const sent = serve({ 'GET /explain': all, 'GET /portfolios/q/explain': own });
  const router = showPage(
    Page,
    PATH,
    '/portfolios/p?explain_of=all&explain_currency=EUR&explain=simple_return',
  );
  const portions = await screen.findByRole('table', { name: 'What each portfolio has in it' });
  expect(Object.fromEntries(sent[0]?.query ?? [])).toEqual({ figure: 'simple_return', currency: 'EUR' });
  expect(screen.getByText(/^All portfolios · From/)).toBeVisible();
  const flows = within(screen.getByRole('table', { name: 'Money in and out' }));
  expect(flows.getByRole('columnheader', { name: 'Portfolio' })).toBeVisible();
  expect(flows.getByText('Savings')).toBeVisible();
  const terms = within(screen.getByRole('table', { name: 'Terms' }));
  expect(terms.queryByRole('columnheader', { name: 'Portfolio' })).toBeNull();
  expect(screen.getAllByText('each as its own')).toHaveLength(2);

  await userEvent.click(within(portions).getByRole('button', { name: '€42.13' }));
  await screen.findByRole('dialog', { name: 'Value' });
  expect(Object.fromEntries(sent.at(-1)?.query ?? [])).toEqual({
    figure: 'market_value',
    base_currency: 'EUR',
    from: simple.from,
    to: simple.to,
  });
  expect(screen.getByText(/^Overseas · From/)).toBeVisible();
  router.history.back();
  await screen.findByRole('dialog', { name: 'Simple return' });
  await userEvent.click(screen.getByRole('button', { name: '€200.00' }));
  expect(router.state.location.search).toMatchObject({ explain_of: 'p', explain_base: 'EUR' });
});

it('closes from however many explanations were opened one from the other', async () => {
  const portion = {
    portfolio_id: 'p',
    portfolio_name: 'Savings',
    figure: 'market_value',
    term: 'end_value',
    value: '9',
  };
  serve({ [EXPLAIN]: { ...simple, portions: [portion] } });
  const router = showPage(Page, PATH, '/portfolios/p?tab=performance');
  await userEvent.click(await screen.findByRole('button', { name: '10 %' }));
  await userEvent.click(await screen.findByRole('button', { name: '€9.00' }));
  await screen.findByRole('dialog', { name: 'Value' });
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(router.state.location.search).toEqual({ tab: 'performance' });
});

it('shows of a benchmark what its units were worth and what the money would have bought', async () => {
  const of = { asset_id: 'b', symbol: 'WORLD' };
  const sent = serve({
    [EXPLAIN]: {
      ...simple,
      benchmark: of,
      figure: 'same_flows_value',
      kind: 'money',
      value: '231',
      bought: [
        {
          ...of,
          portfolio_id: 'p',
          day: '2026-01-01',
          transaction_id: null,
          amount: '200',
          unit_value: '100',
          units: '2',
        },
        {
          ...of,
          portfolio_id: 'p',
          day: '2026-01-10',
          transaction_id: 'tx',
          amount: '20',
          unit_value: '200',
          units: '0.1',
        },
      ],
      unit_values: [
        { ...of, day: '2026-01-01', currency: 'USD', close: '125', rate: '0.8', splits: '1', value: '100' },
        { ...of, day: '2026-02-01', currency: 'USD', close: '62.5', rate: '0.88', splits: '2', value: '110' },
      ],
    },
  });
  showPage(Page, PATH, '/portfolios/p?explain=same_flows_value&explain_of=p&explain_benchmark=b');
  const drawer = await screen.findByRole('dialog', { name: 'Same money in the benchmark (WORLD)' });
  expect(Object.fromEntries(sent[0]?.query ?? [])).toEqual({ figure: 'same_flows_value', benchmark: 'b' });
  const bought = within(drawer).getByRole('table', { name: 'What the money would have bought' });
  expect(within(bought).getByRole('row', { name: /Value at the start/ })).toHaveTextContent('2');
  expect(within(bought).getByRole('link', { name: 'Deposit' })).toBeVisible();
  const units = within(drawer).getByRole('table', { name: 'What a unit of the benchmark was worth' });
  expect(within(units).getByRole('columnheader', { name: 'Splits since the start' })).toBeVisible();
  expect(within(units).getByText('$62.50')).toBeVisible();
  expect(within(units).getByText('€110.00')).toBeVisible();
});

it('names the benchmark beside the asset it is held against', async () => {
  const of = { asset_id: 'b', symbol: 'WORLD' };
  serve({ [EXPLAIN]: { ...simple, asset_id: 'a', symbol: 'ACME', benchmark: of, figure: 'twr_difference' } });
  showPage(Page, PATH, '/portfolios/p?explain=twr_difference&explain_of=p&explain_benchmark=b');
  expect(await screen.findByRole('dialog', { name: 'Ahead of the benchmark (WORLD) of ACME' })).toBeVisible();
});

it('keeps the figure in brief above its every digit, so that it fits a phone', async () => {
  const value = '68508.17986923627775168274321740564897';
  serve({ [EXPLAIN]: { ...simple, figure: 'market_value', kind: 'money', value } });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=market_value');
  await userEvent.click(await screen.findByLabelText('Every digit'));
  expect(screen.getByTestId('explained')).toHaveTextContent(/^€68,508\.18$/);
  expect(screen.getByTestId('exactly')).toHaveTextContent(value.slice(6));
});

it('has units with every digit too', async () => {
  serve({ [EXPLAIN]: { ...simple, figure: 'quantity', kind: 'units', value: '1.000000000000000001' } });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=quantity');
  expect(await screen.findByTestId('exactly')).toHaveTextContent('1.000000000000000001');
});

it('says why there is no figure', async () => {
  serve({ [EXPLAIN]: { ...simple, value: null, reason: 'no_capital' } });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=simple_return');
  expect(await screen.findByText('It is not known: there was no money at work.')).toBeVisible();
  expect(screen.queryByTestId('exactly')).toBeNull();
});

it('has no amount in the page under Hide, and hands none out', async () => {
  setPreference('privacy', 'hide');
  serve({ [EXPLAIN]: simple });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=simple_return');
  const terms = await screen.findByRole('table', { name: 'Terms' });
  expect(terms).not.toHaveTextContent('22.125');
  expect(document.body.innerHTML).not.toMatch(/€|22\.125|>220?</);
  expect(screen.getByTestId('exactly')).toHaveTextContent('0.1005681818181818');
  expect(screen.getByRole('button', { name: 'Copy as JSON' })).toBeDisabled();
  expect(screen.getByRole('button', { name: 'Download' })).toBeDisabled();
});

it('copies the whole explanation', async () => {
  const user = userEvent.setup();
  serve({ [EXPLAIN]: simple });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=simple_return');
  await user.click(await screen.findByRole('button', { name: 'Copy as JSON' }));
  expect(await screen.findByText('The explanation is on the clipboard.')).toBeVisible();
  expect(JSON.parse(await navigator.clipboard.readText())).toEqual(simple);
});

it('says what the server refused', async () => {
  serve({ [EXPLAIN]: new Problem(422, { title: 'Not valid', detail: 'No such figure.' }) });
  showPage(Page, PATH, '/portfolios/p?explain_of=p&explain=happiness');
  expect(await screen.findByText('No such figure.')).toBeVisible();
});

it('reads nonsense in the address as nothing asked', () => {
  expect(askedOf({ explain_of: 'p', explain: 7 })).toBeUndefined();
  expect(askedOf({ explain_of: 'p' })).toBeUndefined();
  expect(askedOf({ explain: 'twr' })).toBeUndefined();
  const asked = { of: 'p', figure: 'twr', account: '12', fees_in_cost: false, from: '2026-01-01' } as const;
  expect(askedOf(withAsked({ tab: 'x', explain_to: '2026-02-01' }, asked))).toEqual(asked);
  expect(askedOf({ explain_of: 'p', explain: 'twr', explain_from: 'soon', explain_account: 12 })).toEqual({
    of: 'p',
    figure: 'twr',
    account: '12',
  });
});
