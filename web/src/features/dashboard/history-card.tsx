import type { Performance } from '@/api/parse/performance';
import { usePerformance } from '@/api/queries/performance';
import { add, type Dec, sign } from '@/lib/decimal';
import { oneOf } from '@/lib/storage';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { latePart } from '@/ui/late-part';
import { useSearchState } from '@/ui/search-state';
import { Segmented } from '@/ui/segmented';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';
import type { PartProps } from './part';

const CHART_PX = 270;
// The chart, its legend above and the table's line below.
const CARD_PX = CHART_PX + 58;
const LineChart = latePart(async () => (await import('@/charts/line')).LineChart, CARD_PX);
const SHOWN = ['value', 'return'] as const;

const SEARCH = { show: (value: unknown) => oneOf(SHOWN)(value) ?? 'value' };

interface HistoryCardProps extends Pick<PartProps, 'range'> {
  /** undefined: all of them together. */
  portfolioId: string | undefined;
}

export function HistoryCard({ portfolioId, range }: HistoryCardProps) {
  const { data, error, refetch } = usePerformance(portfolioId, range.from, range.to);
  const [{ show }, setSearch] = useSearchState(SEARCH);
  const choices = [
    { value: 'value' as const, label: t('byValue') },
    { value: 'return' as const, label: t('byReturn') },
  ];
  return (
    <Card
      className="h-full"
      title={t(show === 'value' ? 'history' : 'historyReturn')}
      action={
        <Segmented
          label={t('show')}
          choices={choices}
          value={show}
          onChange={(next) => setSearch({ show: next === 'value' ? undefined : next })}
        />
      }
    >
      {data ? (
        <Chart performance={data} show={show} rangeFrom={range.from} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={CARD_PX} />
      ) : (
        <Skeleton height={CARD_PX} />
      )}
    </Card>
  );
}

interface ChartProps {
  performance: Performance;
  show: 'value' | 'return';
  rangeFrom: string | undefined;
}

function Chart({ performance, show, rangeFrom }: ChartProps) {
  const { series, base_currency } = performance;
  if (show === 'return') {
    return (
      <LineChart
        label={t('historyReturn')}
        days={series.days}
        series={[{ id: 'twr', label: t('twr'), style: 'solid', values: series.twr }]}
        height={CHART_PX}
        rangeFrom={rangeFrom}
      />
    );
  }
  const isWhole = performance.start_value !== null && sign(performance.start_value) === 0;
  return (
    <LineChart
      label={t('history')}
      days={series.days}
      series={[
        { id: 'value', label: t('value'), style: 'solid', values: series.value },
        {
          id: 'paid',
          label: t(isWhole ? 'paidIn' : 'startPaidIn'),
          style: 'step',
          values: paidIn(performance),
        },
      ]}
      currency={base_currency}
      height={CHART_PX}
      rangeFrom={rangeFrom}
    />
  );
}

/** Value at the start and what came in since: the distance to the value is the gain. Unknown from the first unknown flow on. */
export function paidIn({ start_value, series }: Pick<Performance, 'start_value' | 'series'>): (Dec | null)[] {
  let total = start_value;
  return series.days.map((_, i) => {
    // What flowed on the first day is part of the value at its end.
    const flow = series.flow[i];
    if (i > 0) total = total === null || flow == null ? null : add(total, flow);
    return total;
  });
}
