import * as z from 'zod/mini';
import { Staleness } from './predictions';
import { DayText, Decimal, Id, Instant, listOf } from './scalars';

const Limits = z.object({
  drawdown: z.number(),
  crypto: z.number(),
  one_asset: z.number(),
  cash_months: z.number(),
});

export const Questionnaire = z.object({
  questions: z.array(
    z.object({
      code: z.string(),
      scale: z.enum(['tolerance', 'capacity']),
      text: z.string(),
      answers: z.array(z.string()),
      is_deciding: z.boolean(),
    }),
  ),
  /** By profile, "1" to "5". */
  limits: z.record(z.string(), Limits),
  cash_rate: z.number(),
  cash_source: z.string(),
  inflation_rate: z.number(),
  inflation_source: z.string(),
  premia: z.array(z.object({ asset_class: z.string(), premium: z.number(), source: z.string() })),
  disclaimer: z.string(),
});

const Profile = z.object({ tolerance: z.number(), capacity: z.number(), level: z.number() });
const Premia = z.object({
  cash_rate: z.optional(z.nullable(z.number())),
  by_class: z.optional(z.record(z.string(), z.number())),
  by_asset: z.optional(z.record(z.string(), z.number())),
});

export const RiskProfile = z.object({
  portfolio_id: Id,
  is_answered: z.boolean(),
  /** 1 to 5 by the question's code. */
  answers: z.nullable(z.record(z.string(), z.number())),
  monthly_spending: z.nullable(Decimal),
  cash_elsewhere: z.nullable(Decimal),
  premia: z.nullable(Premia),
  profile: z.nullable(Profile),
  limits: z.nullable(Limits),
  changed_at: z.nullable(Instant),
});

export const Goal = z.object({
  id: Id,
  portfolio_id: Id,
  name: z.string(),
  target_amount: Decimal,
  target_on: DayText,
  monthly_contribution: Decimal,
  fee_rate: z.number(),
  inflation_rate: z.number(),
  created_at: Instant,
});
export const Goals = z.object({ items: z.array(Goal), next_cursor: z.optional(z.null()) });

const Probability = z.object({ probability: z.number(), error: z.number() });
const Outcomes = z.record(z.string(), Decimal);

const odds = {
  weights: z.array(
    z.object({
      asset_id: z.nullable(Id),
      label: z.string(),
      asset_class: z.string(),
      weight: z.number(),
      amount: Decimal,
    }),
  ),
  goal: Probability,
  drawdown_95: z.number(),
  drawdowns: z.array(z.extend(Probability, { depth: z.number() })),
  expected_shortfall_95: z.number(),
  expected_return: z.number(),
  volatility: z.number(),
  /** At 0.1, 0.5 and 0.9, in today's money. */
  outcomes: Outcomes,
  yearly: z.array(z.object({ on: DayText, quantiles: Outcomes })),
};
const PortfolioOdds = z.object(odds);
const METHODS = [
  'least_variance',
  'frontier',
  'most_return',
  'least_cvar',
  'risk_parity',
  'hrp',
  'current',
] as const;
const Option = z.object({
  ...odds,
  method: z.enum(METHODS),
  keeps_limits: z.boolean(),
  turnover: z.optional(z.nullable(z.number())),
  tracking_error: z.optional(z.nullable(z.number())),
});
const ByConfidence = z.record(z.string(), z.number());
const Side = z.object({ ...odds, var: ByConfidence, es: ByConfidence });

const GoalTerms = z.object({
  name: z.string(),
  target_amount: Decimal,
  target_on: DayText,
  months: z.number(),
  monthly_contribution: Decimal,
  fee_rate: z.number(),
  inflation_rate: z.number(),
});

const scene = {
  disclaimer: z.string(),
  portfolio_id: Id,
  as_of: DayText,
  base_currency: z.string(),
  value: Decimal,
  is_simulated: z.boolean(),
  untouched: z.number(),
  paths: z.number(),
  seed: z.number(),
  premia: z.object({
    cash_rate: z.number(),
    assets: z.array(
      z.object({
        asset_id: z.nullable(Id),
        label: z.string(),
        asset_class: z.string(),
        expected_return: z.number(),
        source: z.string(),
      }),
    ),
  }),
  model: z.object({ id: z.string(), sha256: z.string() }),
  data_sha256: z.string(),
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
  goal: GoalTerms,
};

const PremiaMoved = z.array(
  z.object({
    premium_change: z.number(),
    goal: Probability,
    drawdown_95: z.number(),
    outcomes: Outcomes,
  }),
);

export const GoalOdds = z.object({ ...scene, odds: PortfolioOdds, premia_moved: PremiaMoved });

/** The odds of a goal as they were worked out; no outcome can judge them. */
export const GoalPrediction = z.object({
  id: Id,
  subject: z.object({ kind: z.literal('goal'), id: Id }),
  created_at: Instant,
  as_of: DayText,
  matures_on: DayText,
  is_scored: z.literal(false),
  not_scored_because: z.string(),
  staleness: Staleness,
  odds: GoalOdds,
});
export const GoalPredictions = listOf(GoalPrediction);
export const WhatIf = z.object({ ...scene, horizon_days: z.number(), before: Side, after: Side });

export const Advice = z.object({
  ...scene,
  id: Id,
  created_at: Instant,
  answers: z.record(z.string(), z.number()),
  profile: Profile,
  limits: z.extend(Limits, {
    cash_amount: Decimal,
    own: z.array(z.enum(['drawdown', 'crypto', 'one_asset', 'cash_months'])),
  }),
  trace: z.array(
    z.object({
      code: z.string(),
      scale: z.enum(['tolerance', 'capacity']),
      is_deciding: z.boolean(),
      answer: z.number(),
      counted: z.number(),
      changes: z.array(
        z.object({
          answer: z.number(),
          tolerance: z.number(),
          capacity: z.number(),
          level: z.number(),
          /** By name of the limit: from and to. */
          limits: z.record(z.string(), z.array(z.number())),
        }),
      ),
    }),
  ),
  recommended: Option,
  alternatives: z.array(Option),
  current: Option,
  binding: z.array(
    z.object({
      limit: z.enum([
        'drawdown',
        'crypto',
        'one_asset',
        'cash',
        'least',
        'most',
        'turnover',
        'tracking_error',
      ]),
      bound: z.number(),
      assets: z.array(z.string()),
    }),
  ),
  premia_moved: PremiaMoved,
  orders: z.array(
    z.object({
      side: z.enum(['buy', 'sell']),
      asset_id: z.nullable(Id),
      label: z.string(),
      amount: Decimal,
      quantity_about: Decimal,
      weight_before: z.number(),
      weight_after: z.number(),
      reasons: z.array(z.object({ code: z.string(), detail: z.string() })),
    }),
  ),
});

export const AdviceList = listOf(
  z.object({
    id: Id,
    portfolio_id: Id,
    created_at: Instant,
    as_of: DayText,
    level: z.number(),
    goal: GoalTerms,
    probability: Probability,
  }),
);

export type Questionnaire = z.infer<typeof Questionnaire>;
export type RiskProfile = z.infer<typeof RiskProfile>;
export type Goal = z.infer<typeof Goal>;
export type GoalPrediction = z.infer<typeof GoalPrediction>;
export type GoalOdds = z.infer<typeof GoalOdds>;
export type Advice = z.infer<typeof Advice>;
export type Option = z.infer<typeof Option>;
export type WhatIf = z.infer<typeof WhatIf>;
