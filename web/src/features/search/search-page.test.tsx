import { Problem, type Sent, serve, showPage } from '@test/page';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import SearchPage from './search-page';

const hit = (change: object = {}) => ({
  symbol: 'BTC',
  name: 'Bitcoin',
  asset_class: 'crypto',
  currency: null,
  mic: '',
  isin: null,
  identifiers: [{ scheme: 'coingecko', value: 'bitcoin' }],
  asset_id: null,
  is_own: false,
  is_simulated: false,
  providers: ['coingecko'],
  ...change,
});

const found = (items: object[], change: object = {}) => ({
  items,
  ambiguous_symbols: [],
  asked: ['coingecko'],
  failures: [],
  next_cursor: null,
  ...change,
});

let router: ReturnType<typeof showPage>;

const show = (answer: (sent: Sent) => unknown, change: Record<string, unknown> = {}): Sent[] => {
  const sent = serve({
    'GET /market/search': answer,
    'GET /portfolios': { items: [], next_cursor: null },
    'GET /currencies': { items: [], next_cursor: null },
    ...change,
  });
  router = showPage(SearchPage, '/search', '/search');
  return sent;
};

afterEach(() => vi.unstubAllGlobals());

it('shows what is kept at once and what providers know when they have answered; the question stands in the URL', async () => {
  const user = userEvent.setup();
  const mine = hit({ name: 'My coins', asset_id: 'a', is_own: true, identifiers: [], providers: [] });
  let answer: (value: unknown) => void = () => undefined;
  const later = new Promise((resolve) => {
    answer = resolve;
  });
  const sent = show(({ query }) =>
    query.get('providers') === 'true' ? later : found([mine], { asked: [] }),
  );
  await user.type(await screen.findByRole('searchbox'), 'bitcoin');
  expect(await screen.findByText('My coins')).toBeVisible();
  expect(screen.getByText('Asking providers…')).toBeVisible();
  answer(found([mine, hit()], { ambiguous_symbols: ['BTC'] }));
  expect(await screen.findByText('Bitcoin')).toBeVisible();
  expect(screen.getByText(/Several assets are called BTC/)).toBeVisible();
  expect(screen.getByRole('link', { name: 'Open' })).toHaveAttribute('href', '/assets/a');
  // What was typed on the way there was not asked for.
  expect(
    new Set(sent.filter(({ path }) => path === '/market/search').map(({ query }) => query.get('query'))),
  ).toEqual(new Set(['bitcoin']));
});

it('names a provider that fails beside what the others found', async () => {
  const failures = [{ provider: 'yahoo', problem: 'unreachable', detail: 'It does not answer.' }];
  const user = userEvent.setup();
  show(() => found([hit()], { failures }));
  await user.type(await screen.findByRole('searchbox'), 'bt');
  expect(await screen.findByText('Yahoo Finance could not be asked: It does not answer.')).toBeVisible();
  expect(screen.getByText('Bitcoin')).toBeVisible();
});

it('tells that the providers could not be asked, and asks them again, beside what is kept and alone', async () => {
  const user = userEvent.setup();
  const mine = hit({ name: 'My coins', asset_id: 'a', is_own: true, identifiers: [], providers: [] });
  let isDown = true;
  show(({ query }) => {
    const kept = query.get('query') === 'bt' ? [mine] : [];
    if (query.get('providers') !== 'true') return found(kept, { asked: [] });
    return isDown
      ? new Problem(503, { title: 'Too much at once', detail: 'Busy.' })
      : found([...kept, hit()]);
  });
  await user.type(await screen.findByRole('searchbox'), 'bt');
  expect(await screen.findByText('Too much at once')).toBeVisible();
  expect(screen.getByText('My coins')).toBeVisible();
  expect(screen.queryByText(/No provider that can search/)).not.toBeInTheDocument();
  await user.type(screen.getByRole('searchbox'), 'c');
  await vi.waitFor(() => expect(screen.queryByText('My coins')).not.toBeInTheDocument());
  expect(await screen.findByText('Too much at once')).toBeVisible();
  expect(screen.queryByText('Nothing found')).not.toBeInTheDocument();
  isDown = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Bitcoin')).toBeVisible();
});

it('adds what was found with its identifiers, in a currency that is chosen', async () => {
  const user = userEvent.setup();
  const sent = show(() => found([hit()]), {
    'POST /assets': ({ body }: Sent) => ({
      ...(body as object),
      id: 'new',
      scope: 'tenant',
      is_simulated: false,
      isin: null,
      latest_price: null,
      job_id: 'j',
    }),
  });
  await user.type(await screen.findByRole('searchbox'), 'bt');
  await user.click(await screen.findByRole('button', { name: 'Add BTC, Bitcoin' }));
  const dialog = await screen.findByRole('dialog');
  await user.selectOptions(within(dialog).getByLabelText('Currency'), 'USD');
  await user.click(within(dialog).getByRole('button', { name: 'Add' }));
  await vi.waitFor(() =>
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
      symbol: 'BTC',
      name: 'Bitcoin',
      asset_class: 'crypto',
      currency: 'USD',
      mic: '',
      identifiers: [{ scheme: 'coingecko', value: 'bitcoin' }],
    }),
  );
});

it('leads to the asset there is where one is called so already', async () => {
  const user = userEvent.setup();
  const exists = new Problem(409, { type: '/problems/asset-exists', title: 'Exists.', asset_id: 'old' });
  show(() => found([hit()]), { 'POST /assets': exists });
  await user.type(await screen.findByRole('searchbox'), 'bt');
  await user.click(await screen.findByRole('button', { name: 'Add BTC, Bitcoin' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Add' }));
  expect(await screen.findByRole('link', { name: 'Open it' })).toHaveAttribute('href', '/assets/old');
});

it('takes another question from its address, as the palette writes it', async () => {
  const user = userEvent.setup();
  const sent = show(() => found([hit()]));
  await user.type(await screen.findByRole('searchbox'), 'bitcoin');
  await screen.findByText('Bitcoin');
  act(() => void router.navigate({ to: '/search', search: { q: 'ether' } as never }));
  await vi.waitFor(() => expect(screen.getByRole('searchbox')).toHaveValue('ether'));
  await vi.waitFor(() => expect(sent.at(-1)?.query.get('query')).toBe('ether'));
  expect(router.state.location.search).toEqual({ q: 'ether' });
  await user.clear(screen.getByRole('searchbox'));
  expect(await screen.findByText('What are you looking for?')).toBeVisible();
});

it('lets an asset nobody lists be added by hand', async () => {
  const user = userEvent.setup();
  show(() => found([]));
  await user.type(await screen.findByRole('searchbox'), 'house');
  await user.click(await screen.findByRole('button', { name: 'Add by hand' }));
  expect(within(await screen.findByRole('dialog')).getByLabelText('Name')).toHaveValue('house');
});
