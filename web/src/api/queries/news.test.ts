import { expect, it } from 'vitest';
import { newsQuery } from './news';

const HOUR_MS = 3_600_000;

/** Milliseconds until the list is asked for again, of a headline that came so long ago. */
function pace(ago: number) {
  const item = { sentiment: null, language: null, fetched_at: new Date(Date.now() - ago).toISOString() };
  const { refetchInterval } = newsQuery({});
  if (typeof refetchInterval !== 'function') throw new Error('it depends on what came');
  return refetchInterval({ state: { data: { pages: [{ items: [item] }] } } } as never);
}

it('looks again soon for how a headline reads that just came, whatever the clock here says', () => {
  expect(pace(0)).toBe(2_000);
  expect(pace(-60_000)).toBe(2_000);
  expect(pace(HOUR_MS)).toBe(300_000);
  expect(pace(-HOUR_MS)).toBe(300_000);
});
