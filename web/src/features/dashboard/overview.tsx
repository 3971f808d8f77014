import { useQuery } from '@tanstack/react-query';
import type { Portfolio } from '@/api/parse/portfolios';
import { holdingsQuery } from '@/api/queries/portfolios';
import { formatDay, todayIn } from '@/lib/dates';
import { SimulatedBadge } from '@/ui/badge';
import { PageHeader } from '@/ui/card';
import { Icon } from '@/ui/icon';
import { latePart } from '@/ui/late-part';
import { RangePicker } from '@/ui/range-picker';
import { useRange } from '@/ui/range-state';
import { Skeleton } from '@/ui/skeleton';
import { AllocationCard } from './allocation-card';
import { HistoryCard } from './history-card';
import { t } from './messages';
import { countNotices, NOTICES_ID } from './notices';
import type { PartProps } from './part';
import { Stats } from './stats';

const LISTS_PX = 490;
const Lists = latePart(async () => (await import('./lists')).Lists, LISTS_PX);

/** One range rules every figure: gains are of it, balances and moves of its last day. */
export function Overview({ portfolio }: { portfolio: Portfolio }) {
  const range = useRange(portfolio.time_zone);
  const part = { portfolio, range };
  return (
    <>
      <PageHeader title={t('title')} note={<Note {...part} />}>
        <RangePicker value={range.range} onChange={range.choose} max={todayIn(portfolio.time_zone)} />
      </PageHeader>
      <div className="flex flex-col gap-4">
        <Stats {...part} />
        <div className="grid gap-4 lg:grid-cols-[minmax(0,9fr)_minmax(0,5fr)]">
          <HistoryCard portfolioId={portfolio.id} range={range} />
          <AllocationCard {...part} />
        </div>
        <Lists {...part} />
      </div>
    </>
  );
}

/** One line whatever it says, so that nothing below it moves. */
function Note({ portfolio, range }: PartProps) {
  const { data } = useQuery(holdingsQuery(portfolio.id, range.to));
  const count = data ? countNotices(data) : 0;
  const show = () => {
    const card = document.getElementById(NOTICES_ID);
    card?.scrollIntoView({ behavior: 'smooth', block: 'center' });
    card?.focus({ preventScroll: true });
  };
  return (
    <span className="flex h-6 items-center gap-2 whitespace-nowrap">
      {data && t('asOf', { day: formatDay(data.as_of) })}
      {portfolio.is_demo && (
        // On a phone there is no room beside the range, and the banner above says it.
        <span className="max-sm:hidden">
          <SimulatedBadge />
        </span>
      )}
      {count > 0 && (
        <button
          type="button"
          onClick={show}
          className="-my-1 inline-flex min-h-8 items-center gap-1 text-loss underline-offset-2 hover:underline"
        >
          <Icon name="warning" size={16} />
          {t('notices', { count })}
        </button>
      )}
    </span>
  );
}

/** While it is not yet known which portfolio there is. */
export function OverviewSkeleton() {
  return (
    <>
      <PageHeader title={t('title')} note={<span className="block h-6" />} />
      <div className="flex flex-col gap-4">
        <Skeleton height={96} />
        <Skeleton height={400} />
      </div>
    </>
  );
}
