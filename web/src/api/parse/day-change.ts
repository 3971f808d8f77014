import type { Day } from '@/lib/dates';
import { sign } from '@/lib/decimal';
import type { Holding } from './portfolios';

export type Priced = Pick<Holding, 'price_as_of' | 'day_gain' | 'day_return'>;

/**
 * Whether a day says anything about the price of a holding. On a Saturday the price of Friday is carried over: that is
 * no change of 0.00 %. Where its currency moved, there is a change all the same.
 */
export function hasDayChange({ price_as_of, day_gain }: Priced, asOf: Day): boolean {
  if (price_as_of !== null && price_as_of >= asOf) return true;
  return day_gain !== null && sign(day_gain) !== 0;
}

/** The change of a day, unknown where the day says nothing about the price. */
export function dayReturnOf(item: Priced, asOf: Day): number | null {
  return hasDayChange(item, asOf) ? item.day_return : null;
}
