// The odds of ending below a price, from the levels that were forecast, as the server works them out.

import type { GoalOdds } from '@/api/parse/advice';
import type { Prediction } from '@/api/parse/predictions';
import { toPosition } from '@/charts/scale';
import { percent } from '@/lib/format';

/** Beyond these probabilities nothing is claimed: there are no levels further out. */
const LEAST = 0.01;
const MOST = 0.99;
/** A plan that runs out of money ends at 0, which has no logarithm. */
const NOTHING = 1e-9;

/** A forecast as a curve: logarithms of the return, ascending, and the normal quantile of each level. */
export interface Curve {
  logs: readonly number[];
  scores: readonly number[];
}

export function curveOf({ return_quantiles }: Pick<Prediction, 'return_quantiles'>): Curve {
  const levels = Object.entries(return_quantiles)
    .map(([level, value]) => ({ level: Number(level), log: Math.log1p(value) }))
    .sort((a, b) => a.level - b.level);
  return { logs: levels.map(({ log }) => log), scores: levels.map(({ level }) => normalQuantile(level)) };
}

/**
 * What a goal may come to as a curve of changes from its amount. The odds of the amount itself were counted, not read
 * between levels: it is a point of the curve.
 */
export function goalCurve({ odds, goal }: Pick<GoalOdds, 'odds' | 'goal'>): Curve {
  const target = toPosition(goal.target_amount);
  const end = Object.entries(odds.yearly.at(-1)?.quantiles ?? {});
  const logs = end.map(([, amount]) => Math.log(Math.max(NOTHING, toPosition(amount) / target)));
  const levels = end.map(([level]) => Number(level));
  const below = 1 - odds.goal.probability;
  if (below > LEAST && below < MOST) {
    logs.push(0);
    levels.push(below);
  }
  // Amounts are kept in cents: sorted apart, what is rounded past its neighbour still ascends.
  const ascending = (one: number, other: number) => one - other;
  return { logs: logs.sort(ascending), scores: levels.sort(ascending).map(normalQuantile) };
}

/** The probability of a smaller return than `change` (a fraction), within the levels that were forecast. */
export function oddsBelow({ logs, scores }: Curve, change: number): number {
  if (change <= -1) return LEAST;
  const log = Math.log1p(change);
  const above = logs.findIndex((one) => one >= log);
  if (above === -1) return MOST;
  if (above === 0) return LEAST;
  const [from = 0, to = 0] = [logs[above - 1], logs[above]];
  const [low = 0, high = 0] = [scores[above - 1], scores[above]];
  return clamp(normal(low + ((log - from) / (to - from)) * (high - low)));
}

function clamp(probability: number): number {
  return Math.min(MOST, Math.max(LEAST, probability));
}

/** "23%"; at the ends of what was forecast "< 1%" and "> 99%", for more is not known. */
export function oddsText(probability: number): string {
  if (probability <= LEAST) return `< ${percent(LEAST, 0)}`;
  if (probability >= MOST) return `> ${percent(MOST, 0)}`;
  // What is within must not be rounded onto an end.
  return percent(probability, probability < 0.015 || probability > 0.985 ? 1 : 0);
}

/** The least and greatest change worth asking about: a little beyond the outermost levels. */
export function changeSpan({ logs }: Curve): [number, number] {
  const [low = 0, high = 0] = [logs[0], logs.at(-1)];
  const margin = Math.max(0.001, (high - low) * 0.08);
  return [Math.expm1(low - margin), Math.expm1(high + margin)];
}

/** Steps of a slider: round, some two hundred of them over the span. */
export function changeStep(low: number, high: number): number {
  const rough = (high - low) / 200;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10) * power;
}

/** The standard normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17). */
export function normal(score: number): number {
  const k = 1 / (1 + 0.2316419 * Math.abs(score));
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = terms.reduceRight((rest, term) => k * (term + rest), 0);
  const tail = (Math.exp((-score * score) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return score < 0 ? tail : 1 - tail;
}

/** Its inverse, by halving: a hundred levels once per forecast cost nothing. */
export function normalQuantile(probability: number): number {
  let [low, high] = [-8, 8];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (normal(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
