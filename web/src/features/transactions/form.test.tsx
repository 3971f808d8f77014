import { asset, portfolio } from '@test/books';
import { Problem, serve, showPage } from '@test/page';
import { recorded } from '@test/transactions';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import { CostFractionHelper } from './cost-fraction';
import TransactionsPage from './page';

const PATH = '/portfolios/$id/transactions';
const ADDRESS = '/portfolios/p/transactions';
const RECORD = 'POST /portfolios/p/transactions';

const listOf = (...items: unknown[]) => ({ items, next_cursor: null });
const other = { ...asset, id: 'a2', symbol: 'XYZ', name: 'Xyz Mines' };
const unknown = new Problem(503, { title: 'Later.' });
const around = {
  'GET /portfolios': listOf(portfolio, { ...portfolio, id: 'q', name: 'Elsewhere' }),
  'GET /portfolios/p': portfolio,
  'GET /portfolios/p/accounts': listOf(
    { name: 'Broker', transactions_count: 2 },
    { name: 'Vault', transactions_count: 1 },
  ),
  'GET /portfolios/p/holdings': unknown,
  'POST /portfolios/p/transactions:preview': unknown,
  'GET /currencies': listOf({ code: 'EUR', name: 'Euro', minor_units: 2, rates_until: null }),
  'GET /assets': listOf(asset, other),
  'GET /portfolios/p/transactions': { ...listOf(recorded), total: 1 },
};
const short = new Problem(409, {
  type: '/problems/insufficient-quantity',
  title: 'Less is held.',
  symbol: 'ABC',
  held: '2',
  asked: '9',
});

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
afterEach(() => vi.unstubAllGlobals());

const posted = (sent: ReturnType<typeof serve>) =>
  sent.filter(({ method, path }) => method === 'POST' && !path.endsWith(':preview'));

async function open(type: string, search = 'add=true') {
  showPage(TransactionsPage, PATH, `${ADDRESS}?${search}`);
  const user = userEvent.setup();
  const form = within(await screen.findByRole('dialog'));
  await user.selectOptions(await form.findByLabelText('Type'), type);
  return { form, user };
}

type Form = Awaited<ReturnType<typeof open>>['form'];

async function choose(form: Form, label: string, symbol: string) {
  await userEvent.type(form.getByRole('combobox', { name: label }), symbol);
  await userEvent.click(await form.findByRole('option', { name: new RegExp(`^${symbol} ·`) }));
}

it('says that the asset is still to be created, and waits while it is', async () => {
  let created: (answer: unknown) => void = () => undefined;
  const sent = serve({
    ...around,
    'GET /assets': listOf(),
    'POST /assets': () => new Promise((done) => (created = done)),
    [RECORD]: { ...recorded, id: 't9' },
  });
  const { form, user } = await open('buy');
  await user.type(form.getByRole('combobox', { name: 'Asset' }), 'Oak');
  await user.click(await form.findByRole('option', { name: /New asset/ }));
  await user.type(form.getByLabelText('Quantity'), '9');
  await user.type(form.getByLabelText('Price per unit'), '2');
  const record = form.getByRole('button', { name: 'Record' });
  await user.click(record);
  expect(await form.findByText('Choose an asset of the list, or create one.')).toBeInTheDocument();

  await user.click(form.getByRole('button', { name: 'Create asset' }));
  expect(record).toHaveAttribute('aria-busy');
  await user.click(record);
  act(() => created({ ...asset, id: 'a7', symbol: 'OAK' }));
  await waitFor(() => expect(record).not.toHaveAttribute('aria-busy'));
  expect(form.queryByText('Choose an asset of the list, or create one.')).toBeNull();
  await user.click(record);
  await waitFor(() => expect(posted(sent).at(-1)?.body).toMatchObject({ type: 'buy', asset_id: 'a7' }));
  expect(posted(sent).map(({ path }) => path)).toEqual(['/assets', '/portfolios/p/transactions']);
});

it('starts with the asset that its address names, in the currency of it', async () => {
  const sent = serve({
    ...around,
    'GET /assets/a2': { ...other, currency: 'USD' },
    [RECORD]: { ...recorded, id: 't9' },
  });
  const { form, user } = await open('buy', 'add=true&asset=a2');
  expect(form.getByRole('combobox', { name: 'Asset' })).toHaveValue('XYZ');
  await user.type(form.getByLabelText('Quantity'), '9');
  await user.type(form.getByLabelText('Price per unit'), '2');
  await user.click(form.getByRole('button', { name: 'Record' }));
  await waitFor(() =>
    expect(posted(sent).at(-1)?.body).toMatchObject({ type: 'buy', asset_id: 'a2', currency: 'USD' }),
  );
});

it('starts without an asset where its address names none that is known', async () => {
  serve({ ...around, 'GET /assets/a9': new Problem(404, { title: 'There is no such asset.' }) });
  const { form } = await open('buy', 'add=true&asset=a9');
  expect(form.getByRole('combobox', { name: 'Asset' })).toHaveValue('');
});

it('keeps what was typed when a refetch behind it fails', async () => {
  let isDown = false;
  const sent = serve({
    ...around,
    'GET /portfolios/p/accounts': () => (isDown ? unknown : around['GET /portfolios/p/accounts']),
  });
  const { form, user } = await open('deposit');
  await user.type(form.getByLabelText('Amount'), '5');
  isDown = true;
  const asked = sent.length;
  fireEvent(window, new Event('visibilitychange'));
  await waitFor(() => expect(sent.slice(asked).some(({ path }) => path.endsWith('/accounts'))).toBe(true));
  await act(() => new Promise((done) => setTimeout(done)));
  expect(form.getByLabelText('Amount')).toHaveValue('5');
});

it('goes on to the next one after a sale that was booked all the same', async () => {
  const sent = serve({
    ...around,
    [RECORD]: ({ body }: { body: { accept_missing: boolean } }) =>
      body.accept_missing ? { ...recorded, id: 't9', type: 'sell' } : short,
  });
  const { form, user } = await open('sell');
  await choose(form, 'Asset', 'ABC');
  await user.type(form.getByLabelText('Quantity'), '9');
  await user.type(form.getByLabelText('Price per unit'), '2');
  await user.click(form.getByRole('button', { name: 'Record and add another' }));
  await user.click(await form.findByRole('button', { name: 'Book anyway, list as missing' }));
  await waitFor(() => expect(form.getByLabelText('Quantity')).toHaveValue(''));
  expect(posted(sent)).toHaveLength(2);
});

it('forgets a refusal once another way to book it succeeds', async () => {
  serve({
    ...around,
    [RECORD]: new Problem(422, { type: '/problems/invalid-transaction', title: 'Not like this.' }),
    'POST /portfolios/p/transactions:batch': { created: 2, ids: ['t8', 't9'] },
  });
  const { form, user } = await open('deposit');
  await user.type(form.getByLabelText('Amount'), '5');
  await user.click(form.getByRole('button', { name: 'Record' }));
  expect(await form.findByText('Not like this.')).toBeInTheDocument();
  await user.selectOptions(form.getByLabelText('Type'), 'transfer');
  await user.click(form.getByRole('radio', { name: 'Money' }));
  await user.type(form.getByLabelText('To account'), 'Vault');
  await user.click(form.getByRole('button', { name: 'Record and add another' }));
  await screen.findByText(/recorded/);
  expect(form.queryByText('Not like this.')).toBeNull();
});

it('takes a transfer to another portfolio back in both at once', async () => {
  const sent = serve({
    ...around,
    'POST /portfolios/p/transfers': { ids: ['out', 'in1', 'in2'] },
    'POST /portfolios/p/transactions:bulk': { changed: 3, ids: ['out', 'in1', 'in2'], new_ids: [] },
  });
  const { form, user } = await open('transfer');
  await choose(form, 'Asset', 'ABC');
  await user.type(form.getByLabelText('Quantity'), '2');
  await user.selectOptions(form.getByLabelText('To portfolio'), 'q');
  await user.type(form.getByLabelText('To account'), 'Chest');
  await user.click(form.getByRole('button', { name: 'Record' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByText(/taken back/);
  expect(posted(sent).map(({ path, body }) => [path, body])).toMatchObject([
    ['/portfolios/p/transfers', { to_portfolio_id: 'q', to_account: 'Chest' }],
    [
      '/portfolios/p/transactions:bulk',
      { ids: ['out', 'in1', 'in2'], action: 'reverse', with_partners: true },
    ],
  ]);
});

const lot = (id: string, account: string) => ({
  ...{ id, asset_id: 'a1', symbol: 'ABC', account, acquired_on: '2025-01-02', quantity: '5' },
  ...{ quantity_acquired: '5', cost_basis: '50', fee_cost: '0', market_value: null, unrealised_gain: null },
  ...{ unit_cost: '10', held_days: 100, term: 'short', days_to_long_term: 265 },
});

it('forgets chosen lots when the asset or the account is another', async () => {
  const sent = serve({
    ...around,
    'GET /portfolios/p': { ...portfolio, lot_method: 'specific' },
    'GET /portfolios/p/lots': ({ query }: { query: URLSearchParams }) => ({
      ...listOf(...(query.get('asset_id') === 'a1' ? [lot('l1', 'Broker')] : [])),
      ...{ as_of: '2026-03-04', base_currency: 'EUR' },
    }),
    [RECORD]: { ...recorded, id: 't9', type: 'sell' },
  });
  const { form, user } = await open('sell');
  await choose(form, 'Asset', 'ABC');
  await user.type(form.getByLabelText('Quantity'), '2');
  await user.type(form.getByLabelText('Price per unit'), '2');
  await user.click(await form.findByRole('checkbox'));
  await user.clear(form.getByRole('combobox', { name: 'Asset' }));
  await choose(form, 'Asset', 'XYZ');
  await user.click(form.getByRole('button', { name: 'Record' }));
  await waitFor(() => expect(posted(sent)).toHaveLength(1));
  expect(posted(sent)[0]?.body).toMatchObject({ asset_id: 'a2' });
  expect(posted(sent)[0]?.body).not.toHaveProperty('lot_ids');
});

it('takes of each chosen lot what is said of it', async () => {
  const sent = serve({
    ...around,
    'GET /portfolios/p': { ...portfolio, lot_method: 'specific' },
    'GET /portfolios/p/lots': {
      ...listOf(lot('l1', 'Broker'), { ...lot('l2', 'Broker'), acquired_on: '2025-02-03' }),
      ...{ as_of: '2026-03-04', base_currency: 'EUR' },
    },
    [RECORD]: { ...recorded, id: 't9', type: 'sell' },
  });
  const { form, user } = await open('sell');
  await choose(form, 'Asset', 'ABC');
  await user.type(form.getByLabelText('Quantity'), '6');
  await user.type(form.getByLabelText('Price per unit'), '2');
  await user.click((await form.findAllByRole('checkbox'))[1] as HTMLElement);
  await user.click(form.getAllByRole('checkbox')[0] as HTMLElement);
  // Each as far as needed, in the order ticked, until somebody says otherwise.
  const [first, second] = [form.getByLabelText(/^Units of.*Jan/), form.getByLabelText(/^Units of.*Feb/)];
  expect([first, second].map((field) => (field as HTMLInputElement).value)).toEqual(['1', '5']);
  await user.clear(first);
  await user.click(form.getByRole('button', { name: 'Record' }));
  expect(await form.findByText(/Say for each ticked lot/)).toBeVisible();
  await user.type(first, '4');
  expect(form.getByText('The lots give 9; the quantity is 6.')).toBeVisible();
  await user.click(form.getByRole('button', { name: 'Record' }));
  expect(posted(sent)).toHaveLength(0);
  await user.clear(second);
  await user.type(second, '2');
  await user.click(form.getByRole('button', { name: 'Record' }));
  await waitFor(() => expect(posted(sent)).toHaveLength(1));
  expect(posted(sent)[0]?.body).toMatchObject({ lot_ids: ['l2', 'l1'], lot_quantities: ['2', '4'] });
});

it('works out no part of a cost from units that were cleared', async () => {
  render(<CostFractionHelper held={dec('100')} received={dec('50')} currency="EUR" onFraction={vi.fn()} />);
  fireEvent.click(screen.getByText('Work it out from prices'));
  const held = screen.getByLabelText('Units of the old one');
  expect(held).toHaveValue('100');
  await userEvent.type(screen.getByLabelText('Price of the old one after'), '30');
  await userEvent.type(screen.getByLabelText('Price of the new one'), '20');
  expect(screen.getByRole('button')).toHaveTextContent('0.25');
  await userEvent.clear(held);
  expect(screen.getByRole('button')).toHaveTextContent('–');
});

it('fills the form with what lacks its purchase, as other pages ask for it', async () => {
  const repair = (way: string, from_account: string | null) => ({
    ...{ way, day: way === 'buy' ? null : '2026-03-03', quantity: '3', account: 'Vault', from_account },
    ...{ unit_price: null, price_on: null },
  });
  const missing = {
    ...{ asset_id: 'a1', symbol: 'ABC', day: '2026-03-04', quantity: '3', account: 'Vault' },
    ...{ transaction_id: 't1', currency: 'EUR' },
    repairs: [repair('transfer', 'Broker'), repair('buy', null)],
  };
  serve({ ...around, 'GET /portfolios/p/missing-acquisitions': listOf(missing) });
  showPage(TransactionsPage, PATH, `${ADDRESS}?add=true&repair=t1.a1.buy`);
  const form = within(await screen.findByRole('dialog'));
  expect(await form.findByLabelText('Quantity')).toHaveValue('3');
  expect(form.getByLabelText('Type')).toHaveValue('buy');
  expect(form.getByRole('combobox', { name: 'Asset' })).toHaveValue('ABC');
  expect(form.getByLabelText('Account')).toHaveValue('Vault');
  expect(form.getByLabelText('Date')).toHaveValue('');
});

it('joins a pool with what goes into it', async () => {
  const sent = serve({ ...around, [RECORD]: { ...recorded, id: 't9', type: 'lp_add' } });
  const { form, user } = await open('lp_add');
  await choose(form, 'Pool token', 'ABC');
  await user.type(form.getByLabelText('Quantity'), '4');
  await choose(form, 'Asset 1', 'XYZ');
  await user.type(form.getByLabelText('Quantity 1'), '2.5');
  await user.click(form.getByRole('button', { name: 'Record' }));
  expect(await form.findByText('Choose an asset of the list, or create one.')).toBeInTheDocument();
  expect(posted(sent)).toEqual([]);
  await user.click(form.getByRole('button', { name: 'Leave out asset 2' }));
  await user.click(form.getByRole('button', { name: 'Record' }));
  await waitFor(() => expect(posted(sent)).toHaveLength(1));
  expect(posted(sent)[0]?.body).toMatchObject({
    ...{ type: 'lp_add', asset_id: 'a1', quantity: '4' },
    legs: [{ asset_id: 'a2', quantity: '2.5' }],
  });
});
