import * as z from 'zod/mini';
import { DayText, Decimal, Id, Instant, listOf, Ratio } from './scalars';

const Subject = z.object({ kind: z.enum(['asset', 'portfolio']), id: Id });
/** By level ("0.025") or confidence ("0.95"), as fractions. */
const ByLevel = z.record(z.string(), z.number());

const Outcome = z.object({
  state: z.enum(['scored', 'unscorable']),
  realised_on: z.nullable(DayText),
  realised_price: z.nullable(Decimal),
  return: Ratio,
  pit: Ratio,
  crps: Ratio,
  inside_80: z.nullable(z.boolean()),
  inside_95: z.nullable(z.boolean()),
  baseline_crps: z.nullable(ByLevel),
});

/** How old what a forecast rests on is; stale where there is a reason: its closes or its model are too old. */
export const Staleness = z.object({
  is_stale: z.boolean(),
  closes_age_days: z.number(),
  weights_age_days: z.nullable(z.number()),
  reasons: z.array(z.object({ code: z.string(), detail: z.string() })),
});

export const Prediction = z.object({
  id: Id,
  subject: Subject,
  asset_class: z.string(),
  is_simulated: z.boolean(),
  made_by: z.enum(['daily_run', 'request']),
  created_at: Instant,
  as_of: DayText,
  horizon_days: z.number(),
  horizon_rows: z.number(),
  matures_on: DayText,
  last_close: Decimal,
  currency: z.string(),
  quantiles: z.record(z.string(), Decimal),
  return_quantiles: ByLevel,
  baselines: z.record(z.string(), ByLevel),
  var: ByLevel,
  es: ByLevel,
  volatility: z.object({ horizon: z.number(), annualised: z.number() }),
  /** From 0.01 to 0.99: beyond that nothing is claimed. */
  probability_of_loss: z.number(),
  /** Share of matured forecasts inside their 80 % band; null before enough have matured. */
  confidence_score: Ratio,
  model: z.object({ id: z.string(), sha256: z.string(), rung: z.enum(['full', 'pooled', 'class']) }),
  data: z.object({
    rows: z.number(),
    from: DayText,
    to: DayText,
    calendar: z.enum(['daily', 'weekdays']),
    sha256: z.string(),
  }),
  parts: z.array(
    z.object({
      asset_id: z.nullable(Id),
      label: z.string(),
      currency: z.string(),
      weight: z.number(),
      /** How many times as wide as the model says it was made. */
      scale: z.optional(z.nullable(z.number())),
    }),
  ),
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
  staleness: Staleness,
  outcome: z.nullable(Outcome),
  odds: z.optional(
    z.nullable(z.object({ price: Decimal, probability_below: z.number(), probability_above: z.number() })),
  ),
});
export const Predictions = listOf(Prediction);

const Skill = z.object({
  baseline: z.string(),
  value: Ratio,
  /** Low and high of 90 %; null while too few weeks have matured. */
  interval: z.nullable(z.array(z.number())),
  is_demonstrated: z.boolean(),
});

const ScoreRow = z.object({
  horizon_days: z.number(),
  asset_class: z.nullable(z.string()),
  is_simulated: z.boolean(),
  matured: z.number(),
  unscorable: z.number(),
  subjects: z.number(),
  coverage_80: Ratio,
  /** Low and high of 90 %; null while too few weeks have matured. */
  coverage_80_interval: z.nullable(z.array(z.number())),
  coverage_95: Ratio,
  coverage_95_interval: z.nullable(z.array(z.number())),
  breaches_95: Ratio,
  breaches_99: Ratio,
  /** Loss of the variance forecast less that of EWMA; below zero is better. */
  qlike_minus_ewma: Ratio,
  /** Median over subjects, where the other is the mean: none decides it alone. */
  qlike_minus_ewma_median: Ratio,
  /** How unevenly outcomes lie in their forecasts; above .25 is an alarm, null before 250 have matured. */
  psi: Ratio,
  pit_tenths: z.array(z.number()),
  crps_skill: z.array(Skill),
});

/** Value, low and high of 90 %. */
const Estimate = z.array(z.number());

const WalkForwardRow = z.object({
  horizon_days: z.number(),
  forecasts: z.number(),
  crps_skill: Estimate,
  tail_skill: Estimate,
  crps_skill_over_garch_t: Estimate,
  coverage_80: z.number(),
  coverage_95: z.number(),
  qlike_minus_ewma: z.number(),
  /** Null where the card of the model has the mean alone. */
  qlike_minus_ewma_median: z.optional(z.nullable(z.number())),
});

export const Scoreboard = z.object({
  matured: z.number(),
  unscorable: z.number(),
  is_drifting: z.boolean(),
  scores: z.array(ScoreRow),
  walk_forward: z.object({
    model_id: z.string(),
    label: z.literal('walk-forward backtest'),
    rows: z.nullable(z.number()),
    baselines: z.array(z.string()),
    table: z.array(WalkForwardRow),
  }),
});

const LikelihoodRatio = z.nullable(z.object({ statistic: z.number(), p_value: z.number() }));

export const Risk = z.object({
  subject: Subject,
  horizon_days: z.number(),
  source: z.enum(['matured', 'replay', 'none']),
  periods: z.number(),
  is_sufficient: z.boolean(),
  shortage: z.nullable(z.string()),
  traffic_light: z.nullable(z.enum(['green', 'yellow', 'red'])),
  levels: z.array(
    z.object({
      confidence: z.number(),
      breaches: z.number(),
      expected: z.number(),
      kupiec: LikelihoodRatio,
      christoffersen: LikelihoodRatio,
      z2: Ratio,
      fz0: Ratio,
    }),
  ),
  points: z.array(z.object({ day: DayText, loss: z.number(), var_95: z.number(), var_99: z.number() })),
});

/** How the headlines about an asset read, day by day; null where there are none. */
export const Moods = z.object({
  asset_id: Id,
  half_life_days: z.number(),
  reach_days: z.number(),
  headlines: z.number(),
  unread: z.number(),
  days: z.array(
    z.object({
      day: DayText,
      headlines: z.number(),
      mean_logit_of_day: Ratio,
      counted: z.number(),
      mean_logit: Ratio,
      score: Ratio,
    }),
  ),
});

export const Models = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      family: z.enum(['price', 'risk', 'sentiment']),
      version: z.string(),
      sha256: z.string(),
      role: z.enum(['champion', 'challenger', 'previous', 'retired', 'fallback', 'refused']),
      is_shipped: z.boolean(),
      trained_until: z.nullable(DayText),
    }),
  ),
  events: z.array(
    z.object({
      family: z.string(),
      kind: z.string(),
      version: z.string(),
      detail: z.string(),
      happened_at: Instant,
    }),
  ),
  next_cursor: z.null(),
});

/** Written by whoever trained the model: what stands in it differs by family. */
export const ModelCard = z.object({ id: z.string(), card: z.record(z.string(), z.unknown()) });

export type Prediction = z.infer<typeof Prediction>;
export type Staleness = z.infer<typeof Staleness>;
export type Scoreboard = z.infer<typeof Scoreboard>;
export type ScoreRow = z.infer<typeof ScoreRow>;
export type WalkForwardRow = z.infer<typeof WalkForwardRow>;
export type Skill = z.infer<typeof Skill>;
export type Risk = z.infer<typeof Risk>;
export type Moods = z.infer<typeof Moods>;
export type Models = z.infer<typeof Models>;
