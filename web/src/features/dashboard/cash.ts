import type { Holdings } from '@/api/parse/portfolios';
import { daysBetween } from '@/lib/dates';
import { add, compare, type Dec, ZERO } from '@/lib/decimal';

// The server warns of rates older than this.
const RATE_DAYS_MAX = 5;

export interface Money {
  currency: string;
  amount: Dec;
  /** In base currency; null where a rate is missing. */
  value: Dec | null;
  accounts: string[];
  rateAsOf: string | null;
  isStale: boolean;
}

/** Money by currency over all accounts, the largest value first, what has none last. */
export function moneyByCurrency({ cash, as_of }: Pick<Holdings, 'cash' | 'as_of'>): Money[] {
  const found = new Map<string, Money>();
  for (const { currency, amount, value, account, rate_as_of: rateAsOf } of cash) {
    const before = found.get(currency);
    found.set(currency, {
      currency,
      amount: add(before?.amount ?? ZERO, amount),
      value: before?.value === null || value === null ? null : add(before?.value ?? ZERO, value),
      accounts: [...(before?.accounts ?? []), account],
      rateAsOf,
      isStale: rateAsOf !== null && daysBetween(rateAsOf, as_of) > RATE_DAYS_MAX,
    });
  }
  return [...found.values()].sort(byValue);
}

function byValue(a: Money, b: Money): number {
  if (a.value === null) return b.value === null ? 0 : 1;
  return b.value === null ? -1 : compare(b.value, a.value);
}
