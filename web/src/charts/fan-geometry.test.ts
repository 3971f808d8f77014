import { expect, it } from 'vitest';
import { dec } from '@/lib/decimal';
import { bandPath, between, drawnDays, type FanDay, levelLine, nodesOf } from './fan-geometry';
import { linear } from './scale';

const ahead: FanDay[] = [
  { days: 1, quantiles: { '0.025': dec('98'), '0.5': dec('100'), '0.975': dec('102') } },
  { days: 30, quantiles: { '0.025': dec('90'), '0.5': dec('101'), '0.975': dec('112') } },
];
const last = dec('100');
const plain = { x: linear([0, 1], [0, 1]), y: linear([0, 1], [0, 1]) };

it('is what was forecast on the days that were', () => {
  const nodes = nodesOf('0.025', last, ahead);
  expect(100 * Math.exp(between(nodes, 0))).toBeCloseTo(100, 9);
  expect(100 * Math.exp(between(nodes, 1))).toBeCloseTo(98, 9);
  expect(100 * Math.exp(between(nodes, 30))).toBeCloseTo(90, 9);
});

it('widens by the square root of time between them', () => {
  const nodes = nodesOf('0.975', last, [{ days: 36, quantiles: { '0.975': dec('150') } }]);
  expect(between(nodes, 9)).toBeCloseTo(Math.log(1.5) / 2, 9);
  expect(between(nodes, 36)).toBeCloseTo(Math.log(1.5), 9);
});

it('leaves out a day that does not have the level', () => {
  const nodes = nodesOf('0.1', last, [
    { days: 1, quantiles: {} },
    { days: 7, quantiles: { '0.1': dec('95') } },
  ]);
  expect(nodes.map(([days]) => days)).toEqual([0, 7]);
});

it('draws through every day that was forecast, from the last price on', () => {
  const days = drawnDays(ahead);
  expect(days[0]).toBe(0);
  expect(days).toContain(1);
  expect(days.at(-1)).toBe(30);
  expect(days).toEqual([...days].sort((a, b) => a - b));
  const line = levelLine('0.5', last, ahead, plain);
  expect(line[0]).toEqual([0, 100]);
  expect(line.at(-1)?.[1]).toBeCloseTo(101, 9);
});

it('keeps the order of the levels on the way', () => {
  const [low, middle, high] = ['0.025', '0.5', '0.975'].map((level) => levelLine(level, last, ahead, plain));
  for (const i of drawnDays(ahead).keys()) {
    expect(low?.[i]?.[1]).toBeLessThanOrEqual(middle?.[i]?.[1] as number);
    expect(middle?.[i]?.[1]).toBeLessThanOrEqual(high?.[i]?.[1] as number);
  }
});

it('closes a band around its two levels, and draws none of nothing', () => {
  expect(
    bandPath(
      [
        [0, 1],
        [2, 0],
      ],
      [
        [0, 1],
        [2, 3],
      ],
    ),
  ).toBe('M0,1L2,0L2,3L0,1Z');
  expect(bandPath([], [])).toBe('');
});
