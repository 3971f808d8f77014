import { Problem, type Sent, serve, showPage } from '@test/page';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import WatchlistsPage from './watchlists-page';

const asset = (id: string, latest: object | null) => ({
  id,
  symbol: id.toUpperCase(),
  name: `Asset ${id}`,
  asset_class: 'equity',
  currency: 'EUR',
  isin: null,
  mic: '',
  scope: 'tenant',
  is_simulated: false,
  latest_price: latest,
});
const latest = { price: '12.5', currency: 'EUR', as_of: '2026-11-10', age_days: 9, is_stale: true };
const list = { id: 'w', name: 'Ideas', asset_ids: ['a', 'b'], created_at: '2026-11-01T10:00:00Z' };
const detail = {
  ...list,
  items: [
    {
      asset: asset('a', latest),
      day_return: 0.04,
      day_return_since: '2026-11-09',
      price_history: [12, 12.5],
    },
    { asset: asset('b', null), day_return: null, day_return_since: null, price_history: [] },
  ],
  next_cursor: null,
};

const show = (change: Record<string, unknown> = {}): Sent[] => {
  const sent = serve({
    'GET /watchlists': { items: [list], next_cursor: null },
    'GET /watchlists/w': detail,
    ...change,
  });
  showPage(WatchlistsPage, '/watchlists', '/watchlists');
  return sent;
};

afterEach(() => vi.unstubAllGlobals());

it('shows price, age, move and badge of each asset, and what is not known as such', async () => {
  show();
  const rows = within(await screen.findByRole('table', { name: 'Ideas' })).getAllByRole('row');
  expect(rows[1]).toHaveTextContent('€12.50');
  expect(rows[1]).toHaveTextContent('+4.00%');
  expect(rows[1]).toHaveTextContent('9 days');
  expect(rows[1]).toHaveTextContent('Stale');
  expect(rows[2]).toHaveTextContent('–');
  expect(screen.getByRole('link', { name: 'A' })).toHaveAttribute('href', '/assets/a');
});

it('moves by keeping the whole order, and takes off what is taken off alone', async () => {
  const user = userEvent.setup();
  const sent = show({ 'PUT /watchlists/w/items': list, 'DELETE /watchlists/w/items/a': list });
  await user.click(await screen.findByRole('button', { name: 'Actions for B' }));
  await user.click(screen.getByRole('menuitem', { name: 'Move up' }));
  await user.click(await screen.findByRole('button', { name: 'Actions for A' }));
  await user.click(screen.getByRole('menuitem', { name: 'Remove from the list' }));
  await vi.waitFor(() =>
    expect(sent.filter(({ method }) => method !== 'GET').map(({ path }) => path)).toEqual([
      '/watchlists/w/items',
      '/watchlists/w/items/a',
    ]),
  );
  expect(sent.find(({ method }) => method === 'PUT')?.body).toEqual({ asset_ids: ['b', 'a'] });
});

it('says why nothing moved', async () => {
  const user = userEvent.setup();
  const second = { ...list, id: 'v', name: 'Later' };
  const refused = (title: string) => new Problem(422, { title });
  show({
    'GET /watchlists': { items: [list, second], next_cursor: null },
    'GET /watchlists/v': { ...detail, ...second },
    'PUT /watchlists/v/items': refused('One of them is gone.'),
    'DELETE /watchlists/v/items/b': refused('It cannot be taken off.'),
    'PATCH /watchlists/v': refused('It stays where it is.'),
  });
  await user.click(await screen.findByRole('tab', { name: 'Later' }));
  for (const [button, item, told] of [
    ['Actions for B', 'Move up', 'One of them is gone.'],
    ['Actions for B', 'Remove from the list', 'It cannot be taken off.'],
    ['Actions for the list', 'Move to the left', 'It stays where it is.'],
  ] as const) {
    await user.click(await screen.findByRole('button', { name: button }));
    await user.click(await screen.findByRole('menuitem', { name: item }));
    expect(await screen.findByText(told)).toBeVisible();
  }
});

it('begins with one thing to do', async () => {
  const user = userEvent.setup();
  const sent = show({ 'GET /watchlists': { items: [], next_cursor: null }, 'POST /watchlists': list });
  expect(await screen.findByText('There is no watchlist yet')).toBeVisible();
  await user.click(screen.getAllByRole('button', { name: 'New list' })[1] as HTMLElement);
  await user.type(within(await screen.findByRole('dialog')).getByLabelText('Name'), 'Ideas');
  await user.click(screen.getByRole('button', { name: 'Create' }));
  await vi.waitFor(() =>
    expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ name: 'Ideas' }),
  );
});

it('says what went wrong in the place of the lists', async () => {
  show({ 'GET /watchlists': new Problem(500, { title: 'Internal error' }) });
  expect(await screen.findByText('Internal error')).toBeVisible();
});
