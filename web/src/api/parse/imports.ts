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

export const Import = z.object({
  id: Id,
  portfolio_id: Id,
  file_name: z.string(),
  format: z.string(),
  state: z.enum(['preview', 'confirmed', 'reverted', 'discarded']),
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
}

export type Import = z.infer<typeof Import>;
export type ImportRow = z.infer<typeof ImportRow>;
export type RowState = (typeof ROW_STATES)[number];
export type Candidate = z.infer<typeof Candidate>;
export type MissingUnits = z.infer<typeof Missing>;
export type UnknownSymbol = z.infer<typeof UnknownSymbol>;
