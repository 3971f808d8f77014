import { asset, portfolio } from '@test/books';
import { Problem, serve, showPage } from '@test/page';
import { recorded } from '@test/transactions';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import TransactionsPage from './page';

const LIST = 'GET /portfolios/p/transactions';
const PATH = '/portfolios/$id/transactions';
const ADDRESS = '/portfolios/p/transactions';
const around = {
  'GET /portfolios/p': portfolio,
  'GET /portfolios/p/accounts': { items: [{ name: 'Broker', transactions_count: 1 }], next_cursor: null },
  'GET /currencies': {
    items: [{ code: 'EUR', name: 'Euro', minor_units: 2, rates_until: null }],
    next_cursor: null,
  },
  'GET /assets': { items: [asset], next_cursor: null },
  [LIST]: { items: [recorded], next_cursor: null, total: 1 },
};

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
afterEach(() => vi.unstubAllGlobals());

it('says what zero rows mean, and offers the first one', async () => {
  serve({ ...around, [LIST]: { items: [], next_cursor: null, total: 0 } });
  showPage(TransactionsPage, PATH, ADDRESS);
  expect(await screen.findByText('No transactions yet')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Import a file' })).toHaveAttribute('href', '/portfolios/p/import');
});

it('tells zero matches from zero rows, and clears the filters', async () => {
  const sent = serve({ ...around, [LIST]: { items: [], next_cursor: null, total: 0 } });
  const router = showPage(TransactionsPage, PATH, `${ADDRESS}?type=sell&query=zzz`);
  await screen.findByText('No transaction matches');
  const asked = sent.find(({ path }) => path.endsWith('/transactions'));
  expect(Object.fromEntries(asked?.query ?? [])).toMatchObject({ type: 'sell', query: 'zzz', sort: '-day' });
  await userEvent.click(screen.getAllByRole('button', { name: 'Clear filters' })[0]!);
  await screen.findByText('No transactions yet');
  expect(router.state.location.search).toEqual({});
});

it('shows the cause and the request id of a failure, and asks again', async () => {
  let isDown = true;
  const down = new Problem(503, { title: 'The database is away.', trace_id: 'abc123' });
  serve({ ...around, [LIST]: () => (isDown ? down : around[LIST]) });
  showPage(TransactionsPage, PATH, ADDRESS);
  expect(await screen.findByText('The database is away.')).toBeInTheDocument();
  expect(screen.getByText('abc123')).toBeInTheDocument();
  isDown = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('table', { name: 'Transactions' })).toBeInTheDocument();
});

it('offers nothing to do to a portfolio that does not exist', async () => {
  const absent = new Problem(404, {
    type: '/problems/portfolio-not-found',
    title: 'There is no such portfolio.',
  });
  serve({ ...around, [LIST]: absent });
  showPage(TransactionsPage, PATH, ADDRESS);
  expect(await screen.findByText('There is no such portfolio.')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Add transaction' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Export' })).toBeNull();
});

it('has no digit of an amount in the page under Hide, but the price', async () => {
  setPreference('privacy', 'hide');
  serve(around);
  showPage(TransactionsPage, PATH, ADDRESS);
  const row = (await screen.findAllByRole('row'))[1]!;
  expect(row).toHaveTextContent('$0.10');
  expect(row.textContent).not.toMatch(/1\.80|1\.50/);
  expect(within(row).getAllByText('hidden').length).toBeGreaterThan(1);
});

it('records a sale of more than is held only when told to, and undoes it', async () => {
  const short = new Problem(409, {
    type: '/problems/insufficient-quantity',
    title: 'Less is held.',
    detail: 'ABC: 9 asked, 2 held',
    symbol: 'ABC',
    held: '2',
    asked: '9',
    errors: [{ pointer: '/quantity', detail: 'more than held' }],
  });
  const sent = serve({
    ...around,
    'POST /portfolios/p/transactions': ({ body }: { body: { accept_missing: boolean } }) =>
      body.accept_missing ? { ...recorded, id: 't9', type: 'sell' } : short,
    'POST /transactions/t9/reversal': { ...recorded, id: 't10', reverses_id: 't9' },
    'GET /portfolios/p/holdings': new Problem(503, { title: 'Later.' }),
  });
  showPage(TransactionsPage, PATH, `${ADDRESS}?add=true`);
  const user = userEvent.setup();
  const form = within(await screen.findByRole('dialog', { name: 'Add transaction' }));
  await user.selectOptions(await form.findByLabelText('Type'), 'sell');
  await user.type(form.getByRole('combobox', { name: 'Asset' }), 'AB');
  await user.click(await form.findByRole('option', { name: /ABC · Abc Works/ }));
  await user.type(form.getByLabelText('Quantity'), '9');
  await user.type(form.getByLabelText('Price per unit'), '1.10');
  expect(form.getByText('+€9.90')).toBeInTheDocument();
  await user.click(form.getByRole('button', { name: 'Record' }));
  expect(await form.findByText('More than is held')).toBeInTheDocument();
  await user.click(form.getByRole('button', { name: 'Book anyway, list as missing' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent.some(({ path }) => path === '/transactions/t9/reversal')).toBe(true));
  const posted = sent.filter(({ method, path }) => method === 'POST' && path.endsWith('/transactions'));
  expect(posted.map(({ body }) => body)).toMatchObject([
    {
      type: 'sell',
      asset_id: 'a1',
      quantity: '9',
      unit_price: '1.1',
      account: 'Broker',
      accept_missing: false,
    },
    { accept_missing: true },
  ]);
});

it('puts a complaint of the server beside its field', async () => {
  serve({
    ...around,
    'POST /portfolios/p/transactions': new Problem(422, {
      type: '/problems/invalid-transaction',
      title: 'Not like this.',
      errors: [{ pointer: '/fee', detail: 'too many digits' }],
    }),
  });
  showPage(TransactionsPage, PATH, `${ADDRESS}?add=true`);
  const user = userEvent.setup();
  const form = within(await screen.findByRole('dialog'));
  await user.selectOptions(await form.findByLabelText('Type'), 'deposit');
  await user.type(form.getByLabelText('Amount'), '5');
  await user.click(form.getByRole('button', { name: 'Record' }));
  await waitFor(() => expect(form.getByLabelText(/^Fee/)).toBeInvalid());
  expect(form.getByLabelText(/^Fee/)).toHaveAccessibleDescription('too many digits');
});

it('shows the postings of a transaction and that they sum to zero', async () => {
  const posting = (kind: string, amount: string) => ({
    kind,
    account: 'Broker',
    asset_id: null,
    asset: 'EUR',
    amount,
  });
  serve({
    ...around,
    'GET /transactions/t1': {
      ...recorded,
      postings: [posting('asset', '-0.3'), posting('trading', '0.3')],
      partners: [],
    },
  });
  showPage(TransactionsPage, PATH, `${ADDRESS}?open=t1`);
  const panel = within(await screen.findByRole('dialog', { name: 'Buy 3 ABC' }));
  const sum = (await panel.findByText('Sum EUR')).closest('tr');
  expect(sum).toHaveTextContent('€0.00');
});
