import * as z from 'zod/mini';
import { DayText, Decimal, Id, listOf } from './scalars';

export const ASSET_CLASSES = [
  'equity',
  'etf',
  'fund',
  'bond',
  'fx',
  'commodity',
  'index',
  'crypto',
  'cash',
] as const;
export const AssetClass = z.enum(ASSET_CLASSES);

export const LatestPrice = z.object({
  price: Decimal,
  currency: z.string(),
  as_of: DayText,
  age_days: z.number(),
  is_stale: z.boolean(),
});

export const Asset = z.object({
  id: Id,
  symbol: z.string(),
  name: z.string(),
  asset_class: AssetClass,
  currency: z.string(),
  isin: z.nullable(z.string()),
  /** Empty where it is traded nowhere. */
  mic: z.string(),
  scope: z.enum(['public', 'tenant']),
  is_simulated: z.boolean(),
  latest_price: z.nullable(LatestPrice),
});
export const Assets = listOf(Asset);

const Gap = z.object({ from: DayText, to: DayText, days: z.number() });

/** From `day` on, `units_before` old units are `units_after` new ones. */
export const Split = z.object({
  day: DayText,
  units_before: Decimal,
  units_after: Decimal,
  source: z.string(),
});
const PricesAre = z.enum(['as_traded', 'split_adjusted']);
/** What prices over days say of themselves. */
export const overDays = { prices_are: PricesAre, splits: z.array(Split) };

export const Prices = z.object({
  ...overDays,
  asset_id: Id,
  currency: z.string(),
  items: z.array(z.object({ day: DayText, close: Decimal, source: z.string() })),
  gaps: z.array(Gap),
});

export const PricesWritten = z.object({ written: z.number(), unchanged: z.number() });

export const LineError = z.object({
  line: z.number(),
  column: z.string(),
  code: z.string(),
  message: z.string(),
});

/** The lines of a file that was refused, from the members of the problem; none where it says nothing of lines. */
export function refusedLines(members: Readonly<Record<string, unknown>>): LineError[] {
  const rows = z.safeParse(z.array(LineError), members.rows);
  return rows.success ? rows.data : [];
}

export const PriceImport = z.object({
  rows_read: z.number(),
  rows_written: z.number(),
  rows_unchanged: z.number(),
  assets_created: z.number(),
  errors: z.array(LineError),
  unknown_symbols: z.array(z.string()),
  gaps: z.array(z.extend(Gap, { symbol: z.string() })),
});

export const Rate = z.object({
  base: z.string(),
  quote: z.string(),
  rate: Decimal,
  as_of: DayText,
  source: z.string(),
  is_stale: z.boolean(),
  path: z.array(z.string()),
});

export const Currency = z.object({
  code: z.string(),
  name: z.string(),
  minor_units: z.number(),
  rates_until: z.nullable(DayText),
});
export const Currencies = z.object({ items: z.array(Currency), next_cursor: z.null() });

export type AssetClass = z.infer<typeof AssetClass>;
export type Asset = z.infer<typeof Asset>;
export type Prices = z.infer<typeof Prices>;
export type PriceImport = z.infer<typeof PriceImport>;
export type LineError = z.infer<typeof LineError>;
export type Rate = z.infer<typeof Rate>;
export type Currency = z.infer<typeof Currency>;
