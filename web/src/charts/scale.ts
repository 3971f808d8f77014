// The one place where money becomes a float: a position on a screen needs no cents.
// Lines and scales are ours: d3's bring colours, time formats and curves that no chart here has, 13 kB on the first route.

import type { Dec } from '@/lib/decimal';

/** For drawing only; never shown, never sent. */
export function toPosition(value: Dec): number {
  return Number(value);
}

export type Scale = (value: number) => number;

/** Maps `domain` onto `range`; an empty domain stands in the middle. */
export function linear([d0, d1]: readonly [number, number], [r0, r1]: readonly [number, number]): Scale {
  if (d1 === d0) return () => (r0 + r1) / 2;
  return (value) => r0 + ((value - d0) / (d1 - d0)) * (r1 - r0);
}

export interface Axis {
  domain: readonly [number, number];
  ticks: number[];
}

/** A domain widened to round numbers (1, 2 or 5 times a power of ten apart), about `count` of them. */
export function niceAxis(low: number, high: number, count: number): Axis {
  // A flat line stands in the middle instead of on the frame.
  if (low === high)
    return niceAxis(low - (Math.abs(low) || 1) * 0.05, high + (Math.abs(high) || 1) * 0.05, count);
  const step = niceStep((high - low) / count);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const at = (index: number) => Math.round(index * step * 10 ** decimals) / 10 ** decimals;
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => at(first + i));
  return { domain: [at(first), at(last)], ticks };
}

/** Decimals that keep the labels of ticks apart, where one of the label's units is worth `unit`. */
export function labelDigits(ticks: readonly number[], unit: number): number {
  const step = Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0));
  return step === 0 ? 0 : Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
}

/** What one of a compact number is worth beside the largest tick: 1, a thousand, a million. */
export function compactUnit(ticks: readonly number[]): number {
  const largest = Math.max(...ticks.map(Math.abs));
  return largest < 1000 ? 1 : 1000 ** Math.floor(Math.log10(largest) / 3 + 1e-9);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10;
  return factor * power;
}

export type Point = readonly [x: number, y: number | null];

/** SVG path through the points; a null starts the line anew instead of falling to zero. */
export function linePath(points: readonly Point[]): string {
  let isPen = false;
  let path = '';
  for (const [x, y] of points) {
    if (y !== null) path += `${isPen ? 'L' : 'M'}${round(x)},${round(y)}`;
    isPen = y !== null;
  }
  return path;
}

/** The area between the points and `base`, in as many pieces as the line has. */
export function areaPath(points: readonly Point[], base: number): string {
  const foot = round(base);
  return runs(points)
    .map(
      (run) => `${linePath(run)}L${round(run.at(-1)?.[0] ?? 0)},${foot}L${round(run[0]?.[0] ?? 0)},${foot}Z`,
    )
    .join('');
}

function runs(points: readonly Point[]): Point[][] {
  const found: Point[][] = [];
  let current: Point[] | undefined;
  for (const point of points) {
    if (point[1] === null) {
      current = undefined;
    } else if (current) {
      current.push(point);
    } else {
      current = [point];
      found.push(current);
    }
  }
  return found;
}

/** A piece of a ring around the origin; angles in turns, clockwise from the top. */
export function ringPath(from: number, to: number, inner: number, outer: number): string {
  // A whole turn in one arc is nothing to SVG.
  const end = Math.min(to, from + 0.9999);
  const large = end - from > 0.5 ? 1 : 0;
  const at = (turn: number, radius: number) =>
    `${round(Math.sin(turn * 2 * Math.PI) * radius)},${round(-Math.cos(turn * 2 * Math.PI) * radius)}`;
  const there = `M${at(from, outer)}A${outer},${outer} 0 ${large} 1 ${at(end, outer)}`;
  return `${there}L${at(end, inner)}A${inner},${inner} 0 ${large} 0 ${at(from, inner)}Z`;
}

function round(position: number): number {
  return Math.round(position * 100) / 100;
}
