import { Problem, type Sent, serve, showPage } from '@test/page';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import AssetPage from './asset-page';

const asset = (change: object = {}) => ({
  id: 'a',
  symbol: 'ACME',
  name: 'Acme Works',
  asset_class: 'equity',
  currency: 'USD',
  isin: null,
  mic: 'XNYS',
  scope: 'tenant',
  is_simulated: false,
  latest_price: null,
  former_symbols: [],
  merged_into: null,
  merged: [],
  ...change,
});

const quality = (change: object = {}) => ({
  asset_id: 'a',
  price: '12.5',
  currency: 'USD',
  as_of: '2026-11-10',
  quoted_at: null,
  age_days: 9,
  stale_after_days: 5,
  is_stale: true,
  is_followed: true,
  provider: 'coingecko',
  asked_at: '2026-11-19T10:00:00Z',
  flag: null,
  problem: 'coingecko: It does not answer.',
  sources: [{ source: 'coingecko', closes: 2, first: '2026-11-09', last: '2026-11-10' }],
  quarantine: [
    {
      id: 'q',
      asset_id: 'a',
      symbol: 'ACME',
      provider: 'coingecko',
      day: '2026-11-12',
      value: '12500',
      currency: 'USD',
      reason: 'jump',
      detail: 'A thousand times the last price.',
      times: 3,
      found_at: '2026-11-12T10:00:00Z',
      seen_at: '2026-11-12T10:00:00Z',
      state: 'open',
      interval: '1d',
      is_acceptable: true,
    },
  ],
  ...change,
});

const prices = {
  asset_id: 'a',
  currency: 'USD',
  prices_are: 'as_traded',
  items: [
    { day: '2026-11-09', close: '10', source: 'coingecko' },
    { day: '2026-11-10', close: '12.5', source: 'coingecko' },
  ],
  gaps: [],
  splits: [],
};

const candles = (items: unknown[]) => ({
  asset_id: 'a',
  currency: 'USD',
  prices_are: 'as_traded',
  splits: [],
  interval: '1d',
  kept_days: null,
  items,
});

const answers = (change: Record<string, unknown> = {}) => ({
  'GET /assets/a': asset(),
  'GET /assets/a/prices': prices,
  'GET /assets/a/price-quality': quality(),
  'GET /assets/a/candles': candles([]),
  'GET /assets/a/identifiers': { items: [{ scheme: 'coingecko', value: 'acme' }] },
  'GET /assets/a/holdings': { items: [], next_cursor: null },
  'GET /watchlists': { items: [], next_cursor: null },
  'GET /currencies': { items: [], next_cursor: null },
  ...change,
});

let router: ReturnType<typeof showPage>;

const show = (change: Record<string, unknown> = {}, address = '/assets/a'): Sent[] => {
  const sent = serve(answers(change));
  router = showPage(
    () => <AssetPage news={({ symbol }) => <p>News of {symbol}</p>} />,
    '/assets/$id',
    address,
  );
  return sent;
};

const job = (change: object = {}) => ({
  id: 'j',
  name: 'market.backfill',
  state: 'running',
  progress: 0.4,
  stage: null,
  done: null,
  total: null,
  result_url: null,
  problem: null,
  created_at: '2026-11-27T10:00:00Z',
  finished_at: null,
  ...change,
});

afterEach(() => {
  vi.unstubAllGlobals();
  setPreference('privacy', 'show');
});

it('shows the last price with its age and its badge, also under Hide: prices are public', async () => {
  setPreference('privacy', 'hide');
  show();
  expect(await screen.findByTestId('last-price')).toHaveTextContent('$12.50');
  expect(screen.getByText('(9 days old)')).toBeVisible();
  expect(screen.getAllByText('Stale')[0]).toBeVisible();
  const chart = screen.getByRole('slider', { name: 'Close of ACME' });
  expect(chart).toHaveAttribute('aria-valuetext', expect.stringContaining('$12.50'));
});

it('draws candles where more than closes is known, read by keys, and a line on wish', async () => {
  const user = userEvent.setup();
  const items = prices.items.map(({ day, close }) => ({
    start: `${day}T00:00:00Z`,
    open: '9',
    high: '13',
    low: '8',
    close,
    volume: null,
  }));
  show({
    'GET /assets/a/candles': candles(items),
  });
  const chart = await screen.findByRole('slider', { name: 'Close of ACME' });
  await screen.findByText('Candles');
  screen.getByRole('slider', { name: 'Close of ACME' }).focus();
  await user.keyboard('{Home}');
  expect(screen.getByRole('slider', { name: 'Close of ACME' })).toHaveAttribute(
    'aria-valuetext',
    'Nov 09, 2026: open $9.00, high $13.00, low $8.00, close $10.00',
  );
  expect(chart).toBeDefined();
  await user.click(screen.getByText('Line'));
  expect(screen.getByRole('slider', { name: 'Close of ACME' })).toHaveAttribute(
    'aria-valuetext',
    expect.stringContaining('Close $12.50'),
  );
});

it('measures a range across a split in units of today, and names the split', async () => {
  const splits = [{ day: '2026-11-10', units_before: '1', units_after: '4', source: 'ledger' }];
  const sent = show({
    'GET /assets/a/prices': ({ query }: Sent) => {
      const isAdjusted = query.get('prices_are') === 'split_adjusted';
      const [first, last] = prices.items;
      const items = [{ ...first, close: isAdjusted ? '10' : '40' }, last];
      return { ...prices, prices_are: query.get('prices_are'), splits, items };
    },
  });
  expect(await screen.findByText('+25.00%')).toBeVisible();
  expect(screen.getByText(/units of today.*4 for 1 on/)).toHaveTextContent('10, 2026');
  expect(screen.getByRole('slider', { name: 'Close of ACME' })).toHaveAttribute(
    'aria-valuetext',
    expect.stringContaining('Close in units of today $12.50'),
  );
  const candles = sent.find(({ path }) => path.endsWith('/candles'));
  expect(candles?.query.get('prices_are')).toBe('split_adjusted');
});

it('draws a week by hours in the time zone of the reader, and says which', async () => {
  const user = userEvent.setup();
  const hours = Array.from({ length: 30 }, (_, at) => ({
    start: new Date(Date.UTC(2026, 10, 9, at)).toISOString(),
    open: '9',
    high: '13',
    low: '8',
    close: String(at + 1),
    volume: null,
  }));
  const sent = show({ 'GET /assets/a/candles': candles(hours) }, '/assets/a?range=1W');
  expect(await screen.findByText('Prices each hour. Times are those of America/Los_Angeles.')).toBeVisible();
  const asked = sent
    .filter(({ path }) => path.endsWith('/candles'))
    .map(({ query }) => query.get('interval'));
  expect(new Set(asked)).toEqual(new Set(['1h']));
  screen.getByRole('slider', { name: 'Close of ACME' }).focus();
  await user.keyboard('{Home}');
  expect(screen.getByRole('slider', { name: 'Close of ACME' })).toHaveAttribute(
    'aria-valuetext',
    expect.stringMatching(/^Nov 08, 2026, 04:00.PM: open \$9\.00, high \$13\.00/),
  );
  await user.click(screen.getByText('Line'));
  expect(screen.getByRole('slider', { name: 'Close of ACME' })).toHaveAttribute(
    'aria-valuetext',
    expect.stringContaining('Price $30.00'),
  );
});

it('says where a day has no prices within it, and shows closes', async () => {
  const sent = show({}, '/assets/a?range=1D');
  expect(await screen.findByText(/No prices within the day are known/)).toBeVisible();
  expect(sent.some(({ query }) => query.get('interval') === '5m')).toBe(true);
  expect(screen.getByRole('slider', { name: 'Close of ACME' })).toHaveAttribute(
    'aria-valuetext',
    expect.stringContaining('Close $12.50'),
  );
});

it('asks for no candles of more days than it draws', async () => {
  const items = Array.from({ length: 401 }, (_, at) => ({
    day: new Date(Date.UTC(2025, 0, 1 + at)).toISOString().slice(0, 10),
    close: '10',
    source: 'manual',
  }));
  const sent = show({ 'GET /assets/a/prices': { ...prices, items } });
  expect(await screen.findByRole('slider', { name: 'Close of ACME' })).toBeVisible();
  expect(sent.some(({ path }) => path.endsWith('/candles'))).toBe(false);
});

it('says where prices are from, why none came, and what was not believed', async () => {
  show();
  const card = await screen.findByRole('region', { name: 'Where the prices are from' });
  expect(await within(card).findByText('coingecko: It does not answer.')).toBeVisible();
  expect(within(card).getByText('12500 USD')).toBeVisible();
  expect(within(card).getByText('A thousand times the last price.')).toBeVisible();
  expect(within(card).getByText(/3 times/)).toBeVisible();
  expect(screen.getByText('News of ACME')).toBeVisible();
});

it('tells what was accepted after all from what is used nowhere, and leads to where that is decided', async () => {
  const [open] = quality().quarantine;
  const accepted = { ...open, id: 'r', value: '14', state: 'accepted', detail: 'Twice the last price.' };
  show({ 'GET /assets/a/price-quality': quality({ quarantine: [open, accepted] }) });
  const doubted = await screen.findByRole('region', { name: 'Not believed' });
  expect(doubted).toHaveTextContent(/not used in any figure.*12500 USD/);
  expect(doubted).not.toHaveTextContent('14 USD');
  expect(within(doubted).getByRole('link', { name: /Data health/ })).toHaveAttribute('href', '/data-health');
  const used = screen.getByRole('region', { name: 'Accepted' });
  expect(used).toHaveTextContent(/prices of their days.*14 USD/);
});

it('offers a name at a provider where there is no price', async () => {
  const user = userEvent.setup();
  const sent = show({
    'GET /assets/a/prices': { ...prices, items: [] },
    'GET /assets/a/price-quality': quality({
      price: null,
      as_of: null,
      age_days: null,
      sources: [],
      quarantine: [],
    }),
    'GET /assets/a/identifiers': { items: [] },
    'PUT /assets/a/identifiers': ({ body }: Sent) => ({ ...(body as object), job_id: null }),
  });
  await user.click(await screen.findByRole('button', { name: 'Name it at a provider' }));
  const dialog = await screen.findByRole('dialog');
  await user.selectOptions(await within(dialog).findByLabelText('Add a provider'), 'CoinGecko');
  await user.type(within(dialog).getByLabelText('CoinGecko'), 'acme');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await vi.waitFor(() =>
    expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({
      items: [{ scheme: 'coingecko', value: 'acme' }],
    }),
  );
});

it('sends only what was changed, and says beside the field what the server refuses', async () => {
  const user = userEvent.setup();
  const refused = new Problem(422, {
    type: '/problems/invalid-asset',
    title: 'The asset cannot be kept as described.',
    errors: [{ pointer: '/isin', detail: 'is two letters and a check digit' }],
  });
  const sent = show({ 'PATCH /assets/a': refused });
  await user.click(await screen.findByRole('button', { name: 'Edit' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText(/^ISIN/), 'US1');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await within(dialog).findByText('is two letters and a check digit')).toBeVisible();
  expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({ isin: 'US1' });
});

it('is put on a list and taken off, and says why it is not', async () => {
  const user = userEvent.setup();
  const list = (id: string, asset_ids: string[]) => ({ id, name: id, asset_ids, created_at: '2026-11-01' });
  const sent = show({
    'GET /watchlists': { items: [list('Ideas', ['a', 'b']), list('Later', [])], next_cursor: null },
    'DELETE /watchlists/Ideas/items/a': list('Ideas', ['b']),
    'POST /watchlists/Later/items': new Problem(422, { title: 'The list is full.' }),
  });
  const choose = async (item: string) => {
    await user.click(await screen.findByRole('button', { name: 'Watch in a list' }));
    await user.click(await screen.findByRole('menuitem', { name: item }));
  };
  await screen.findByTestId('last-price');
  await choose('Ideas');
  expect(await screen.findByText('Removed from Ideas')).toBeVisible();
  await choose('Later');
  expect(await screen.findByText('The list is full.')).toBeVisible();
  expect(sent.some(({ method }) => method === 'PUT')).toBe(false);
});

it('makes one new list, however often it must be put on it', async () => {
  const user = userEvent.setup();
  let isFull = true;
  const made = { id: 'n', name: 'Ideas', asset_ids: [], created_at: '2026-11-01T10:00:00Z' };
  const sent = show({
    'POST /watchlists': made,
    'POST /watchlists/n/items': () => (isFull ? new Problem(500, { title: 'Internal error' }) : made),
  });
  await user.click(await screen.findByRole('button', { name: 'Watch in a list' }));
  await user.click(await screen.findByRole('menuitem', { name: 'New list…' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText('Name'), 'Ideas');
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await within(dialog).findByText('Internal error')).toBeVisible();
  isFull = false;
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await screen.findByText('Added to Ideas')).toBeVisible();
  expect(sent.filter(({ method, path }) => method === 'POST' && path === '/watchlists')).toHaveLength(1);
});

it('shows the history on its way, and looks at everything again when it came', async () => {
  let state = 'running';
  const sent = show({ 'GET /jobs/j': () => job({ state }) }, '/assets/a?job=j');
  expect(await screen.findByRole('progressbar')).toHaveAttribute('aria-valuenow', '40');
  const asked = (path: string) => sent.filter((one) => one.path === path).length;
  const before = { held: asked('/assets/a/holdings'), lists: asked('/watchlists') };
  state = 'done';
  await vi.waitFor(() => expect(router.state.location.search).toEqual({}), 5000);
  expect(screen.queryByRole('progressbar')).not.toBeInTheDocument();
  await vi.waitFor(() => {
    expect(asked('/assets/a/holdings')).toBeGreaterThan(before.held);
    expect(asked('/watchlists')).toBeGreaterThan(before.lists);
  });
});

it('says once that the history did not come, and forgets a job nobody knows', async () => {
  show({ 'GET /jobs/j': job({ state: 'failed' }) }, '/assets/a?job=j');
  expect(await screen.findByText(/The history did not come/)).toBeVisible();
  expect(router.state.location.search).toEqual({});
  cleanup();
  const unknown = new Problem(404, { title: 'There is no such job.' });
  const sent = show({ 'GET /jobs/j': unknown }, '/assets/a?job=j');
  expect(await screen.findByTestId('last-price')).toBeVisible();
  await vi.waitFor(() => expect(router.state.location.search).toEqual({}), 5000);
  expect(sent.filter(({ path }) => path === '/jobs/j')).toHaveLength(1);
});

it('tells of a merge and parts the two again', async () => {
  const user = userEvent.setup();
  const into = { asset_id: 'b', symbol: 'NEWCO', name: 'New', merged_at: '2026-11-01T10:00:00Z' };
  const sent = show({
    'GET /assets/a': asset({ merged_into: into }),
    'DELETE /assets/a/merge': { asset_id: 'a', rebooked: 2 },
  });
  expect(await screen.findByText('This asset is merged into NEWCO')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Part again' }));
  const dialog = await screen.findByRole('alertdialog');
  await user.click(within(dialog).getByRole('button', { name: 'Part again' }));
  await vi.waitFor(() => expect(sent.some(({ method }) => method === 'DELETE')).toBe(true));
});

it('says what went wrong in the place of what it would show', async () => {
  show({ 'GET /assets/a': new Problem(404, { title: 'There is no such asset.' }) });
  expect(await screen.findByText('There is no such asset.')).toBeVisible();
});

const jsonSource = (change: object = {}) => ({
  asset_id: 'a',
  url: 'https://bank.example/fund',
  price_path: '$.nav',
  as_of_path: null,
  currency_path: null,
  is_first: true,
  key: { sent_as: 'header', name: 'X-Api-Key' },
  set_at: '2026-11-19T10:00:00Z',
  asked_at: '2026-11-19T11:00:00Z',
  answered_at: null,
  problem: 'changed-shape',
  detail: 'json answers in another shape than documented at $.nav: it selects 0 values instead of one',
  ...change,
});

const openJsonSource = async () => {
  await userEvent.click(await screen.findByRole('button', { name: 'More about ACME' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Price from an address (JSON)' }));
  return within(await screen.findByRole('dialog', { name: 'Price of ACME from an address' }));
};

it('tries an address before it is kept, and says what would become of its price', async () => {
  const sent = show({
    'GET /assets/a/json-source': { source: null },
    'POST /assets/a/json-source/reading': {
      price: '101.25',
      currency: null,
      as_of: null,
      received_at: '2026-11-19T11:00:00Z',
      days: 0,
      newest: [],
      decision: 'flag',
      detail: 'The provider does not say when this was the price.',
    },
    'PUT /assets/a/json-source': { ...jsonSource({ key: null }), job_id: 'j' },
    'GET /jobs/j': job(),
  });
  const dialog = await openJsonSource();
  await userEvent.type(await dialog.findByLabelText('Address'), 'https://bank.example/fund');
  await userEvent.type(dialog.getByLabelText('Path of the price'), 'nav');
  await userEvent.click(dialog.getByRole('button', { name: 'Try' }));
  expect(await dialog.findByText('101.25 USD')).toBeVisible();
  expect(dialog.getByText(/would be kept and flagged: The provider does not say/)).toBeVisible();
  expect(sent.some(({ method }) => method === 'PUT')).toBe(false);
  await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Saved. It is being asked.')).toBeVisible();
  const body = {
    url: 'https://bank.example/fund',
    price_path: '$.nav',
    as_of_path: null,
    currency_path: null,
  };
  expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({ ...body, is_first: true, key: null });
});

it('tells why the last asking failed, keeps the key that was entered, and says beside a field what is wrong', async () => {
  const sent = show({
    'GET /assets/a/json-source': { source: jsonSource() },
    'POST /assets/a/json-source/reading': new Problem(422, {
      type: '/problems/invalid-source',
      title: 'A source of prices is not described in a way FinSage can use.',
      detail: 'The source is not described so that it can be asked.',
      errors: [{ pointer: '/price_path', detail: 'The path is no JSONPath: x.' }],
    }),
    'DELETE /assets/a/json-source': null,
  });
  const dialog = await openJsonSource();
  expect(await dialog.findByText(/it selects 0 values instead of one/)).toBeVisible();
  await userEvent.click(dialog.getByRole('button', { name: 'Try' }));
  expect(await dialog.findByText('The path is no JSONPath: x.')).toBeVisible();
  const tried = sent.find(({ method }) => method === 'POST')?.body as { key: object };
  expect(tried.key).toEqual({ sent_as: 'header', name: 'X-Api-Key', value: null });
  await userEvent.click(dialog.getByRole('button', { name: 'Remove' }));
  expect(await screen.findByText('Removed. The prices that came from it stay.')).toBeVisible();
});

it('leaves the focus where it is while an address is asked', async () => {
  show({
    'GET /assets/a/json-source': { source: jsonSource() },
    'POST /assets/a/json-source/reading': () => new Promise(() => undefined),
  });
  const dialog = await openJsonSource();
  await userEvent.click(await dialog.findByRole('button', { name: 'Try' }));
  const button = dialog.getByRole('button', { name: 'Try' });
  await waitFor(() => expect(button).toHaveAttribute('aria-busy', 'true'));
  expect(button).toHaveFocus();
  expect(button).toBeEnabled();
  expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
});

it('explains what each portfolio has of it by the figures of that portfolio', async () => {
  const holding = {
    asset_id: 'a',
    symbol: 'ACME',
    name: 'Acme Works',
    asset_class: 'equity',
    currency: 'USD',
    is_simulated: false,
    quantity: '3',
    price: '20',
    price_as_of: '2026-11-25',
    is_stale: false,
    is_at_cost: false,
    average_price: '15',
    cost_basis: '45',
    market_value: '60',
    market_value_local: '60',
    weight: 0.5,
    unrealised_gain: '15',
    unrealised_gain_price: '15',
    unrealised_gain_fx: '0',
    unrealised_return: 0.33,
    day_gain: '0',
    day_return: 0,
    realised_gain: '7',
    income: '0',
    price_history: [],
  };
  const row = {
    portfolio_id: 'q',
    portfolio_name: 'Abroad',
    base_currency: 'USD',
    as_of: '2026-11-25',
    holding,
  };
  const gone = { ...row, portfolio_id: 'r', portfolio_name: 'Gone', holding: null };
  show({ 'GET /assets/a/holdings': { items: [row, gone], next_cursor: null } });
  const table = within(await screen.findByRole('table', { name: 'What you hold' }));
  const asked = { explain_of: 'q', explain_asset: 'a', explain_to: '2026-11-25' };
  const figures = { '$60.00': 'market_value', '+$15.00': 'unrealised_gain', '+$7.00': 'realised_gain' };
  for (const [name, explain] of Object.entries(figures)) {
    await userEvent.click(
      table.getAllByRole('button', { name: new RegExp(name.replace(/[+$.]/g, '\\$&')) })[0] as HTMLElement,
    );
    expect(router.state.location.search).toMatchObject({ ...asked, explain });
  }
  expect(table.getByText('sold')).toBeVisible();
});
