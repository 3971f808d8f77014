import { portfolio } from '@test/books';
import { type Sent, serve, showPage } from '@test/page';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { useSearchState } from '@/ui/search-state';
import { PerformanceTab } from './performance';
import { SEARCH } from './search';

const PATH = '/portfolios/$id';
const PERFORMANCE = 'GET /portfolios/p/performance';

/** Two days without anything, then a deposit of 100 that becomes 110. */
const five = {
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
  from: '2021-11-25',
  to: '2021-11-29',
  as_of: '2021-11-29',
  base_currency: 'EUR',
  start_value: '0',
  end_value: '110',
  net_flow: '100',
  simple_gain: '10',
  simple_return: 0.1,
  twr: 0.1,
  twr_annualised: 0.02,
  mwr: 0.03,
  mwr_period: 0.15,
  volatility: null,
  drawdown_max: 0.05,
  realised_gain: '0',
  unrealised_gain: '10',
  income: '0',
  fees: '0',
  taxes: null,
  reasons: { volatility: 'few_returns' } as Record<string, string>,
  series: {
    days: ['2021-11-25', '2021-11-26', '2021-11-27', '2021-11-28', '2021-11-29'],
    value: ['0', '0', '0', '100', '110'],
    invested: ['0', '0', '0', '100', '100'],
    flow: ['0', '0', '0', '100', '0'],
    twr: [0, 0, 0, 0, 0.1],
    drawdown: [0, 0, 0, 0, 0],
  },
  warnings: [],
};
const cut = {
  ...five,
  from: '2021-11-27',
  twr_annualised: null,
  reasons: { ...five.reasons, twr_annualised: 'short_period' },
  series: {
    days: five.series.days.slice(2),
    value: five.series.value.slice(2),
    invested: five.series.invested.slice(2),
    flow: five.series.flow.slice(2),
    twr: five.series.twr.slice(2),
    drawdown: five.series.drawdown.slice(2),
  },
};

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
afterEach(() => vi.unstubAllGlobals());

function Tab() {
  const [search, setSearch] = useSearchState(SEARCH);
  return <PerformanceTab portfolioId="p" search={search} onChange={setSearch} />;
}
const show = (address: string) => showPage(Tab, PATH, address);
const figure = (name: string) =>
  screen.getByRole('button', { name }).closest('dt')?.nextElementSibling as HTMLElement;

it('starts no earlier than the books, so that nothing is annualised over years without money', async () => {
  const sent = serve({
    'GET /portfolios/p': portfolio,
    [PERFORMANCE]: ({ query }: Sent) => (query.get('from') === '2021-11-27' ? cut : five),
  });
  show('/portfolios/p?range=5Y');
  expect(await screen.findByText('Nov 27, 2021 – Nov 29, 2021')).toBeInTheDocument();
  expect(figure('Time-weighted return')).toHaveTextContent('+10.00%Too short to annualise.');
  expect(sent.filter(({ path }) => path.endsWith('/performance'))).toHaveLength(2);
});

it('gives each figure its definition, and a reason where it is not known', async () => {
  serve({ 'GET /portfolios/p': portfolio, [PERFORMANCE]: cut });
  show('/portfolios/p?range=1Y');
  await screen.findByRole('button', { name: 'Money-weighted return' });
  const definition = document.getElementById(
    screen.getByRole('button', { name: 'Money-weighted return' }).getAttribute('popovertarget') ?? '',
  );
  expect(definition).toHaveTextContent('internal rate of return');
  expect(figure('Volatility')).toHaveTextContent('Too few days with prices.');
  expect(figure('Largest drawdown')).toHaveTextContent('5.00%');
  expect(figure('Taxes')).toHaveTextContent('An exchange rate is missing.');
});

it('explains also the rates of a year', async () => {
  serve({ 'GET /portfolios/p': portfolio, [PERFORMANCE]: five });
  const router = show('/portfolios/p?range=1Y');
  await userEvent.click(await screen.findByRole('button', { name: '+3.00% a year' }));
  expect(router.state.location.search).toMatchObject({ explain: 'mwr', explain_from: five.from });
});

const beside = {
  asset_id: 'b',
  symbol: 'WORLD',
  name: 'World Fund',
  currency: 'EUR',
  is_simulated: false,
  return_kind: 'price',
  quoted_from: '2020-01-01',
  quoted_until: five.to,
  is_stale: false,
  twr: 0.04,
  twr_annualised: 0.011,
  twr_difference: 0.06,
  volatility: 0.12,
  drawdown_max: 0.07,
  same_flows: {
    end_value: '104',
    gain: '4',
    mwr: 0.013,
    mwr_period: 0.05,
    mwr_difference: 0.017,
    reasons: {},
  },
  reasons: {},
  series: { twr: five.series.twr, value: five.series.value },
};

it('explains every figure of a benchmark', async () => {
  serve({
    'GET /portfolios/p': portfolio,
    'GET /assets/b': {},
    [PERFORMANCE]: { ...five, benchmark: beside },
  });
  const router = show('/portfolios/p?range=1Y&benchmark=b&timing=end&scope=account:Broker');
  await screen.findByRole('button', { name: 'Benchmark' });
  const expected = {
    Benchmark: ['benchmark_twr', 'benchmark_twr_annualised'],
    'Ahead of the benchmark': ['twr_difference'],
    'Volatility of the benchmark': ['benchmark_volatility'],
    'Largest drawdown of the benchmark': ['benchmark_drawdown_max'],
    'Same money in the benchmark': ['same_flows_value', 'same_flows_mwr_period'],
    'Gain of the same money': ['same_flows_gain', 'same_flows_mwr'],
    'Ahead of the same money': ['mwr_difference'],
  };
  for (const [name, asked] of Object.entries(expected)) {
    const buttons = within(figure(name)).getAllByRole('button');
    expect(buttons).toHaveLength(asked.length);
    for (const [at, button] of buttons.entries()) {
      await userEvent.click(button);
      expect(router.state.location.search).toMatchObject({
        explain: asked[at],
        explain_benchmark: 'b',
        explain_account: 'Broker',
        explain_timing: 'end',
        explain_from: five.from,
      });
    }
  }
});

it('puts the chosen range into the address and remembers it', async () => {
  const sent = serve({ 'GET /portfolios/p': portfolio, [PERFORMANCE]: cut });
  const router = show('/portfolios/p?range=1Y');
  await userEvent.click(await screen.findByRole('radio', { name: 'Max' }));
  expect(router.state.location.search).toEqual({ range: 'Max' });
  expect(JSON.parse(localStorage.getItem('fs.range') ?? '')).toMatchObject({ d: 'Max' });
  expect(sent.at(-1)?.query.has('from')).toBe(false);
});

it('has no digit of an amount in the page under Hide', async () => {
  setPreference('privacy', 'hide');
  serve({ 'GET /portfolios/p': portfolio, [PERFORMANCE]: cut });
  show('/portfolios/p?range=1Y');
  await screen.findByRole('button', { name: 'Gain' });
  expect(document.body.textContent).not.toMatch(/€|110/);
});
