import { beforeEach, expect, it } from 'vitest';
import { setPreference } from '@/lib/preferences';
import { changeSpan, changeStep, curveOf, normal, normalQuantile, oddsBelow, oddsText } from './odds';

beforeEach(() => setPreference('locale', 'en-US'));

// exp(0.1 z) − 1 at its levels: a lognormal whose odds are known everywhere.
const LEVELS = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
const lognormal = curveOf({
  return_quantiles: Object.fromEntries(
    [...LEVELS, 0.025, 0.975].map((level) => [String(level), Math.expm1(0.1 * normalQuantile(level))]),
  ),
});

it('knows the normal distribution', () => {
  expect(normal(0)).toBeCloseTo(0.5, 7);
  expect(normal(-1.959964)).toBeCloseTo(0.025, 6);
  expect(normalQuantile(0.99)).toBeCloseTo(2.326348, 5);
});

it('gives each level its own odds, whatever order they came in', () => {
  for (const level of [0.01, 0.025, 0.1, 0.5, 0.975]) {
    const change = Math.expm1(0.1 * normalQuantile(level));
    expect(oddsBelow(lognormal, change)).toBeCloseTo(level, 6);
  }
});

it('is true between the levels of a lognormal', () => {
  for (const score of [-2.1, -0.333, 0.017, 1.234, 2.2])
    expect(oddsBelow(lognormal, Math.expm1(0.1 * score))).toBeCloseTo(normal(score), 5);
});

it('never falls where the price rises, and claims nothing beyond the levels', () => {
  const [low, high] = changeSpan(lognormal);
  let before = 0;
  for (let change = low; change <= high; change += (high - low) / 500) {
    const odds = oddsBelow(lognormal, change);
    expect(odds).toBeGreaterThanOrEqual(before);
    before = odds;
  }
  expect([oddsBelow(lognormal, low), oddsBelow(lognormal, -1), oddsBelow(lognormal, -5)]).toEqual([
    0.01, 0.01, 0.01,
  ]);
  expect([oddsBelow(lognormal, high), oddsBelow(lognormal, 9)]).toEqual([0.99, 0.99]);
});

it('has no place of its own for prices that never moved', () => {
  const flat = curveOf({ return_quantiles: { '0.01': 0, '0.5': 0, '0.99': 0 } });
  expect(oddsBelow(flat, -0.001)).toBe(0.01);
  expect(oddsBelow(flat, 0.001)).toBe(0.99);
  expect(oddsBelow(flat, 0)).toBe(0.01);
});

it('says that it does not know more at the ends', () => {
  expect([0.01, 0.0101, 0.2349, 0.5, 0.9899, 0.99].map(oddsText)).toEqual([
    '< 1%',
    '1.0%',
    '23%',
    '50%',
    '99.0%',
    '> 99%',
  ]);
});

it('steps by round changes', () => {
  expect(changeStep(-0.2, 0.2)).toBeCloseTo(0.002, 9);
  expect(changeStep(-0.013, 0.012)).toBeCloseTo(0.0002, 9);
});
