// The one place where money becomes a float: a position on a screen needs no cents.

import type { Dec } from '@/lib/decimal';

/** For drawing only; never shown, never sent. */
export function toPosition(value: Dec): number {
  return Number(value);
}
