import { Problem, serve, showPage } from '@test/page';
import { recorded } from '@test/transactions';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dec } from '@/lib/decimal';
import { setPreference } from '@/lib/preferences';
import TransactionsPage from './page';

const PATH = '/portfolios/$id/transactions';
const ADDRESS = '/portfolios/p/transactions';
const LIST = 'GET /portfolios/p/transactions';

const rows = ['t1', 't2', 't3', 't4'].map((id, sequence) => ({
  ...recorded,
  id,
  sequence,
  note: id === 't2' ? 'second' : 'n',
  tags: id === 't3' ? ['x', 'old'] : ['x'],
}));
const none = { items: [], next_cursor: null };
const around = {
  'GET /portfolios/p/accounts': { items: [{ name: 'Broker', transactions_count: 4 }], next_cursor: null },
  'GET /portfolios/p/tags': { items: [{ name: 'x', transactions_count: 4 }], next_cursor: null },
  'GET /portfolios/p/missing-acquisitions': none,
  'GET /portfolios/p/transfer-suggestions': none,
  'GET /assets': none,
  [LIST]: { items: rows, next_cursor: null, total: 4 },
};
const bulkDone = ({ body }: { body: { ids: string[] } }) => ({
  changed: body.ids.length,
  ids: body.ids,
  new_ids: [],
});

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
afterEach(() => vi.unstubAllGlobals());

async function lines() {
  await screen.findByRole('table', { name: 'Transactions' });
  return waitFor(() => {
    const found = document.querySelectorAll<HTMLElement>('[data-row]');
    expect(found.length).toBe(4);
    return [...found];
  });
}

const posts = (sent: ReturnType<typeof serve>) =>
  sent.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]);

it('ticks rows by Shift and by keys, and does one thing to all of them, and back', async () => {
  const sent = serve({ ...around, 'POST /portfolios/p/transactions:bulk': bulkDone });
  showPage(TransactionsPage, PATH, ADDRESS);
  const user = userEvent.setup();
  const [first, , third] = await lines();
  await user.click(within(first as HTMLElement).getByRole('checkbox'));
  fireEvent.click(within(third as HTMLElement).getByRole('checkbox'), { shiftKey: true });
  const bar = await screen.findByRole('toolbar', { name: 'Ticked transactions' });
  expect(within(bar).getByText('3 ticked')).toBeInTheDocument();
  (first as HTMLElement).focus();
  await user.keyboard('x');
  expect(within(bar).getByText('2 ticked')).toBeInTheDocument();

  await user.click(within(bar).getByRole('button', { name: 'Add tags' }));
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Tag 2 transactions' }));
  await user.type(dialog.getByLabelText('Tags'), 'old, new');
  await user.click(dialog.getByRole('button', { name: 'Add tags' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByText('2 transactions as before');
  const bulk = '/portfolios/p/transactions:bulk';
  expect(posts(sent)).toEqual([
    ['POST', bulk, { ids: ['t2', 't3'], action: 'tag', tags: ['old', 'new'], accept_missing: false }],
    // t3 had "old" before: it keeps it.
    ['POST', bulk, { ids: ['t2'], action: 'untag', tags: ['old'] }],
    ['POST', bulk, { ids: ['t2', 't3'], action: 'untag', tags: ['new'] }],
  ]);
});

it('reverses what is ticked with its partners, says what would be missing, and restores it', async () => {
  const short = new Problem(409, {
    type: '/problems/insufficient-quantity',
    title: 'Less is held.',
    symbol: 'ABC',
    held: '1',
    asked: '3',
  });
  const sent = serve({
    ...around,
    'POST /portfolios/p/transactions:bulk': (request: {
      body: { ids: string[]; action: string; accept_missing: boolean };
    }) => (request.body.accept_missing ? bulkDone(request) : short),
  });
  showPage(TransactionsPage, PATH, ADDRESS);
  const user = userEvent.setup();
  await lines();
  await user.click(screen.getByRole('checkbox', { name: 'Select all loaded rows' }));
  await user.click(screen.getByRole('button', { name: 'Reverse' }));
  const dialog = within(await screen.findByRole('alertdialog'));
  await user.click(dialog.getByRole('button', { name: 'Reverse' }));
  await user.click(await dialog.findByRole('button', { name: 'Reverse anyway, list as missing' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByText('4 transactions as before');
  const ids = ['t1', 't2', 't3', 't4'];
  expect(posts(sent).map(([, , body]) => body)).toMatchObject([
    { ids, action: 'reverse', with_partners: true, accept_missing: false },
    { accept_missing: true },
    { ids, action: 'restore' },
  ]);
});

it('corrects a price in its row by Enter, and corrects it back', async () => {
  const sent = serve({
    ...around,
    'POST /transactions/t1/correction': {
      reversal: { ...recorded, id: 'r1', reverses_id: 't1' },
      replacement: { ...recorded, id: 't9' },
    },
    'POST /portfolios/p/transactions:replace': { reversal_ids: ['r9'], ids: ['t10'] },
  });
  showPage(TransactionsPage, PATH, ADDRESS);
  const user = userEvent.setup();
  const [first] = await lines();
  (first as HTMLElement).focus();
  await user.keyboard('e');
  const price = await within(first as HTMLElement).findByRole('textbox', { name: 'Price' });
  expect(within(first as HTMLElement).getByLabelText('Date')).toHaveFocus();
  await user.clear(price);
  await user.type(price, '0.2{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByText('Buy 3 ABC taken back');
  const [corrected, back] = posts(sent);
  expect(corrected?.[2]).toMatchObject({
    quantity: '3',
    unit_price: '0.2',
    fee: '1.5',
    cash_account: 'Bank',
  });
  expect(corrected?.[2]).not.toHaveProperty('gross'); // it was the product of what has changed
  expect(back).toMatchObject([
    'POST',
    '/portfolios/p/transactions:replace',
    { ids: ['t9'], transactions: [{ unit_price: '0.1', gross: '0.3' }] },
  ]);
});

it('saves a row by its tick, and names the field that the server refuses', async () => {
  const errors = [{ pointer: '/fee', detail: 'Input should be greater than or equal to 0' }];
  const sent = serve({
    ...around,
    'POST /transactions/t1/correction': new Problem(422, {
      title: 'No.',
      detail: 'Some fields are wrong.',
      errors,
    }),
  });
  showPage(TransactionsPage, PATH, ADDRESS);
  const user = userEvent.setup();
  const [first] = await lines();
  const row = within(first as HTMLElement);
  await user.click(row.getByRole('button', { name: 'Edit in the row' }));
  await user.clear(row.getByRole('textbox', { name: 'Fee' }));
  await user.type(row.getByRole('textbox', { name: 'Fee' }), '-5');
  await user.click(row.getByRole('button', { name: 'Save the row' }));
  await screen.findByText('Not saved: fee: Input should be greater than or equal to 0');
  expect(posts(sent)).toHaveLength(1);
  await user.type(row.getByRole('textbox', { name: 'Fee' }), '{Escape}');
  expect(row.getByRole('button', { name: 'Edit in the row' })).toBeInTheDocument();
});

it('changes a note beside the transaction, and leaves a row alone by Escape', async () => {
  const sent = serve({
    ...around,
    'PATCH /transactions/t2': { ...recorded, id: 't2', postings: [], partners: [] },
  });
  showPage(TransactionsPage, PATH, ADDRESS);
  const user = userEvent.setup();
  const [, second] = await lines();
  await user.click(within(second as HTMLElement).getByRole('button', { name: 'Edit in the row' }));
  await user.type(within(second as HTMLElement).getByRole('textbox', { name: 'Price' }), '9{Escape}');
  expect(within(second as HTMLElement).queryByRole('textbox')).toBeNull();
  expect(posts(sent)).toEqual([]);
  await user.click(within(second as HTMLElement).getByRole('button', { name: 'Edit in the row' }));
  const note = within(second as HTMLElement).getByRole('textbox', { name: 'Note' });
  await user.clear(note);
  await user.type(note, 'better{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(posts(sent)).toHaveLength(2));
  expect(posts(sent).map(([, , body]) => body)).toEqual([{ note: 'better' }, { note: 'second' }]);
});

it('offers ways to mend what is missing and pairs transfers by a click', async () => {
  const missing = {
    asset_id: 'a1',
    symbol: 'ABC',
    day: '2026-03-04',
    quantity: '3',
    account: 'Broker',
    transaction_id: 't1',
    currency: 'EUR',
    repairs: [
      {
        way: 'reward',
        day: '2026-03-03',
        quantity: '3',
        account: 'Broker',
        from_account: null,
        unit_price: '12.5',
        price_on: '2026-03-02',
      },
    ],
  };
  const pair = { out: recorded, into: { ...recorded, id: 't2' }, difference: dec('0.1') };
  const sent = serve({
    ...around,
    'GET /portfolios/p/missing-acquisitions': { items: [missing], next_cursor: null },
    'GET /portfolios/p/transfer-suggestions': {
      items: [{ ...pair, seconds_apart: null, has_same_hash: false }],
      next_cursor: null,
    },
    'POST /portfolios/p/transfers:pair': { ids: ['t5', 't6'] },
  });
  const router = showPage(TransactionsPage, PATH, ADDRESS);
  const user = userEvent.setup();
  await user.click(await screen.findByText('2 things to look at'));
  await user.click(screen.getByRole('button', { name: 'They are one transfer' }));
  await screen.findByText('Transfer paired');
  expect(posts(sent)).toEqual([['POST', '/portfolios/p/transfers:pair', { out_id: 't1', in_id: 't2' }]]);
  await user.click(screen.getByRole('button', { name: 'Gift or reward at €12.50' }));
  expect(router.state.location.search).toMatchObject({ add: true, repair: 't1.a1.0' });
});
