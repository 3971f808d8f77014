import { Problem, serve, showPage } from '@test/page';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { withColumn } from './columns';
import ImportsPage from './page';
import { creatable, errorsToMend, questionsOf } from './questions';

const PATH = '/portfolios/$id/import';
const ADDRESS = '/portfolios/p/import';

const draft = {
  id: 'i1',
  portfolio_id: 'p',
  file_name: 'depot.csv',
  format: 'finsage',
  state: 'preview',
  job_id: null,
  content_hash: 'ab'.repeat(32),
  options: {},
  created_at: '2026-03-04T09:00:00Z',
  confirmed_at: null,
  reverted_at: null,
  counts: { total: 3, new: 1, duplicate: 1, warning: 0, error: 1, skipped: 0 },
  errors: [{ line: 4, column: 'quantity', code: 'not_a_number', message: "'x' is not a number." }],
  unknown_symbols: [],
  resolutions: {},
  effect: {
    cash: [{ currency: 'EUR', before: '0', after: '-12.5' }],
    holdings: [{ symbol: 'ABC', before: '0', after: '2' }],
  },
  missing_acquisitions: [{ symbol: 'XYZ', day: '2026-01-02', quantity: '5' }],
  mapping: null,
  table: null,
  reconciliation: null,
  template_id: null,
};
const row = {
  line: 2,
  status: 'new',
  type: 'buy',
  day: '2026-01-05',
  account: 'Main',
  symbol: 'ABC',
  quantity: '2',
  unit_price: '6.25',
  gross: null,
  fee: null,
  currency: 'EUR',
  message: '',
};
const unknown = (symbol: string, candidates: unknown[] = []) => ({
  symbol,
  name: `${symbol} Works`,
  isin: null,
  currency: 'EUR',
  asset_class: null,
  rows: 2,
  candidates,
});
const empty = { items: [], next_cursor: null };
const jobOf = (state: string) => ({
  id: 'j1',
  name: 'portfolio.read_import',
  state,
  progress: null,
  stage: null,
  done: null,
  total: null,
  result_url: null,
  problem: null,
  created_at: '2026-03-04T09:00:00Z',
  finished_at: null,
});
const around = {
  'GET /import-formats': {
    items: [{ id: 'finsage', name: 'FinSage CSV', description: '', extensions: ['.csv'] }],
    next_cursor: null,
  },
  'GET /portfolios/p/accounts': empty,
  'GET /portfolios/p/imports': empty,
  'GET /currencies': empty,
  'GET /import-templates': empty,
  'GET /imports/i1/rows': { items: [row], next_cursor: null, total: 1 },
};

beforeEach(() => {
  setPreference('locale', 'en-US');
  setPreference('privacy', 'show');
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(640);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
afterEach(() => vi.unstubAllGlobals());

it('asks what the errors ask, once for the file, and leaves the rest to be mended', () => {
  const error = (line: number, code: string) => ({ line, column: 'date', code, message: '' });
  const errors = [
    error(2, 'ambiguous_date'),
    error(2, 'ambiguous_number'),
    error(3, 'ambiguous_date'),
    error(4, 'not_a_date'),
    error(5, 'unknown_symbol'),
  ];
  expect(questionsOf({ errors })).toEqual([
    { option: 'date_order', rows: 2 },
    { option: 'decimal', rows: 1 },
  ]);
  expect(errorsToMend({ errors }).map(({ line }) => line)).toEqual([4]);
});

it('creates only symbols that cannot mean an asset that exists', () => {
  const symbols = [unknown('A'), unknown('B', [{ id: '1' }])] as never;
  expect(creatable(symbols).map(({ symbol }) => symbol)).toEqual(['A']);
});

it('keeps the file when it cannot be read, and reads it again as the person says', async () => {
  const bad = new Problem(422, {
    type: '/problems/unreadable-file',
    title: 'Not readable.',
    detail: 'Byte 0x80 is not UTF-8.',
    code: 'encoding',
    errors: [{ pointer: 'line 2', detail: 'Byte 0x80 is not UTF-8.' }],
  });
  let isFirst = true;
  serve({
    ...around,
    'POST /portfolios/p/imports': () => {
      const answer = isFirst ? bad : draft;
      isFirst = false;
      return answer;
    },
    'GET /imports/i1': draft,
  });
  const router = showPage(ImportsPage, PATH, ADDRESS);
  const input = await screen.findByLabelText(/Drop a file here/);
  await userEvent.upload(input, new File(['a;b'], 'depot.csv', { type: 'text/csv' }));
  expect(await screen.findByText('Byte 0x80 is not UTF-8.')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Read it as Windows-1252' }));
  expect(await screen.findByText('Rows of the file')).toBeInTheDocument();
  expect(router.state.location.search).toEqual({ import: 'i1' });
});

it('answers all unknown symbols at once', async () => {
  const open = { ...draft, unknown_symbols: [unknown('AAA'), unknown('BBB')] };
  let current: unknown = open;
  const sent = serve({
    ...around,
    'GET /imports/i1': () => current,
    'PATCH /imports/i1': () => {
      current = draft;
      return draft;
    },
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  await userEvent.click(await screen.findByRole('button', { name: 'Create 2 as new assets' }));
  expect(await screen.findByText('Rows of the file')).toBeInTheDocument();
  expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({ create_missing: true });
});

it('books only after the rows that cannot be booked are left out by choice', async () => {
  let current: unknown = draft;
  const sent = serve({
    ...around,
    'GET /imports/i1': () => current,
    'POST /imports/i1/confirm': () => {
      current = { ...draft, state: 'confirmed', confirmed_at: '2026-03-04T09:05:00Z' };
      return { ...(current as object), booked: 1, job_id: 'j' };
    },
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  const book = await screen.findByRole('button', { name: 'Book 1 row' });
  expect(book).toBeDisabled();
  expect(screen.getByRole('row', { name: /4 quantity 'x' is not a number/ })).toBeInTheDocument();
  expect(screen.getByRole('row', { name: /EUR €0.00 -€12.50/ })).toBeInTheDocument();
  expect(screen.getByText('XYZ on Jan 02, 2026:')).toBeInTheDocument();
  await userEvent.click(screen.getByLabelText(/Leave out 1 row/));
  await userEvent.click(book);
  expect(await screen.findByRole('heading', { name: '1 row booked' })).toBeInTheDocument();
  expect(sent.find(({ path }) => path.endsWith('/confirm'))?.body).toEqual({
    content_hash: draft.content_hash,
    skip_errors: true,
  });
});

it('names the sales that a revert leaves without units before it is done', async () => {
  let current: object = { ...draft, state: 'confirmed', confirmed_at: '2026-03-04T09:05:00Z' };
  serve({
    ...around,
    'GET /portfolios/p/imports': () => ({ items: [current], next_cursor: null }),
    'GET /imports/i1/revert-preview': {
      transactions: 1,
      missing_acquisitions: [{ symbol: 'ABC', day: '2026-02-03', quantity: '2' }],
    },
    'POST /imports/i1/revert': () => {
      current = { ...current, state: 'reverted', reverted_at: '2026-03-05T09:05:00Z' };
      return current;
    },
  });
  showPage(ImportsPage, PATH, ADDRESS);
  await userEvent.click(await screen.findByRole('button', { name: 'Revert depot.csv' }));
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Revert depot.csv?' }));
  expect(await dialog.findByText('ABC on Feb 03, 2026:')).toBeInTheDocument();
  await userEvent.click(dialog.getByRole('button', { name: 'Revert' }));
  expect(await screen.findByText('depot.csv reverted')).toBeInTheDocument();
  await waitFor(() => expect(screen.getByText('Reverted')).toBeInTheDocument());
});

const mapping = {
  columns: { Datum: 'day', Vorgang: 'type' },
  types: { Kauf: 'buy' },
  fixed: { type: null, currency: null, account: null, asset_class: null },
  decimal: null,
  decimals: {},
  date_order: null,
  time_zone: null,
  gross_is_net: false,
};
const mapped = {
  ...draft,
  format: 'mapped',
  mapping,
  table: {
    delimiter: ';',
    header_line: 1,
    columns: [
      { name: 'Datum', samples: ['13.01.2024'], decimal: null },
      { name: 'Vorgang', samples: ['Kauf', 'Abgang'], decimal: null },
      { name: 'Geld', samples: ['1,50'], decimal: ',' },
    ],
    rows: [['13.01.2024', 'Kauf', '1,50']],
    date_order: 'dmy',
    labels: [
      { label: 'Kauf', rows: 1 },
      { label: 'Abgang', rows: 1 },
    ],
  },
};

const sentMapping = (sent: ReturnType<typeof serve>) =>
  (sent.filter(({ method }) => method === 'PATCH').at(-1)?.body as { mapping?: object } | undefined)?.mapping;

it('asks what the columns of an unknown file hold, and previews with each answer', async () => {
  let current: unknown = mapped;
  const sent = serve({
    ...around,
    'GET /imports/i1': () => current,
    'PATCH /imports/i1': ({ body }: { body: { mapping?: object } }) => {
      current = { ...mapped, mapping: body.mapping ?? mapping };
      return current;
    },
    'POST /import-templates': {
      id: 'tpl',
      name: 'House bank',
      header: [],
      mapping,
      created_at: draft.created_at,
    },
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  const field = await screen.findByLabelText('What Geld is');
  expect(screen.getByLabelText('What Datum is')).toHaveValue('day');
  await userEvent.selectOptions(field, 'gross');
  await userEvent.selectOptions(screen.getByLabelText('What Abgang is'), 'sell');
  const patches = sent
    .filter(({ method }) => method === 'PATCH')
    .map(({ body }) => body as { mapping: object });
  expect(patches.at(-1)?.mapping).toMatchObject({
    columns: { Datum: 'day', Vorgang: 'type', Geld: 'gross' },
    types: { Kauf: 'buy', Abgang: 'sell' },
  });
  // A sign has what is a number, and keeps it only as long as it is one.
  expect(screen.queryByLabelText('Decimal sign of Datum')).toBeNull();
  await userEvent.selectOptions(screen.getByLabelText('Decimal sign of Geld'), ',');
  await waitFor(() => expect(sentMapping(sent)).toHaveProperty('decimals', { Geld: ',' }));
  await userEvent.selectOptions(field, 'note');
  await waitFor(() => expect(sentMapping(sent)).toHaveProperty('decimals', {}));
  await userEvent.selectOptions(field, 'gross');
  await userEvent.click(await screen.findByRole('button', { name: 'Save as template' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Save as template' }));
  await userEvent.type(dialog.getByLabelText(/Name/), 'House bank');
  await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('Template House bank saved')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
  expect(await screen.findByText('Rows of the file')).toBeInTheDocument();
});

it('tells rows that wait for their asset from those that cannot be booked', async () => {
  const counts = { total: 5, new: 1, duplicate: 0, warning: 0, error: 4, skipped: 0 };
  serve({ ...around, 'GET /imports/i1': { ...mapped, counts, unknown_symbols: [unknown('A')] } });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  expect(await screen.findByText(/1 row can be booked/)).toHaveTextContent(
    '1 row can be booked. 2 wait for their assets: those are asked next. 2 cannot.',
  );
});

it('keeps the wizard as it stands when a refetch behind it fails', async () => {
  let isDown = false;
  const sent = serve({
    ...around,
    'GET /imports/i1': () => (isDown ? new Problem(503, { title: 'Later.' }) : mapped),
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  await userEvent.type(await screen.findByLabelText(/^Account/), 'Bank');
  isDown = true;
  const asked = sent.length;
  fireEvent(window, new Event('visibilitychange'));
  await waitFor(() => expect(sent.slice(asked).some(({ path }) => path === '/imports/i1')).toBe(true));
  await act(() => new Promise((done) => setTimeout(done)));
  expect(screen.getByLabelText(/^Account/)).toHaveValue('Bank');
});

it('goes on showing how far a job is when it cannot be asked for a moment', async () => {
  let isDown = false;
  const running = { ...jobOf('running'), progress: 0.42, stage: 'rows read', done: 42_000, total: 100_000 };
  const sent = serve({
    ...around,
    'GET /imports/i1': { ...draft, state: 'reading', job_id: 'j1' },
    'GET /jobs/j1': () => (isDown ? new Problem(503, { title: 'Later.' }) : running),
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  await screen.findByText('42% · 42,000 of 100,000 rows read');
  isDown = true;
  const asked = sent.length;
  await waitFor(() => expect(sent.slice(asked).some(({ path }) => path === '/jobs/j1')).toBe(true));
  await act(() => new Promise((done) => setTimeout(done)));
  expect(screen.getByText('42% · 42,000 of 100,000 rows read')).toBeInTheDocument();
});

it('shows how far the revert of a large import is, offers no way to cancel it, and another try', async () => {
  let job: object = {
    ...jobOf('running'),
    progress: 0.6,
    stage: 'transactions taken back',
    done: 5_000,
    total: 90_000,
  };
  const reverting = { ...draft, state: 'reverting', job_id: 'j1' };
  const sent = serve({
    ...around,
    'GET /imports/i1': reverting,
    'GET /jobs/j1': () => job,
    'POST /imports/i1/revert': reverting,
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  expect(await screen.findByText(/5,000 of 90,000 transactions taken back/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
  job = { ...jobOf('failed'), problem: { detail: 'The disk is full.' } };
  expect(await screen.findByText('It did not work. Nothing was taken back.')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(sent.some(({ path }) => path === '/imports/i1/revert')).toBe(true));
});

it('takes a field from the column that had it before', () => {
  const given = withColumn(mapping as never, 'Geld', 'day');
  expect(given.columns).toEqual({ Vorgang: 'type', Geld: 'day' });
  expect(withColumn(given, 'Geld', '').columns).toEqual({ Vorgang: 'type' });
});

it('compares a migration with its file and names what is left behind', async () => {
  const line = {
    account: 'Depot',
    symbol: 'ABC',
    is_money: false,
    stated: '5',
    booked: '4',
    difference: '-1',
  };
  const reconciliation = {
    is_equal: false,
    lines: [
      { ...line, is_equal: false },
      {
        ...line,
        symbol: 'EUR',
        is_money: true,
        stated: '1.5',
        booked: '1.5',
        difference: '0',
        is_equal: true,
      },
    ],
    not_carried: [{ line: 7, what: '', reason: 'It is cancelled.', remedy: 'Record it.' }],
    not_carried_total: 1,
  };
  serve({ ...around, 'GET /imports/i1': { ...draft, reconciliation } });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  expect(await screen.findByRole('row', { name: /ABC Depot 5 4 Differs/ })).toBeInTheDocument();
  expect(screen.getByRole('row', { name: /EUR Depot €1.50 €1.50 Yes/ })).toBeInTheDocument();
  expect(screen.getByRole('row', { name: /7 It is cancelled. Record it./ })).toBeInTheDocument();
});

it('shows how far the job of a large file is, and what it read once it ends', async () => {
  const reading = {
    ...draft,
    state: 'reading',
    job_id: 'j1',
    counts: { ...draft.counts, total: 0, new: 0, error: 0 },
  };
  let job = { ...jobOf('running'), progress: 0.42 as number | null };
  serve({
    ...around,
    'GET /imports/i1': () => (job.state === 'done' ? { ...draft, job_id: 'j1' } : reading),
    'GET /jobs/j1': () => job,
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  const bar = await screen.findByRole('progressbar', { name: 'Reading the file' });
  await waitFor(() => expect(bar).toHaveAttribute('aria-valuenow', '42'));
  expect(screen.getByText(/You can leave this page/)).toBeInTheDocument();
  expect(screen.getByText('Choose a file').closest('li')).toHaveAttribute('aria-current', 'step');
  job = { ...jobOf('done'), progress: 1 };
  expect(await screen.findByText('Rows of the file', {}, { timeout: 4000 })).toBeInTheDocument();
});

it('stands at the answers while a large file is read anew with them', async () => {
  const again = { ...draft, state: 'reading', job_id: 'j1', resolutions: { ABC: 'a1' } };
  serve({ ...around, 'GET /imports/i1': again, 'GET /jobs/j1': { ...jobOf('running'), progress: 0.1 } });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  await screen.findByText('10%');
  expect(screen.getByText('Answer questions').closest('li')).toHaveAttribute('aria-current', 'step');
});

it('tries a failed booking again, or discards it as a whole', async () => {
  let current: object = { ...draft, state: 'booking', job_id: 'j1' };
  let left = false;
  const sent = serve({
    ...around,
    'GET /imports/i1': () => current,
    'GET /jobs/j1': { ...jobOf('failed'), problem: { detail: 'The disk is full.' } },
    'GET /jobs/j2': jobOf('running'),
    'POST /imports/i1/confirm': () => {
      current = { ...draft, state: 'booking', job_id: 'j2' };
      return { ...current, booked: 1 };
    },
    'DELETE /imports/i1': () => {
      left = true;
      return {};
    },
  });
  showPage(ImportsPage, PATH, `${ADDRESS}?import=i1`);
  expect(await screen.findByText('The disk is full.')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('progressbar', { name: 'Booking 1 row' })).toBeInTheDocument();
  expect(sent.find(({ path }) => path.endsWith('/confirm'))?.body).toMatchObject({ skip_errors: true });
  await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  const dialog = within(await screen.findByRole('alertdialog', { name: 'Discard this import?' }));
  await userEvent.click(dialog.getByRole('button', { name: 'Discard' }));
  await waitFor(() => expect(left).toBe(true));
});
