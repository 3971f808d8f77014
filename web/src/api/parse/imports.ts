import * as z from 'zod/mini';
import { AssetClass, LineError } from './market';
import { DayText, Decimal, Id, Instant, listOf } from './scalars';

const Unsure = z.nullable(Decimal);

export const ImportFormats = listOf(
  z.object({ id: z.string(), name: z.string(), description: z.string(), extensions: z.array(z.string()) }),
);

/** An asset that a symbol of the file may mean. */
export const Candidate = z.object({
  id: Id,
  symbol: z.string(),
  name: z.string(),
  asset_class: AssetClass,
  currency: z.string(),
  mic: z.string(),
});

const Missing = z.object({ symbol: z.string(), day: DayText, quantity: Decimal });

export const UnknownSymbol = z.object({
  symbol: z.string(),
  name: z.nullable(z.string()),
  isin: z.nullable(z.string()),
  currency: z.nullable(z.string()),
  asset_class: z.nullable(z.string()),
  rows: z.number(),
  candidates: z.array(Candidate),
});

export const MAPPED_FIELDS = [
  'day',
  'type',
  'symbol',
  'isin',
  'name',
  'asset_class',
  'quantity',
  'unit_price',
  'gross',
  'fee',
  'tax',
  'currency',
  'fee_currency',
  'settle_currency',
  'settle_amount',
  'fx_rate',
  'account',
  'external_id',
  'note',
] as const;
export const MAPPED_TYPES = [
  'buy',
  'sell',
  'dividend',
  'interest',
  'interest_paid',
  'deposit',
  'withdrawal',
  'fee',
  'tax',
  'fee_refund',
  'tax_refund',
  'transfer_in',
  'transfer_out',
  'reward',
  'short_sell',
  'cover',
  'buy_sell_by_quantity',
  'buy_sell_by_amount',
  'deposit_withdrawal_by_amount',
  'skip',
] as const;
const MappedType = z.enum(MAPPED_TYPES);
const Sign = z.enum(['.', ',']);
const DateOrder = z.enum(['dmy', 'mdy']);

/** What the columns of a file mean; the form it is sent in is the one it comes in. */
export const ImportMapping = z.object({
  columns: z.record(z.string(), z.enum(MAPPED_FIELDS)),
  types: z.record(z.string(), MappedType),
  fixed: z.object({
    type: z.nullable(MappedType),
    currency: z.nullable(z.string()),
    account: z.nullable(z.string()),
    asset_class: z.nullable(AssetClass),
  }),
  decimal: z.nullable(Sign),
  decimals: z.record(z.string(), Sign),
  date_order: z.nullable(DateOrder),
  time_zone: z.nullable(z.string()),
  gross_is_net: z.boolean(),
});

/** The file as a table, for its columns to be named. */
export const ImportTable = z.object({
  delimiter: z.string(),
  header_line: z.number(),
  columns: z.array(z.object({ name: z.string(), samples: z.array(z.string()), decimal: z.nullable(Sign) })),
  rows: z.array(z.array(z.string())),
  date_order: z.nullable(DateOrder),
  labels: z.array(z.object({ label: z.string(), rows: z.number() })),
});

/** Whether the books agree with the file of another program, and what was left behind. */
export const Reconciliation = z.object({
  is_equal: z.boolean(),
  lines: z.array(
    z.object({
      account: z.string(),
      symbol: z.string(),
      is_money: z.boolean(),
      stated: Decimal,
      booked: Decimal,
      difference: Decimal,
      is_equal: z.boolean(),
    }),
  ),
  not_carried: z.array(
    z.object({ line: z.nullable(z.number()), what: z.string(), reason: z.string(), remedy: z.string() }),
  ),
  not_carried_total: z.number(),
});

export const ImportTemplate = z.object({
  id: Id,
  name: z.string(),
  header: z.array(z.string()),
  mapping: ImportMapping,
  created_at: Instant,
});
export const ImportTemplates = listOf(ImportTemplate);

export const Import = z.object({
  id: Id,
  portfolio_id: Id,
  file_name: z.string(),
  format: z.string(),
  state: z.enum(['reading', 'preview', 'booking', 'confirmed', 'reverting', 'reverted', 'discarded']),
  /** The job that reads or books a large file; null for a small one. */
  job_id: z.nullable(Id),
  content_hash: z.string(),
  options: z.record(z.string(), z.string()),
  created_at: Instant,
  confirmed_at: z.nullable(Instant),
  reverted_at: z.nullable(Instant),
  counts: z.object({
    total: z.number(),
    new: z.number(),
    duplicate: z.number(),
    warning: z.number(),
    error: z.number(),
    skipped: z.number(),
  }),
  errors: z.array(LineError),
  unknown_symbols: z.array(UnknownSymbol),
  resolutions: z.record(z.string(), Id),
  effect: z.object({
    cash: z.array(z.object({ currency: z.string(), before: Decimal, after: Decimal })),
    holdings: z.array(z.object({ symbol: z.string(), before: Decimal, after: Decimal })),
  }),
  missing_acquisitions: z.array(Missing),
  mapping: z.nullable(ImportMapping),
  table: z.nullable(ImportTable),
  reconciliation: z.nullable(Reconciliation),
  template_id: z.nullable(Id),
});
export const ImportConfirmed = z.extend(Import, { booked: z.number(), job_id: Id });
export const Imports = listOf(Import);

export const ROW_STATES = ['new', 'duplicate', 'warning', 'error', 'skipped'] as const;

export const ImportRow = z.object({
  line: z.number(),
  status: z.enum(ROW_STATES),
  type: z.nullable(z.string()),
  day: z.nullable(DayText),
  account: z.nullable(z.string()),
  symbol: z.nullable(z.string()),
  quantity: Unsure,
  unit_price: Unsure,
  gross: Unsure,
  fee: Unsure,
  currency: z.nullable(z.string()),
  message: z.string(),
});
export const ImportRows = z.extend(listOf(ImportRow), { total: z.number() });

export const RevertPreview = z.object({
  transactions: z.number(),
  missing_acquisitions: z.array(Missing),
});

export type Resolution =
  | { asset_id: string }
  | { create: { symbol?: string; name: string; asset_class: AssetClass; currency: string; isin?: string } };

/** Answers to what a file leaves open; null takes an option back. */
export interface ImportChange {
  resolutions?: Record<string, Resolution>;
  /** Every symbol that is still open becomes a new asset of the tenant. */
  create_missing?: boolean;
  account?: string | null;
  currency?: string | null;
  decimal?: string | null;
  date_order?: string | null;
  encoding?: string | null;
  mapping?: ImportMapping;
}

export type Import = z.infer<typeof Import>;
export type ImportMapping = z.infer<typeof ImportMapping>;
export type ImportTable = z.infer<typeof ImportTable>;
export type ImportTemplate = z.infer<typeof ImportTemplate>;
export type Reconciliation = z.infer<typeof Reconciliation>;
export type MappedField = (typeof MAPPED_FIELDS)[number];
export type MappedType = (typeof MAPPED_TYPES)[number];
export type ImportRow = z.infer<typeof ImportRow>;
export type RowState = (typeof ROW_STATES)[number];
export type Candidate = z.infer<typeof Candidate>;
export type MissingUnits = z.infer<typeof Missing>;
export type UnknownSymbol = z.infer<typeof UnknownSymbol>;
