import { Problem, type Sent, serve, showPage } from '@test/page';
import { me } from '@test/people';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { normalQuantile } from './odds';
import PredictionsPage from './predictions-page';
import ScoreboardPage, { PublicScoreboardPage } from './scoreboard-page';

beforeEach(() => {
  setPreference('locale', 'en-US');
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
});
afterEach(() => setPreference('privacy', 'show'));

const LEVELS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99];
const spread = (sigma: number) =>
  Object.fromEntries(LEVELS.map((level) => [String(level), Math.expm1(sigma * normalQuantile(level))]));

function prediction(days: number, change: object = {}) {
  const returns = spread(0.02 * Math.sqrt(days));
  return {
    id: `f${days}`,
    subject: { kind: 'asset', id: 'a' },
    asset_class: 'equity',
    is_simulated: false,
    made_by: 'daily_run',
    created_at: new Date().toISOString(),
    as_of: '2026-11-20',
    horizon_days: days,
    horizon_rows: days,
    matures_on: '2026-12-20',
    last_close: '100',
    currency: 'EUR',
    quantiles: Object.fromEntries(
      Object.entries(returns).map(([level, value]) => [level, (100 * (1 + value)).toFixed(4)]),
    ),
    return_quantiles: returns,
    baselines: {},
    var: { '0.95': 0.05, '0.99': 0.09 },
    es: { '0.95': 0.07, '0.99': 0.11 },
    volatility: { horizon: 0.1, annualised: 0.35 },
    probability_of_loss: 0.5,
    confidence_score: null as number | null,
    model: { id: 'm', sha256: 'x', rung: 'full' },
    data: { rows: 900, from: '2023-01-02', to: '2026-11-20', calendar: 'weekdays', sha256: 'd' },
    parts: [],
    warnings: [] as object[],
    staleness: { is_stale: false, closes_age_days: 1, weights_age_days: 29, reasons: [] as object[] },
    outcome: null as object | null,
    ...change,
  };
}

const skill = (baseline: string, value: number, interval: number[] | null) => ({
  baseline,
  value,
  interval,
  is_demonstrated: interval !== null && (interval[0] ?? 0) > 0,
});
const row = (change: object = {}) => ({
  horizon_days: 30,
  asset_class: 'equity',
  is_simulated: false,
  matured: 412,
  unscorable: 3,
  subjects: 20,
  coverage_80: 0.81,
  coverage_80_interval: [0.78, 0.84],
  coverage_95: 0.93,
  coverage_95_interval: [0.91, 0.945],
  breaches_95: 0.05,
  breaches_99: 0.01,
  qlike_minus_ewma: -0.656,
  qlike_minus_ewma_median: -0.034,
  psi: 0.02,
  pit_tenths: [41, 41, 41, 41, 41, 41, 41, 41, 42, 42],
  crps_skill: [skill('random-walk-EQ500', 0.031, [0.02, 0.045]), skill('GARCH-t', -0.02, [-0.03, -0.01])],
  ...change,
});
const walk = {
  model_id: 'm',
  label: 'walk-forward backtest',
  rows: 750,
  baselines: ['random-walk-EQ500', 'GARCH-t'],
  table: [
    {
      horizon_days: 30,
      forecasts: 3796,
      crps_skill: [0.036, 0.0213, 0.053],
      tail_skill: [0.1, 0.07, 0.14],
      crps_skill_over_garch_t: [0.004, -0.001, 0.02],
      coverage_80: 0.806,
      coverage_95: 0.943,
      qlike_minus_ewma: -0.03,
    },
  ],
};
const scoreboard = (scores: object[] = []) => ({
  matured: scores.length ? 412 : 0,
  unscorable: scores.length ? 3 : 0,
  is_drifting: false,
  scores,
  walk_forward: walk,
});
const asset = {
  id: 'a',
  symbol: 'ACME',
  name: 'Acme Works',
  asset_class: 'equity',
  currency: 'EUR',
  isin: null,
  mic: '',
  scope: 'tenant',
  is_simulated: false,
  latest_price: null,
};
const closes = ['2026-11-18', '2026-11-19', '2026-11-20'].map((day, i) => ({
  day,
  close: String(98 + i),
  source: 'file',
}));
const base = {
  'GET /portfolios': { items: [], next_cursor: null },
  'GET /goals': { items: [], next_cursor: null },
  'GET /assets/a': asset,
  'GET /assets/a/prices': {
    asset_id: 'a',
    currency: 'EUR',
    prices_are: 'as_traded',
    items: closes,
    gaps: [],
  },
  'GET /predictions/scoreboard': scoreboard(),
};
const known = (...items: { id: string; horizon_days: number }[]) => ({
  'GET /predictions': ({ query }: Sent) => {
    const days = query.get('horizon_days');
    return { items: items.filter((one) => !days || String(one.horizon_days) === days), next_cursor: null };
  },
  ...Object.fromEntries(items.map((one) => [`GET /predictions/${one.id}`, one])),
});

function show(table: Record<string, unknown>, address = '/predictions?asset=a') {
  const sent = serve({ ...base, ...table });
  const router = showPage(() => <PredictionsPage headlines={() => null} />, '/predictions', address);
  return { sent, router };
}

it('shows what is stored and makes nothing anew', async () => {
  const { sent } = show(known(prediction(1), prediction(30)));
  const fan = await screen.findByRole('slider', { name: 'What ACME may be worth' });
  expect(fan.getAttribute('aria-valuetext')).toMatch(/^Dec 20, 2026: 95% band €.+ – €.+, Middle €100/);
  await userEvent.click(screen.getByText('Show as table'));
  // The day ahead that the same model made of the same closes is a stop of the fan, too.
  expect(await screen.findByRole('row', { name: /^2026-11-21/ })).toBeInTheDocument();
  expect(sent.filter(({ method }) => method === 'POST')).toEqual([]);
});

it('does not mix forecasts of other closes into the fan', async () => {
  const other = prediction(1, { data: { ...prediction(1).data, sha256: 'corrected' } });
  show(known(other, prediction(30)));
  await screen.findByRole('slider', { name: 'What ACME may be worth' });
  await userEvent.click(screen.getByText('Show as table'));
  await screen.findByRole('row', { name: /^2026-12-20/ });
  expect(screen.queryByRole('row', { name: /^2026-11-21/ })).not.toBeInTheDocument();
});

it('makes a forecast where there is none, or an old one', async () => {
  const made = prediction(30, { id: 'new' });
  const old = prediction(30, { created_at: '2026-01-01T00:00:00Z' });
  const { sent } = show({ ...known(old), 'POST /predictions': made });
  await screen.findByRole('slider', { name: 'What ACME may be worth' });
  const posts = sent.filter(({ method }) => method === 'POST');
  expect(posts.map(({ body }) => body)).toEqual([{ subject: { asset_id: 'a' }, horizon_days: 30 }]);
});

it('says that portfolios could not be asked for, not that there is nothing to forecast', async () => {
  const broken = new Problem(500, { type: '/problems/internal-error', title: 'Something broke' });
  show({ 'GET /portfolios': broken }, '/predictions');
  expect(await screen.findByRole('alert')).toHaveTextContent('Something broke');
  expect(screen.queryByText('What shall be forecast?')).not.toBeInTheDocument();
});

it('says how much history is needed', async () => {
  const refusal = new Problem(422, {
    type: '/problems/too-little-history',
    title: 'There is too little history to forecast from.',
    detail: 'A forecast needs at least 30 returns, 12 are there.',
  });
  show({ ...known(), 'POST /predictions': refusal });
  expect(await screen.findByText('Too little history')).toBeInTheDocument();
  expect(screen.getByText(/12 are there/)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Open ACME' })).toHaveAttribute('href', '/assets/a');
});

it('says of a price that never moved that it has no odds, and nothing of too little', async () => {
  const refusal = new Problem(422, {
    type: '/problems/never-moved',
    title: 'A price that never moved says nothing about what it may do.',
    detail: 'ACME cannot be forecast: The price is 5 at each of the last 300 closes.',
  });
  show({ ...known(), 'POST /predictions': refusal });
  expect(await screen.findByText('Nothing here can be forecast')).toBeInTheDocument();
  expect(screen.getByText(/The price is 5/)).toBeInTheDocument();
});

it('says that closes and model are old, and what a confidence that is not known is', async () => {
  const reasons = [
    { code: 'old_closes', detail: 'The newest close it knows is 40 days old.' },
    { code: 'old_weights', detail: 'Its model learned up to 2024-01-01.' },
  ];
  const staleness = { is_stale: true, closes_age_days: 40, weights_age_days: 1062, reasons };
  show(known(prediction(30, { staleness })));
  expect(await screen.findByText(/learned up to 1,062 days ago/)).toBeInTheDocument();
  expect(await screen.findByText('The newest close is of Nov 20, 2026.')).toBeInTheDocument();
  expect(screen.getByText(/^not known yet/)).toBeInTheDocument();
});

it('keeps the price that is asked about in the address', async () => {
  const { router } = show(known(prediction(30)), '/predictions?asset=a&price=90');
  const field = await screen.findByLabelText('Price');
  expect(field).toHaveValue('90');
  // ln(0.9) over sigma 0.02·√30 is −0.962: 17 %.
  expect(screen.getByTestId('odds-below')).toHaveTextContent('17%');
  await userEvent.clear(field);
  await userEvent.type(field, '100');
  expect(screen.getByTestId('odds-below')).toHaveTextContent('50%');
  await vi.waitFor(() => expect(router.state.location.search).toMatchObject({ price: '100' }));
});

it('stands by the backtest, labelled and with count 0, before anything came due', async () => {
  show(known(prediction(30)));
  const card = await screen.findByRole('region', { name: 'Track record' });
  expect(await within(card).findByText(/0 forecasts have come due/)).toBeInTheDocument();
  expect(within(card).getByText(/Backtest, not forecasts that came due/)).toBeInTheDocument();
  expect(within(card).getByText('no demonstrated skill')).toBeInTheDocument();
});

it('shows losses against a baseline as plainly as gains', async () => {
  serve({
    ...base,
    'GET /predictions/scoreboard': scoreboard([row(), row({ asset_class: 'crypto', is_simulated: true })]),
    'GET /models': { items: [], events: [], next_cursor: null },
  });
  showPage(() => <ScoreboardPage />, '/predictions/scoreboard', '/predictions/scoreboard');
  const table = await screen.findByRole('table', { name: 'Forecasts that came due' });
  expect(within(table).getByText('worse than the baseline')).toBeInTheDocument();
  expect(within(table).getByText('412')).toBeInTheDocument();
  // One jump makes the mean; it stands under what is usual.
  expect(within(table).getByText('-0.034')).toBeInTheDocument();
  expect(within(table).getByText('mean -0.656')).toBeInTheDocument();
  const apart = screen.getByRole('table', { name: 'Forecasts that came due, of simulated prices' });
  expect(within(apart).getByText('Crypto')).toBeInTheDocument();
  expect(within(table).getByText('78.0% to 84.0%')).toBeInTheDocument();
  expect(within(table).getByText('less than it says')).toBeInTheDocument();
  expect(screen.getByText(/3 could not be scored/)).toBeInTheDocument();
});

it('tells anyone that the public scoreboard is closed', async () => {
  serve({ 'GET /scoreboard': new Problem(404, { type: '/problems/scoreboard-closed', title: 'Closed' }) });
  showPage(() => <PublicScoreboardPage />, '/scoreboard', '/scoreboard');
  expect(await screen.findByText('This scoreboard is not public')).toBeInTheDocument();
});

it.each([
  ['Sign in', '/login', new Problem(401, { type: '/problems/unauthenticated', title: 'Sign in.' })],
  ['Your scoreboard', '/predictions/scoreboard', me],
])('offers “%s” beside the public scoreboard', async (name, to, answer) => {
  serve({ 'GET /scoreboard': scoreboard(), 'GET /me': answer });
  showPage(() => <PublicScoreboardPage />, '/scoreboard', '/scoreboard');
  expect(await screen.findByRole('link', { name })).toHaveAttribute('href', to);
});

it('judges value at risk, or says what is missing', async () => {
  const level = (confidence: number, p: number, z2: number | null) => ({
    confidence,
    breaches: 8,
    expected: 7.5,
    kupiec: { statistic: 1, p_value: p },
    christoffersen: null,
    z2,
    fz0: -3.7,
  });
  const risk = {
    subject: { kind: 'asset', id: 'a' },
    horizon_days: 1,
    source: 'replay',
    periods: 749,
    is_sufficient: true,
    shortage: null,
    traffic_light: 'yellow',
    levels: [level(0.99, 0.012, 0.31), level(0.95, 0.5, -0.1)],
    points: [{ day: '2026-11-19', loss: 0.02, var_95: 0.015, var_99: 0.03 }],
  };
  show({ 'GET /predictions/risk/assets/a': risk }, '/predictions?asset=a&tab=risk');
  expect(await screen.findByText('fails (p 1.2%)')).toBeInTheDocument();
  expect(screen.getByText('passes (p 50.0%)')).toBeInTheDocument();
  expect(screen.getByText('understated (0.31)')).toBeInTheDocument();
  expect(screen.getByText(/^yellow: more losses/)).toBeInTheDocument();
});

it('has no score of a day without headlines', async () => {
  const day = (day: string, score: number | null) => ({
    day,
    headlines: score === null ? 0 : 1,
    mean_logit_of_day: null,
    counted: 0,
    mean_logit: null,
    score,
  });
  const moods = {
    asset_id: 'a',
    half_life_days: 3,
    reach_days: 30,
    headlines: 1,
    unread: 2,
    days: [day('2026-11-18', null), day('2026-11-19', -0.25)],
  };
  show({ 'GET /sentiment': moods }, '/predictions?asset=a&tab=news');
  const chart = await screen.findByRole('slider', { name: 'How headlines about ACME read' });
  expect(chart).toHaveAttribute('aria-valuetext', expect.stringContaining('Score -0.25'));
  chart.focus();
  await userEvent.keyboard('{Home}');
  expect(chart).toHaveAttribute('aria-valuetext', 'Nov 18, 2026: Score –');
  expect(screen.getByText(/2 were not read by the model/)).toBeInTheDocument();
});

const models = {
  items: [
    {
      id: 'price:m',
      family: 'price',
      version: 'm',
      sha256: 'x',
      role: 'champion',
      is_shipped: true,
      trained_until: null,
    },
  ],
  events: [],
  next_cursor: null,
};

it('shows in which tenth outcomes lay, and how far that is from even', async () => {
  const uneven = row({ horizon_days: 7, psi: 0.31, pit_tenths: [60, 10, 10, 10, 10, 10, 10, 10, 10, 60] });
  serve({ 'GET /predictions/scoreboard': scoreboard([row(), uneven]), 'GET /models': models });
  showPage(ScoreboardPage, '/predictions/scoreboard', '/predictions/scoreboard');
  const tenths = await screen.findByRole('table', { name: 'Where outcomes lay in their forecasts' });
  expect(within(tenths).getByRole('row', { name: /^30 Share/ })).toHaveTextContent('0.020');
  expect(within(tenths).getByRole('row', { name: /^7 Share/ })).toHaveTextContent(/uneven.*0.310/);
  expect(
    within(tenths).getByRole('img', {
      name: 'From the lowest tenth to the highest: 30%, 5%, 5%, 5%, 5%, 5%, 5%, 5%, 5%, 30%, of 200 outcomes',
    }),
  ).toBeInTheDocument();
  expect(screen.getByRole('table', { name: /^Backtest/ })).toHaveTextContent('-0.030');
});

it('opens what a model says of itself', async () => {
  const card = {
    id: 'price:m',
    card: {
      trained_on: 'Rates',
      limits: ['Close to close only.', 'On shares it does worse.'],
      horizons: [1, 7],
      own_word: 3,
      to: '2026-10-30',
      walk_forward: {
        rows: 750,
        table: [
          {
            horizon_days: 7,
            forecasts: 3874,
            crps_skill: [0.016, 0.012, 0.02],
            'coverage_0.8': 0.81,
            own: [1, 2],
          },
        ],
      },
    },
  };
  serve({
    'GET /predictions/scoreboard': scoreboard(),
    'GET /models': models,
    'GET /models/price%3Am/card': card,
    'GET /models/price:m/card': card,
  });
  showPage(ScoreboardPage, '/predictions/scoreboard', '/predictions/scoreboard');
  await userEvent.click(await screen.findByRole('button', { name: 'Card of Prices · m' }));
  const dialog = await screen.findByRole('dialog', { name: 'Model card: Prices · m' });
  expect(await within(dialog).findByText('Close to close only.')).toBeInTheDocument();
  expect(within(dialog).getByText('1, 7')).toBeInTheDocument();
  expect(within(dialog).getByText('Own word')).toBeInTheDocument();
  expect(within(dialog).getByText('Oct 30, 2026')).toBeInTheDocument();
  expect(within(dialog).getByRole('columnheader', { name: 'Skill over random walk' })).toBeInTheDocument();
  expect(
    within(dialog).getByRole('row', { name: /^7 3,874 \+1.60% ?\+1.20% to \+2.00% 81.0% 1 · 2$/ }),
  ).toBeInTheDocument();
});
