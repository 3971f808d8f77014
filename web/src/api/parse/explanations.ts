import * as z from 'zod/mini';
import type { operations } from '@/api/schema.gen';
import type { Day } from '@/lib/dates';
import type { Performance } from './performance';
import { type Allocation, type Portfolio, Warning } from './portfolios';
import { DayText, Decimal, Id } from './scalars';

/** A figure that can be asked how it came about. */
export type ExplainedFigure = operations['get_explanation']['parameters']['query']['figure'];

/** All portfolios together, in the place of the id of one. */
export const ALL = 'all';

/** Which figure, of what, and of which days. No `from`: since inception; no `to`: up to today. */
export interface Asked {
  /** The id of the portfolio it is of, or `ALL`. */
  of: string;
  figure: ExplainedFigure;
  asset_id?: string | undefined;
  /** Of `cash`: whose balance; of all portfolios: what they are measured in. */
  currency?: string | undefined;
  /** What a portfolio is measured in, where that is not its own. */
  base_currency?: string | undefined;
  account?: string | undefined;
  /** A slice of the allocation, or several together; `holdings`: all assets held, which have no key. */
  by?: Allocation['by'] | 'holdings' | undefined;
  key?: string | readonly string[] | undefined;
  tag?: string | undefined;
  flow_timing?: Performance['flow_timing'] | undefined;
  fees_in_cost?: boolean | undefined;
  /** In the place of the portfolio's. */
  lot_method?: Portfolio['lot_method'] | undefined;
  /** The id of the asset it is compared with. */
  benchmark?: string | undefined;
  from?: Day | undefined;
  to?: Day | undefined;
}

const Unsure = z.nullable(Decimal);
/** Money, prices, rates and units as decimal texts; ratios and counts as numbers. */
const Value = z.nullable(z.union([Decimal, z.number()]));
const KINDS = ['money', 'price', 'rate', 'units', 'ratio', 'days', 'count'] as const;
// Money's symbol is its currency, and it has no asset id; what is of all portfolios together has no portfolio.
const named = { asset_id: z.nullable(Id), symbol: z.nullable(z.string()), portfolio_id: z.nullable(Id) };

const Term = z.object({
  ...named,
  name: z.string(),
  value: Value,
  kind: z.enum(KINDS),
  day: z.nullable(DayText),
});

const Contribution = z.object({
  ...named,
  name: z.string(),
  day: DayText,
  transaction_id: z.nullable(Id),
  amount: Unsure,
});

const Valuation = z.object({
  ...named,
  day: DayText,
  currency: z.string(),
  quantity: Decimal,
  price: Unsure,
  multiplier: Decimal,
  rate: Unsure,
  value: Unsure,
  cost_local: Unsure,
  cost: Unsure,
  gross_cost: Unsure,
  cost_now: Unsure,
  is_at_cost: z.boolean(),
});

const LotUsed = z.object({
  ...named,
  id: z.string(),
  transaction_id: Id,
  account: z.string(),
  acquired_on: DayText,
  quantity_acquired: Decimal,
  quantity: Decimal,
  unit_cost: Unsure,
  cost: Unsure,
  fee_cost: Unsure,
  tax_cost: Unsure,
  cost_in_asset_currency: Unsure,
});

const Match = z.object({
  ...named,
  transaction_id: Id,
  account: z.string(),
  lot: z.nullable(z.string()),
  acquired_on: z.nullable(DayText),
  disposed_on: DayText,
  quantity: Decimal,
  cost: Unsure,
  proceeds: Unsure,
  fees: Unsure,
  held_days: z.number(),
  term: z.enum(['long', 'short']),
  reason: z.string(),
  is_short: z.boolean(),
  opened: Unsure,
  rate: Unsure,
  rate_per: Decimal,
  opened_now: Unsure,
  gain: Unsure,
  gain_price: Unsure,
  gain_fx: Unsure,
});

const Disposal = z.object({
  ...named,
  day: DayText,
  transaction_id: Id,
  proceeds: Unsure,
  cost: Unsure,
  cost_local: Unsure,
  rate: Unsure,
  rate_per: Unsure,
  cost_now: Unsure,
  gain: Unsure,
  price: Unsure,
  fx: Unsure,
});

const Flow = z.object({
  portfolio_id: z.nullable(Id),
  day: DayText,
  transaction_id: Id,
  amount: Unsure,
  days: z.number(),
  weight: z.nullable(z.number()),
});

const SubPeriod = z.object({
  start: DayText,
  end: DayText,
  start_value: Decimal,
  inflow: Decimal,
  outflow: Decimal,
  end_value: Decimal,
  growth: z.number(),
  is_idle: z.boolean(),
});

const Curve = z.object({
  name: z.enum(['returns', 'log_returns', 'growth']),
  days: z.array(DayText),
  values: z.array(z.number()),
});

const SpanInvested = z.object({
  ...named,
  start: DayText,
  end: DayText,
  invested_local: Unsure,
  invested: Unsure,
});

const ofAsset = { asset_id: Id, symbol: z.string() };

const UnitValue = z.object({
  ...ofAsset,
  day: DayText,
  currency: z.string(),
  close: Decimal,
  rate: Unsure,
  splits: Decimal,
  value: Unsure,
});

const Bought = z.object({
  ...ofAsset,
  portfolio_id: z.nullable(Id),
  day: DayText,
  transaction_id: z.nullable(Id),
  amount: Unsure,
  unit_value: Unsure,
  units: Unsure,
});

const PriceUsed = z.object({
  ...named,
  on: DayText,
  price: Decimal,
  quoted_on: DayText,
  age_days: z.number(),
  is_stale: z.boolean(),
  source: z.enum(['quote', 'trade']),
  provider: z.nullable(z.string()),
});

const RateUsed = z.object({
  base: z.string(),
  quote: z.string(),
  on: DayText,
  rate: Decimal,
  quoted_on: DayText,
  age_days: z.number(),
  is_stale: z.boolean(),
});

const TransactionUsed = z.object({
  ...named,
  id: Id,
  day: DayText,
  type: z.string(),
  account: z.nullable(z.string()),
  quantity: Unsure,
  unit_price: Unsure,
  gross: Unsure,
  fee: Decimal,
  fee_currency: z.nullable(z.string()),
  tax: Decimal,
  currency: z.nullable(z.string()),
  fx_rate: Unsure,
  settle_currency: z.nullable(z.string()),
  settle_amount: Unsure,
  to_symbol: z.nullable(z.string()),
  to_quantity: Unsure,
  ratio: Unsure,
});

const Portion = z.object({
  portfolio_id: Id,
  portfolio_name: z.string(),
  term: z.string(),
  figure: z.string(),
  value: Unsure,
});

const Policies = z.object({
  lot_method: z.nullable(z.string()),
  lot_scope: z.nullable(z.string()),
  fees_in_cost: z.nullable(z.boolean()),
  taxes_in_cost: z.nullable(z.boolean()),
  cash: z.nullable(z.string()),
  flow_timing: z.string(),
  calendar: z.string(),
});

/** A figure and all it was worked out from. */
export const Explanation = z.object({
  ...named,
  benchmark: z.nullable(z.object(ofAsset)),
  portfolio_name: z.nullable(z.string()),
  figure: z.string(),
  value: Value,
  kind: z.enum(KINDS),
  reason: z.nullable(z.string()),
  formula: z.string(),
  expression: z.string(),
  growth: z.nullable(z.string()),
  words: z.string(),
  numerator: z.nullable(z.string()),
  denominator: z.nullable(z.string()),
  from: DayText,
  to: DayText,
  base_currency: z.string(),
  policies: Policies,
  portions: z.array(Portion),
  terms: z.array(Term),
  contributions: z.array(Contribution),
  valuations: z.array(Valuation),
  lots: z.array(LotUsed),
  matches: z.array(Match),
  disposals: z.array(Disposal),
  flows: z.array(Flow),
  sub_periods: z.array(SubPeriod),
  curve: z.nullable(Curve),
  spans: z.array(SpanInvested),
  unit_values: z.array(UnitValue),
  bought: z.array(Bought),
  transactions: z.array(TransactionUsed),
  transactions_count: z.number(),
  prices: z.array(PriceUsed),
  rates: z.array(RateUsed),
  warnings: z.array(Warning),
});

export type Explanation = z.infer<typeof Explanation>;
