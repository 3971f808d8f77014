import { hasDayChange, type Priced } from '@/api/parse/day-change';
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
  return reasonOf(
    items
      .map(({ price_as_of }) => price_as_of ?? '')
      .sort()
      .at(-1) || null,
  );
}

function reasonOf(last: Day | null): string {
  return last === null ? t('dayUnpriced') : t('dayClosed', { day: formatDay(last) });
}

interface DayChangeProps {
  item: Priced;
  asOf: Day;
}

export function DayDelta({ item, asOf }: DayChangeProps) {
  const isOpen = hasDayChange(item, asOf);
  return (
    <Delta
      value={isOpen ? item.day_return : null}
      reason={isOpen ? t('dayUnpriced') : reasonOf(item.price_as_of)}
    />
  );
}

export function DayGain({ item, asOf, currency }: DayChangeProps & { currency: string }) {
  const isOpen = hasDayChange(item, asOf);
  return (
    <Gain
      value={isOpen ? item.day_gain : null}
      currency={currency}
      reason={isOpen ? t('dayUnpriced') : reasonOf(item.price_as_of)}
    />
  );
}
