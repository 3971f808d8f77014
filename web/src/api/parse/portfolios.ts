import * as z from 'zod/mini';
import { AssetClass } from './market';
import { DayText, Decimal, Id, Instant, listOf, Ratio } from './scalars';

const Unsure = z.nullable(Decimal);

export const LOT_METHODS = ['fifo', 'lifo', 'hifo', 'average', 'specific'] as const;

export const LOT_SCOPES = ['account', 'portfolio'] as const;
export const OVERSELLS = ['missing', 'short'] as const;

export const Portfolio = z.object({
  id: Id,
  name: z.string(),
  base_currency: z.string(),
  lot_method: z.enum(LOT_METHODS),
  lot_scope: z.enum(LOT_SCOPES),
  cash: z.enum(['tracked', 'implied']),
  fees_in_cost: z.boolean(),
  oversell: z._default(z.enum(OVERSELLS), 'missing'),
  time_zone: z.string(),
  is_demo: z.boolean(),
  transactions_count: z.number(),
  market_value: Unsure,
  as_of: z.nullable(DayText),
  created_at: Instant,
  updated_at: Instant,
});

export const Portfolios = listOf(Portfolio);

export const Warning = z.object({
  code: z.string(),
  message: z.string(),
  asset_id: z.nullable(Id),
  transaction_id: z.nullable(Id),
  day: z.nullable(DayText),
});

export const Holding = z.object({
  asset_id: Id,
  symbol: z.string(),
  name: z.string(),
  asset_class: AssetClass,
  currency: z.string(),
  is_simulated: z.boolean(),
  quantity: Decimal,
  price: Unsure,
  price_as_of: z.nullable(DayText),
  is_stale: z.boolean(),
  /** There is no price: the value shown is what it cost without fees and taxes. */
  is_at_cost: z.boolean(),
  market_value: Unsure,
  market_value_local: Unsure,
  cost_basis: Unsure,
  average_price: Unsure,
  unrealised_gain: Unsure,
  unrealised_gain_price: Unsure,
  unrealised_gain_fx: Unsure,
  unrealised_return: Ratio,
  weight: Ratio,
  day_gain: Unsure,
  day_return: Ratio,
  realised_gain: Unsure,
  income: Unsure,
  price_history: z.array(z.number()),
});

export const CashBalance = z.object({
  currency: z.string(),
  amount: Decimal,
  value: Unsure,
  rate: Unsure,
  rate_as_of: z.nullable(DayText),
  account: z.string(),
});

export const MissingAcquisition = z.object({
  asset_id: z.nullable(Id),
  symbol: z.string(),
  day: DayText,
  quantity: Decimal,
  account: z.string(),
  transaction_id: Id,
});

export const Holdings = z.object({
  portfolio_id: Id,
  as_of: DayText,
  base_currency: z.string(),
  items: z.array(Holding),
  cash: z.array(CashBalance),
  totals: z.object({
    market_value: Unsure,
    securities_value: Unsure,
    cash_value: Unsure,
    cost_basis: Unsure,
    unrealised_gain: Unsure,
    realised_gain: Unsure,
    income: Unsure,
    fees: Unsure,
    taxes: Unsure,
    day_gain: Unsure,
    day_return: Ratio,
  }),
  missing_acquisitions: z.array(MissingAcquisition),
  warnings: z.array(Warning),
});

export const Lot = z.object({
  id: Id,
  asset_id: Id,
  symbol: z.string(),
  account: z.string(),
  acquired_on: DayText,
  quantity_acquired: Decimal,
  quantity: Decimal,
  unit_cost: Unsure,
  cost_basis: Unsure,
  fee_cost: Unsure,
  market_value: Unsure,
  unrealised_gain: Unsure,
  held_days: z.number(),
  term: z.enum(['long', 'short']),
  /** Zero for a long one. */
  days_to_long_term: z.number(),
});
export const Lots = z.extend(listOf(Lot), { as_of: DayText, base_currency: z.string() });

export const RealisedGain = z.object({
  transaction_id: Id,
  asset_id: z.nullable(Id),
  symbol: z.string(),
  account: z.string(),
  sold_on: DayText,
  acquired_on: z.nullable(DayText),
  quantity: Decimal,
  proceeds: Unsure,
  cost: Unsure,
  gain: Unsure,
  held_days: z.number(),
  term: z.enum(['long', 'short']),
  /** How it left: sell, fee, transfer_out, cover, swap. */
  reason: z.string(),
});

export const RealisedGains = z.extend(listOf(RealisedGain), {
  base_currency: z.string(),
  totals: z.object({
    proceeds: Unsure,
    cost: Unsure,
    /** gain_lots, the sum of the rows, and currency_gain, that on foreign money, which has none. */
    gain: Unsure,
    gain_lots: Unsure,
    currency_gain: Unsure,
    gain_price: Unsure,
    gain_fx: Unsure,
  }),
});

export const ALLOCATION_KEYS = ['asset', 'asset_class', 'currency', 'account'] as const;

const Target = z.object({ key: z.string(), label: z.string(), weight: Decimal });

export const Targets = z.object({
  portfolio_id: Id,
  asset: z.array(Target),
  asset_class: z.array(Target),
  currency: z.array(Target),
});

export const Allocation = z.object({
  as_of: DayText,
  base_currency: z.string(),
  by: z.enum(ALLOCATION_KEYS),
  items: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      market_value: Unsure,
      weight: Ratio,
      day_return: Ratio,
      unrealised_return: Ratio,
      price_as_of: z._default(z.nullable(DayText), null),
      target: z._default(Unsure, null),
      drift: z._default(Ratio, null),
      trade: z._default(Unsure, null),
    }),
  ),
});

export const Accounts = listOf(z.object({ name: z.string(), transactions_count: z.number() }));

export const CashFlows = listOf(
  z.object({
    transaction_id: Id,
    day: DayText,
    type: z.string(),
    account: z.string(),
    currency: z.string(),
    amount: Decimal,
  }),
);

export type Targets = z.infer<typeof Targets>;
export type Portfolio = z.infer<typeof Portfolio>;
export type Holding = z.infer<typeof Holding>;
export type CashBalance = z.infer<typeof CashBalance>;
export type Holdings = z.infer<typeof Holdings>;
export type MissingAcquisition = z.infer<typeof MissingAcquisition>;
export type Lot = z.infer<typeof Lot>;
export type RealisedGain = z.infer<typeof RealisedGain>;
export type RealisedGains = z.infer<typeof RealisedGains>;
export type Allocation = z.infer<typeof Allocation>;
export type Warning = z.infer<typeof Warning>;
