import { goal } from '@test/goals';
import { Problem, type Sent, serve, showPage } from '@test/page';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import PredictionsPage from './predictions-page';

beforeEach(() => {
  setPreference('locale', 'en-US');
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
});

const quantiles = Object.fromEntries(
  [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99].map((level, i) => [
    level,
    String(9000 + 1500 * i),
  ]),
);
const terms = ({ id: _, portfolio_id: __, created_at: ___, ...rest }: typeof goal) => ({
  ...rest,
  months: 90,
});

function forecast(change: object = {}, odds: object = {}) {
  return {
    id: 'f',
    subject: { kind: 'goal', id: 'g' },
    created_at: new Date().toISOString(),
    as_of: '2026-11-20',
    matures_on: '2034-06-01',
    is_scored: false,
    not_scored_because: 'No outcome says whether its odds were right.',
    staleness: { is_stale: false, closes_age_days: 1, weights_age_days: 29, reasons: [] as object[] },
    odds: {
      disclaimer: 'A calculation from your inputs, not investment advice.',
      portfolio_id: 'p',
      as_of: '2026-11-20',
      base_currency: 'EUR',
      value: '8000',
      is_simulated: false,
      untouched: 0,
      paths: 10000,
      seed: 1,
      premia: { cash_rate: 0.02, assets: [] },
      model: { id: 'm', sha256: 'x' },
      data_sha256: 'd',
      warnings: [],
      goal: terms(goal),
      odds: {
        weights: [],
        goal: { probability: 0.085, error: 0.0048 },
        drawdown_95: 0.3,
        drawdowns: [{ depth: 0.2, probability: 0.4, error: 0.005 }],
        expected_shortfall_95: 0.2,
        expected_return: 0.06,
        volatility: 0.15,
        outcomes: { '0.1': '13500', '0.5': '16500', '0.9': '19500' },
        yearly: [
          { on: '2027-11-30', quantiles },
          { on: '2034-05-30', quantiles },
        ],
      },
      premia_moved: [],
      ...odds,
    },
    ...change,
  };
}

const base = {
  'GET /portfolios': { items: [], next_cursor: null },
  'GET /goals': { items: [goal], next_cursor: null },
  'GET /portfolios/p/performance': new Problem(503, { type: '/problems/unavailable', title: 'Busy.' }),
};
const kept = (...items: object[]) => ({ 'GET /predictions/goals/g': { items, next_cursor: null } });

function show(table: Record<string, unknown>, address = '/predictions?goal=g') {
  const sent = serve({ ...base, ...table });
  const router = showPage(() => <PredictionsPage headlines={() => null} />, '/predictions', address);
  return { sent, router };
}
const posts = (sent: Sent[]) => sent.filter(({ method }) => method === 'POST').map(({ body }) => body);
const FAN = { name: 'What “House” may come to, in today’s money' };

it('shows the forecast of a goal that is kept, with the odds of any amount', async () => {
  const { sent, router } = show(kept(forecast()));
  const fan = await screen.findByRole('slider', FAN);
  fan.focus();
  await userEvent.keyboard('{End}');
  expect(fan).toHaveAttribute(
    'aria-valuetext',
    expect.stringMatching(/^May 30, 2034: 95% band .+ 80% band .+ 50% band/),
  );
  expect(screen.getByText('Jun 01, 2034', { selector: 'span' })).toBeInTheDocument();
  expect(screen.getByTestId('goal-odds')).toHaveTextContent('9%');
  expect(screen.getByText(/unsure by 0.5%/)).toBeInTheDocument();
  expect(screen.getByText(/made .+ and kept/)).toBeInTheDocument();
  expect(screen.getByText('No outcome says whether its odds were right.')).toBeInTheDocument();
  // On a phone one column: what the goal is about comes before what it is not.
  expect(
    screen.getByTestId('goal-odds').compareDocumentPosition(screen.getByText('Not on the scoreboard')),
  ).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  // The odds of the goal itself are those that were counted, not some between two levels.
  expect(screen.getByTestId('odds-below')).toHaveTextContent('92%');
  expect(screen.getByText(/below €20,000.00 \(the goal\) on Jun 01, 2034/)).toBeInTheDocument();
  await userEvent.clear(screen.getByLabelText('Value'));
  await userEvent.type(screen.getByLabelText('Value'), '16500');
  expect(screen.getByTestId('odds-below')).toHaveTextContent('50%');
  // No amount of one's own stands in the address.
  await vi.waitFor(() => expect(router.state.location.search).toEqual({ goal: 'g', change: -0.175 }));
  expect(posts(sent)).toEqual([]);
});

it.each([
  ['none is kept', []],
  ['it is of yesterday', [forecast({ created_at: '2026-01-01T00:00:00Z' })]],
  ['the goal was another', [forecast({}, { goal: { ...terms(goal), target_amount: '15000' } })]],
])('makes one where %s', async (_, items) => {
  const { sent } = show({ ...kept(...items), 'POST /predictions': forecast() });
  await screen.findByRole('slider', FAN);
  expect(posts(sent)).toEqual([{ subject: { goal_id: 'g' } }]);
});

it('works it out without keeping it for who may only look', async () => {
  const refusal = new Problem(403, { type: '/problems/forbidden', title: 'You may not write.' });
  const only = forecast().odds;
  show({ ...kept(), 'POST /predictions': refusal, 'GET /goals/g/odds': only });
  await screen.findByRole('slider', FAN);
  expect(screen.getByText(/worked out now and not kept/)).toBeInTheDocument();
});

it('says that its closes and model are old', async () => {
  const reasons = ['old_closes', 'old_weights'].map((code) => ({ code, detail: '' }));
  const staleness = { is_stale: true, closes_age_days: 40, weights_age_days: 1062, reasons };
  show(kept(forecast({ staleness })));
  expect(await screen.findByText(/learned up to 1,062 days ago/)).toBeInTheDocument();
  expect(screen.getByText('The newest close is of Nov 20, 2026.')).toBeInTheDocument();
});

it.each([
  ['nothing-to-forecast', 'Nothing here can be forecast', 'The portfolio holds nothing of value.'],
  ['too-little-history', 'Too little history', '12 are there.'],
  ['invalid-horizon', 'The day of this goal is over', 'The day of this goal was 2026-01-01.'],
])('says why there is none: %s', async (slug, title, detail) => {
  show({
    ...kept(),
    'POST /predictions': new Problem(422, { type: `/problems/${slug}`, title: 'No.', detail }),
  });
  expect(await screen.findByText(title)).toBeInTheDocument();
  expect(screen.getByText(detail)).toBeInTheDocument();
});

it('forecasts nothing else where the goal of the address is gone', async () => {
  const { sent } = show({ 'GET /goals': { items: [], next_cursor: null } });
  expect(await screen.findByText('This goal is not there any more')).toBeInTheDocument();
  expect(sent.map(({ path }) => path).filter((path) => path.startsWith('/predictions'))).toEqual([]);
});
