import { Problem, serve as serveTable, showPage } from '@test/page';
import { me } from '@test/people';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import DataHealthPage from './page';

const source = (change: object = {}) => ({
  provider: 'coingecko',
  state: 'answers',
  answered_at: '2026-11-27T10:00:00Z',
  failed_at: null,
  problem: null,
  failure: null,
  circuit: 'closed',
  resting_until: null,
  retries_left: 2.1,
  asks_per_minute: 30,
  assets: 1,
  newest_price_at: '2026-11-27T10:00:00Z',
  ...change,
});

const asset = (change: object = {}) => ({
  asset_id: 'a',
  symbol: 'BTC',
  name: 'Bitcoin',
  provider: 'coingecko',
  price: '67187.34',
  currency: 'EUR',
  day: '2026-11-27',
  age_days: 0,
  is_stale: false,
  asked_at: '2026-11-27T10:00:00Z',
  flag: null,
  problem: null,
  backfill: null,
  ...change,
});

const putAside = {
  id: 'q',
  asset_id: 'a',
  symbol: 'BTC',
  provider: 'coingecko',
  day: '2026-11-27',
  value: '100000000',
  currency: 'EUR',
  reason: 'jump',
  detail: '100000000 after 67187.34 is more than 50 times apart.',
  times: 2,
  found_at: '2026-11-27T10:00:00Z',
  seen_at: '2026-11-27T10:00:00Z',
  state: 'open',
  interval: '1d',
  is_acceptable: true,
};

const run = {
  due_at: '2026-11-27T10:00:00Z',
  started_at: '2026-11-27T10:00:02Z',
  finished_at: '2026-11-27T10:00:04.5Z',
  assets: 2,
  requests: 1,
  written: 1,
  unchanged: 0,
  flagged: 0,
  quarantined: 1,
  missing: 0,
  failures: [{ provider: 'stooq', problem: 'service-failed', detail: 'stooq.com reports a fault (500).' }],
};

const health = (change: object = {}) => ({
  sources: [source()],
  rates: { is_live: false, last_day: '2026-11-20', age_days: 7, is_stale: true, last_run: null },
  assets: [asset()],
  assets_total: 1,
  quarantine: [],
  quarantine_total: 0,
  runs: [run],
  next_run_at: '2026-11-27T11:00:00Z',
  lag_seconds: 2,
  is_late: false,
  ...change,
});

const serve = (table: Record<string, unknown>) => serveTable({ 'GET /data-health/news': news(), ...table });

const news = (change: object = {}) => ({
  sources: [],
  runs: [],
  next_run_at: '2026-11-27T10:30:00Z',
  is_late: false,
  ...change,
});

const show = (who = me) => showPage(DataHealthPage, '/data-health', '/data-health', who);

beforeEach(() => setPreference('privacy', 'show'));
afterEach(() => vi.restoreAllMocks());

it('tells how each provider and each price stands', async () => {
  const sources = [
    source(),
    source({
      provider: 'stooq',
      state: 'resting',
      circuit: 'open',
      resting_until: '2026-11-27T10:01:00Z',
      failed_at: '2026-11-27T10:00:30Z',
      failure: 'stooq.com reports a fault of its own (500).',
    }),
    source({ provider: 'newsapi', state: 'needs_key', answered_at: null, asks_per_minute: null }),
  ];
  const assets = [
    asset({ symbol: 'OLD', is_stale: true, age_days: 9, day: '2026-11-18', problem: 'stooq: it is down.' }),
    asset({ asset_id: 'n', symbol: 'NONE', price: null, day: null, age_days: null, is_stale: true }),
    asset({ asset_id: 'h', symbol: 'NEW', backfill: { job_id: 'j', state: 'running', progress: 0.4 } }),
  ];
  serve({ 'GET /data-health': () => health({ sources, assets, assets_total: 3, is_late: true }) });
  show();
  const providers = await screen.findByRole('table', { name: 'Providers' });
  expect(within(providers).getByRole('row', { name: /CoinGecko/ })).toHaveTextContent(/Answers.*30 a minute/);
  expect(within(providers).getByRole('row', { name: /Stooq Left/ })).toHaveTextContent(/Left alone until/);
  expect(within(providers).getByRole('row', { name: /NewsAPI/ })).toHaveTextContent(
    /Needs a key.*Never.*headlines$/,
  );
  const followed = screen.getByRole('table', { name: 'Assets asked for' });
  expect(within(followed).getByRole('row', { name: /OLD/ })).toHaveTextContent(/9 days.*Stale/);
  expect(within(followed).getByRole('row', { name: /NONE/ })).toHaveTextContent(/Never/);
  expect(screen.getByText(/it is down/)).toBeInTheDocument();
  expect(within(providers).getByText(/\(500\)/)).toBeInTheDocument();
  expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '40');
  expect(screen.getByText(/no worker seems to run/)).toBeInTheDocument();
  expect(screen.getByRole('table', { name: 'Refreshes' })).toHaveTextContent(/Stooq: stooq.com reports/);
});

it('leads administrators to where a key is entered, and tells others who does', async () => {
  const sources = [source({ provider: 'newsapi', state: 'needs_key', answered_at: null })];
  const headlines = [
    {
      provider: 'cryptopanic',
      state: 'needs_key',
      answered_at: null,
      failed_at: null,
      problem: null,
      resting_until: null,
      newest_at: null,
    },
  ];
  serve({
    'GET /data-health': () => health({ sources }),
    'GET /data-health/news': () => news({ sources: headlines }),
  });
  show({ ...me, user: { ...me.user, is_admin: true } });
  for (const name of ['NewsAPI', 'CryptoPanic']) {
    const link = await screen.findByRole('link', { name: `Enter the key of ${name}` });
    expect(link).toHaveAttribute('href', '/settings?tab=data');
  }
  cleanup();
  show();
  await waitFor(() => expect(screen.getAllByText('An administrator enters it.')).toHaveLength(2));
  expect(screen.queryByRole('link', { name: /Enter the key/ })).not.toBeInTheDocument();
});

it('accepts and dismisses what was put aside, and says why it may not', async () => {
  const within = { ...putAside, id: 'r', value: '7', interval: '5m', is_acceptable: false };
  const sent = serve({
    'GET /data-health': () => health({ quarantine: [putAside, within], quarantine_total: 2 }),
    'POST /data-health/quarantine/q/accept': () =>
      new Problem(409, { type: '/problems/price-unusable', title: 'This cannot be a price of the asset.' }),
    'POST /data-health/quarantine/q/dismiss': () => ({ ...putAside, state: 'dismissed' }),
  });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Accept 100000000 of BTC' }));
  // The price of five minutes can become no close.
  expect(screen.getByRole('button', { name: 'Dismiss 7 of BTC' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Accept 7 of BTC' })).not.toBeInTheDocument();
  expect(await screen.findByRole('alert')).toHaveTextContent('This cannot be a price of the asset.');
  await userEvent.click(screen.getByRole('button', { name: 'Dismiss 100000000 of BTC' }));
  expect(await screen.findByText('It will not come back.')).toBeInTheDocument();
  expect(sent.filter(({ method }) => method === 'POST').map(({ path }) => path.split('/').at(-1))).toEqual([
    'accept',
    'dismiss',
  ]);
});

it('shows the first of many that were put aside, the others on wish, and minutes instead of a thousand seconds', async () => {
  const quarantine = Array.from({ length: 8 }, (_, at) => ({ ...putAside, id: `q${at}`, value: `${at}00` }));
  serve({ 'GET /data-health': () => health({ quarantine, quarantine_total: 8, lag_seconds: 1244 }) });
  show();
  const card = await screen.findByRole('region', { name: 'Put aside' });
  expect(within(card).getAllByRole('listitem')).toHaveLength(5);
  await userEvent.click(within(card).getByRole('button', { name: 'Show 3 more' }));
  expect(within(card).getAllByRole('listitem')).toHaveLength(8);
  expect(screen.getByText('The last began 21 minutes late')).toBeInTheDocument();
});

it('asks for prices now and looks again when they came', async () => {
  const job = {
    id: 'j',
    name: 'market.refresh_now',
    progress: null,
    stage: null,
    done: null,
    total: null,
    result_url: null,
    problem: null,
  };
  const times = { created_at: '2026-11-27T10:00:00Z', finished_at: null };
  const sent = serve({
    'GET /data-health': () => health(),
    'POST /data-health/refresh': { job_id: 'j' },
    'GET /jobs/j': () => ({ ...job, ...times, state: 'done' }),
  });
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Refresh now' }));
  expect(await screen.findByText('Prices were asked for.')).toBeInTheDocument();
  expect(sent.filter(({ path }) => path === '/data-health').length).toBeGreaterThan(1);
});

it('does not pretend to know of more than it lists', async () => {
  serve({ 'GET /data-health': () => health({ assets: [asset({ is_stale: true })], assets_total: 700 }) });
  show();
  expect(await screen.findByText('≤ 699')).toBeInTheDocument();
  expect(screen.getByText('≥ 1')).toBeInTheDocument();
  expect(screen.getByText('among the 1 oldest')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'BTC' })).toHaveAttribute('href', '/assets/a');
});

it('waits no longer for a refresh that nobody knows', async () => {
  serve({
    'GET /data-health': () => health(),
    'POST /data-health/refresh': { job_id: 'j' },
    'GET /jobs/j': new Problem(404, { title: 'There is no such job.' }),
  });
  show();
  const button = await screen.findByRole('button', { name: 'Refresh now' });
  await userEvent.click(button);
  expect(await screen.findByText(/What came of it is not known/)).toBeInTheDocument();
  expect(button).not.toHaveAttribute('aria-busy');
});

it('tells how fresh the headlines are, and who failed at what', async () => {
  const asked = { failed_at: null, problem: null, resting_until: null, answered_at: null, newest_at: null };
  const looked = { due_at: '2026-11-27T10:00:00Z', started_at: '2026-11-27T10:00:01Z' };
  const counts = { assets: 3, requests: 2, new: 17, known: 4, unusable: 1 };
  const failures = [{ provider: 'gdelt', problem: 'busy', detail: 'It is slow.' }];
  const sources = [
    {
      ...asked,
      provider: 'newsapi',
      state: 'answers',
      answered_at: '2026-11-27T10:00:00Z',
      newest_at: '2026-11-27T09:00:00Z',
    },
    { ...asked, provider: 'cryptopanic', state: 'refused', problem: 'Not this key.' },
    { ...asked, provider: 'gdelt', state: 'failing', problem: 'No way.' },
  ];
  const runs = [{ ...looked, finished_at: '2026-11-27T10:00:09Z', ...counts, failures }];
  serve({
    'GET /data-health': () => health(),
    'GET /data-health/news': news({ sources, runs, is_late: true }),
  });
  show();
  const card = await screen.findByRole('region', { name: 'Headlines' });
  const table = await within(card).findByRole('table', { name: 'Sources of headlines' });
  expect(within(table).getByRole('row', { name: /NewsAPI/ })).toHaveTextContent(/Answers/);
  expect(within(table).getByRole('row', { name: /GDELT/ })).toHaveTextContent(/Failing.*Never.*Not known/);
  expect(within(table).getByRole('row', { name: /CryptoPanic/ })).toHaveTextContent(/Refuses its key/);
  for (const why of ['No way.', 'Not this key.']) expect(within(card).getByText(why)).toBeInTheDocument();
  expect(within(card).getByRole('table', { name: 'Looks for headlines' })).toHaveTextContent(
    /3.*2.*17.*4.*1.*GDELT: It is slow/,
  );
  expect(within(card).getByText(/is overdue/)).toBeInTheDocument();
});

it('says what would be here and how it comes', async () => {
  serve({
    'GET /data-health': () =>
      health({ assets: [], assets_total: 0, runs: [], lag_seconds: null, is_late: true }),
  });
  show();
  expect(await screen.findByText('No asset is asked for at a provider')).toBeInTheDocument();
  expect(screen.getByText('Nothing was put aside')).toBeInTheDocument();
  expect(screen.getByText('No refresh yet')).toBeInTheDocument();
  // Nothing is due where nothing is asked for.
  expect(screen.queryByText(/no worker seems to run/)).not.toBeInTheDocument();
});
