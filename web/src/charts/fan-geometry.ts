// Where a forecast stands on a screen: between the days it was made for, and as areas between two of its levels.

import type { Dec } from '@/lib/decimal';
import { type Point, type Scale, toPosition } from './scale';

/** A day that was forecast: the price below which the outcome stays with each probability. */
export interface FanDay {
  /** Days after the one it was forecast on. */
  days: number;
  quantiles: Readonly<Record<string, Dec>>;
}

export const BANDS = [
  { share: 0.95, low: '0.025', high: '0.975' },
  { share: 0.8, low: '0.1', high: '0.9' },
  { share: 0.5, low: '0.25', high: '0.75' },
] as const;
export const MEDIAN = '0.5';

/** A level at the days that were forecast, as logarithms of the last price's multiple; the first is today's 0. */
export type Node = readonly [days: number, log: number];

const LEAST = 1e-9;

// A plan that runs out of money ends at 0, which has no logarithm.
function logarithm(value: Dec): number {
  return Math.log(Math.max(LEAST, toPosition(value)));
}

/** The nodes of one level, ascending in days. */
export function nodesOf(level: string, last: Dec, ahead: readonly FanDay[]): Node[] {
  const start = logarithm(last);
  return [
    [0, 0],
    ...ahead.flatMap(({ days, quantiles }): Node[] => {
      const value = quantiles[level];
      return value === undefined ? [] : [[days, logarithm(value) - start]];
    }),
  ];
}

/**
 * The level between two days that were forecast. Variance grows with time, so what moves evenly is the logarithm over
 * the square root of the days; on the days themselves it is exactly what was forecast.
 */
export function between(nodes: readonly Node[], days: number): number {
  const at = nodes.findIndex(([day]) => day >= days);
  const [after, before] = [nodes[at], nodes[at - 1]];
  if (!after) return nodes.at(-1)?.[1] ?? 0;
  if (!before) return after[1];
  const share = (Math.sqrt(days) - Math.sqrt(before[0])) / (Math.sqrt(after[0]) - Math.sqrt(before[0]));
  return before[1] + share * (after[1] - before[1]);
}

const STEPS = 60;

/** Days to draw a curve through: denser at the start, where it bends, and on every day that was forecast. */
export function drawnDays(ahead: readonly FanDay[]): number[] {
  const last = ahead.at(-1)?.days ?? 0;
  const even = Array.from({ length: STEPS + 1 }, (_, step) => last * (step / STEPS) ** 2);
  return [...new Set([...even, ...ahead.map(({ days }) => days)])].sort((a, b) => a - b);
}

interface Scales {
  x: Scale;
  y: Scale;
}

/** A level as a line; `x` takes days ahead, `y` prices. */
export function levelLine(level: string, last: Dec, ahead: readonly FanDay[], { x, y }: Scales): Point[] {
  const nodes = nodesOf(level, last, ahead);
  const start = toPosition(last);
  return drawnDays(ahead).map((days) => [x(days), y(start * Math.exp(between(nodes, days)))]);
}

/** The closed area between two levels. */
export function bandPath(upper: readonly Point[], lower: readonly Point[]): string {
  const round = (position: number) => Math.round(position * 100) / 100;
  const around = [...upper, ...lower.toReversed()];
  return around.length < 3 ? '' : `M${around.map(([px, py]) => `${round(px)},${round(py ?? 0)}`).join('L')}Z`;
}
