import * as z from 'zod/mini';
import { LOT_METHODS, Warning } from './portfolios';
import { DayText, Decimal, Id, Ratio } from './scalars';

const Unsure = z.nullable(Decimal);
const Reasons = z.record(z.string(), z.string());

export const SCOPE_KINDS = ['portfolio', 'account', 'asset', 'tag', 'all'] as const;
export const FLOW_TIMINGS = ['inflow_start_outflow_end', 'start', 'end', 'mid'] as const;

const Benchmark = z.object({
  asset_id: Id,
  symbol: z.string(),
  name: z.string(),
  currency: z.string(),
  is_simulated: z.boolean(),
  return_kind: z.literal('price'),
  quoted_from: z.nullable(DayText),
  quoted_until: z.nullable(DayText),
  is_stale: z.boolean(),
  twr: Ratio,
  twr_annualised: Ratio,
  twr_difference: Ratio,
  volatility: Ratio,
  drawdown_max: Ratio,
  same_flows: z.object({
    end_value: Unsure,
    gain: Unsure,
    mwr: Ratio,
    mwr_period: Ratio,
    mwr_difference: Ratio,
    reasons: Reasons,
  }),
  reasons: Reasons,
  series: z.object({ twr: z.array(Ratio), value: z.array(Unsure) }),
});

export const Performance = z.object({
  portfolio_id: z.nullable(Id),
  scope: z.object({ kind: z.enum(SCOPE_KINDS), key: z.nullable(z.string()), label: z.nullable(z.string()) }),
  flow_timing: z.enum(FLOW_TIMINGS),
  fees_in_cost: z.nullable(z.boolean()),
  from: DayText,
  to: DayText,
  as_of: DayText,
  base_currency: z.string(),
  start_value: Unsure,
  end_value: Unsure,
  net_flow: Unsure,
  simple_gain: Unsure,
  simple_return: Ratio,
  twr: Ratio,
  twr_annualised: Ratio,
  mwr: Ratio,
  mwr_period: Ratio,
  mwr_roots: z.array(z.number()),
  modified_dietz: Ratio,
  roai_net: Ratio,
  roai_gross: Ratio,
  roai_net_end_fx: Ratio,
  roai_gross_end_fx: Ratio,
  average_invested: Unsure,
  volatility: Ratio,
  volatility_period: Ratio,
  semi_volatility_period: Ratio,
  drawdown_max: Ratio,
  drawdown_days: z.nullable(z.number()),
  recovery_days: z.nullable(z.number()),
  realised_gain: Unsure,
  unrealised_gain: Unsure,
  income: Unsure,
  fees: Unsure,
  taxes: Unsure,
  reasons: Reasons,
  benchmark: z.nullable(Benchmark),
  series: z.object({
    days: z.array(DayText),
    value: z.array(Unsure),
    invested: z.array(Unsure),
    flow: z.array(Unsure),
    twr: z.array(Ratio),
    drawdown: z.array(Ratio),
  }),
  warnings: z.array(Warning),
});

const RealisedSplit = z.object({ gain: Unsure, long: Unsure, short: Unsure, cash: Unsure });

export const LotMethods = z.object({
  as_of: DayText,
  year: z.number(),
  base_currency: z.string(),
  items: z.array(
    z.object({
      lot_method: z.enum(LOT_METHODS),
      is_present: z.boolean(),
      realised_gain: Unsure,
      realised_gain_price: Unsure,
      realised_gain_fx: Unsure,
      realised: RealisedSplit,
      realised_this_year: RealisedSplit,
      unrealised_gain: Unsure,
      unrealised_gain_price: Unsure,
      unrealised_gain_fx: Unsure,
      cost_basis: Unsure,
      open_lots: z.number(),
    }),
  ),
  next_cursor: z.nullable(z.string()),
});

export type Performance = z.infer<typeof Performance>;
export type Benchmark = z.infer<typeof Benchmark>;
export type LotMethods = z.infer<typeof LotMethods>;
