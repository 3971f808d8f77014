import { dayReturnOf, hasDayChange, type Priced } from '@/api/parse/day-change';
import type { Holdings } from '@/api/parse/portfolios';
import { type Day, formatDay } from '@/lib/dates';
import { sign } from '@/lib/decimal';
import { Delta, Gain } from './delta';
import { t } from './messages';

/** Why a day has no change, where nothing held has a price of its own on it; undefined where something moved. */
export function closedReason({
  items,
  totals,
  as_of,
}: Pick<Holdings, 'items' | 'totals' | 'as_of'>): string | undefined {
  // Money in another currency moves without a price.
  if (totals.day_gain !== null && sign(totals.day_gain) !== 0) return;
  if (items.length === 0 || items.some((item) => hasDayChange(item, as_of))) return;
  const days = items.map(({ price_as_of }) => price_as_of ?? '').sort();
  return dayReason(days.at(-1) || null, as_of);
}

/** Why there is no change of a day, by the last day before it or on it that has a price. */
export function dayReason(last: Day | null, asOf: Day): string {
  return last === null || last >= asOf ? t('dayUnpriced') : t('dayClosed', { day: formatDay(last) });
}

interface DayChangeProps {
  item: Priced;
  asOf: Day;
}

export function DayDelta({ item, asOf }: DayChangeProps) {
  return <Delta value={dayReturnOf(item, asOf)} reason={dayReason(item.price_as_of, asOf)} />;
}

export function DayGain({ item, asOf, currency }: DayChangeProps & { currency: string }) {
  const gain = hasDayChange(item, asOf) ? item.day_gain : null;
  return <Gain value={gain} currency={currency} reason={dayReason(item.price_as_of, asOf)} />;
}
