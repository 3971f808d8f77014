import * as z from 'zod/mini';
import { MissingAcquisition, Warning } from './portfolios';
import { DayText, Decimal, Id } from './scalars';

const Unsure = z.nullable(Decimal);

export const Disposal = z.object({
  transaction_id: Id,
  asset_id: z.nullable(Id),
  symbol: z.string(),
  name: z.nullable(z.string()),
  isin: z.nullable(z.string()),
  account: z.string(),
  quantity: Decimal,
  acquired_on: z.nullable(DayText),
  disposed_on: DayText,
  held_days: z.number(),
  term: z.enum(['long', 'short']),
  /** How it left: sell, fee, transfer_out, cover, swap. */
  reason: z.string(),
  is_short: z.boolean(),
  cost: Unsure,
  fees: Unsure,
  proceeds: Unsure,
  gain: Unsure,
  gain_price: Unsure,
  gain_fx: Unsure,
  currency: z.nullable(z.string()),
  rate: Unsure,
  original_cost: Unsure,
  original_proceeds: Unsure,
});

export const Sums = z.object({
  disposals: z.number(),
  cost: Unsure,
  fees: Unsure,
  proceeds: Unsure,
  gain: Unsure,
  gain_price: Unsure,
  gain_fx: Unsure,
});

const Charges = z.object({ total: Unsure, in_cost: Unsure, expensed: Unsure });

export const TaxReport = z.object({
  portfolio_id: Id,
  year: z.number(),
  since: DayText,
  until: DayText,
  years: z.array(z.number()),
  base_currency: z.string(),
  lot_method: z.string(),
  fees_in_cost: z.boolean(),
  long_term_days: z.number(),
  is_complete: z.boolean(),
  missing_acquisitions: z.array(MissingAcquisition),
  warnings: z.array(Warning),
  realised_gain: Unsure,
  currency_gain: Unsure,
  total: Sums,
  short: Sums,
  long: Sums,
  by_asset: z.array(
    z.object({
      asset_id: z.nullable(Id),
      symbol: z.string(),
      isin: z.nullable(z.string()),
      quantity: Decimal,
      short: Sums,
      long: Sums,
      total: Sums,
    }),
  ),
  disposals: z.array(Disposal),
  income_total: Unsure,
  income: z.array(
    z.object({
      type: z.string(),
      asset_id: z.nullable(Id),
      symbol: z.nullable(z.string()),
      transactions_count: z.number(),
      amount: Unsure,
      tax: Unsure,
      fee: Unsure,
    }),
  ),
  withheld: Unsure,
  taxes: Charges,
  fees: Charges,
});

export type Disposal = z.infer<typeof Disposal>;
export type Sums = z.infer<typeof Sums>;
export type TaxReport = z.infer<typeof TaxReport>;
