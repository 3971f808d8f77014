import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { awaiting } from './awaiting';

const interval = awaiting<string[]>((waiting) => waiting, {
  every: 2_000,
  most: 60_000,
  rest: 300_000,
});
const query = (data?: string[]) => ({ state: { data } });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('asks soon while something is awaited, and at rest otherwise', () => {
  expect(interval(query())).toBe(300_000);
  expect(interval(query([]))).toBe(300_000);
  expect(interval(query(['a']))).toBe(2_000);
});

it('gives up after a while, however often it was asked before, and starts anew for something else', () => {
  const one = query(['a']);
  for (let asked = 0; asked < 100; asked++) expect(interval(one)).toBe(2_000);
  vi.advanceTimersByTime(59_999);
  expect(interval(one)).toBe(2_000);
  vi.advanceTimersByTime(1);
  expect(interval(one)).toBe(300_000);
  one.state.data = ['b'];
  expect(interval(one)).toBe(2_000);
  one.state.data = [];
  expect(interval(one)).toBe(300_000);
  one.state.data = ['b'];
  expect(interval(one)).toBe(2_000);
});

it('waits for each query by itself', () => {
  const [one, other] = [query(['a']), query(['a'])];
  interval(one);
  vi.advanceTimersByTime(60_000);
  expect([interval(one), interval(other)]).toEqual([300_000, 2_000]);
});
