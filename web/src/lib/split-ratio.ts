// "4 for 1" as the ledger keeps it: one decimal, units after for one before.

import { type Dec, dec, divide, multiply } from './decimal';

/** What the ledger keeps of a number, and what it keeps of a division that does not end. */
const [PLACES_KEPT, PLACES_DIVIDED] = [36, 18];
/** Companies say "1281 for 1000"; what takes larger numbers was said as a decimal. */
const BEFORE_MAX = 1000n;
const ONE = dec('1');

export interface SplitRatio {
  value: Dec;
  /** The decimal ends; else it is rounded as the ledger rounds divisions. */
  isExact: boolean;
}

/** after ÷ before; undefined where before is 0. */
export function splitRatio(after: Dec, before: Dec): SplitRatio | undefined {
  const kept = divide(after, before, PLACES_KEPT);
  const rounded = divide(after, before, PLACES_DIVIDED);
  if (kept === undefined || rounded === undefined) return;
  const isExact = multiply(kept, before) === multiply(after, ONE);
  return { value: isExact ? kept : rounded, isExact };
}

/** The two plain numbers that give the ratio, as a company would say it; else the ratio for 1. */
export function splitParts(ratio: Dec): { after: Dec; before: Dec } {
  for (let before = 1n; before <= BEFORE_MAX; before++) {
    const after = divide(multiply(ratio, dec(before)), ONE, 0);
    if (after && splitRatio(after, dec(before))?.value === ratio) return { after, before: dec(before) };
  }
  return { after: ratio, before: ONE };
}
