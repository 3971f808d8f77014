// Rates and shares are typed per cent and sent as fractions; neither is money.

import { toPosition } from '@/charts/scale';
import { type Dec, dec, ZERO } from '@/lib/decimal';

const PLACES = 1e8;

/** Per cent as a fraction; nothing is 0. */
export function share(value: Dec | undefined): number {
  return Math.round((toPosition(value ?? ZERO) / 100) * PLACES) / PLACES;
}

/** A fraction per cent, without the digits that binary fractions add. */
export function perCent(fraction: number): Dec {
  return dec(String(Math.round(fraction * 1e6) / 1e4));
}
