import type { Holdings } from '@/api/parse/portfolios';
import { type Dec, sum } from '@/lib/decimal';

export interface PartialValue {
  /** The whole value, or what of it is known. */
  value: Dec;
  /** What the value leaves out, because a rate or a price is missing. */
  without: string[];
  /** What has no price and is counted at its cost. */
  atCost: string[];
}

/** A value that is incomplete is better than none, as long as it says what is not in it. */
export function partialValue({
  items,
  cash,
  totals,
}: Pick<Holdings, 'items' | 'cash' | 'totals'>): PartialValue {
  const parts = [
    ...items.map(({ symbol, market_value }) => ({ name: symbol, value: market_value })),
    ...cash.map(({ currency, value }) => ({ name: currency, value })),
  ];
  const known = parts.flatMap(({ value }) => (value === null ? [] : [value]));
  return {
    value: totals.market_value ?? sum(known),
    without: [...new Set(parts.filter(({ value }) => value === null).map(({ name }) => name))],
    atCost: items.filter(({ is_at_cost }) => is_at_cost).map(({ symbol }) => symbol),
  };
}

/** Assets whose latest price is old; those without any are another matter. */
export function staleOf({ items }: Pick<Holdings, 'items'>): Holdings['items'] {
  return items.filter(
    ({ is_stale, is_at_cost, price_as_of }) => is_stale && !is_at_cost && price_as_of !== null,
  );
}
