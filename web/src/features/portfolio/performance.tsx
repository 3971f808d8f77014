import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Performance } from '@/api/parse/performance';
import { usePerformance } from '@/api/queries/performance';
import { portfolioQuery } from '@/api/queries/portfolios';
import { LineChart } from '@/charts/line';
import { formatDay } from '@/lib/dates';
import { change, percent } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Card } from '@/ui/card';
import { Delta, Gain } from '@/ui/delta';
import { ErrorState } from '@/ui/error-state';
import { FigureLabel } from '@/ui/figure';
import { type FigureName, reasonText } from '@/ui/figure-words';
import { RangePicker } from '@/ui/range-picker';
import { useRange } from '@/ui/range-state';
import { Skeleton } from '@/ui/skeleton';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';

const CHART_PX = 240;
// Chart, legend and the table's line; figures in three columns of five.
const BODY_PX = CHART_PX + 58 + 24 + 5 * 48;

/** Gain and returns of a range, each with what it means and, where it is not known, why. */
export function PerformanceTab({ portfolioId }: { portfolioId: string }) {
  const { data: tagged } = useQuery(portfolioQuery(portfolioId));
  const { range, choose, from, to } = useRange(tagged?.value.time_zone ?? 'UTC');
  const { data, error, refetch } = usePerformance(portfolioId, from, to);
  return (
    <Card
      title={t('performance')}
      action={
        <div className="flex items-center gap-2">
          <RangePicker value={range} onChange={choose} />
        </div>
      }
    >
      <p className="mb-1 h-5 text-muted text-xs">{data && <Period performance={data} />}</p>
      {data ? (
        <>
          <Figures performance={data} />
          <LineChart
            label={t('twrChart')}
            days={data.series.days}
            series={[{ id: 'twr', label: t('twrChart'), style: 'solid', values: data.series.twr }]}
            height={CHART_PX}
            rangeFrom={from}
          />
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={BODY_PX} />
      ) : (
        <Skeleton height={BODY_PX} />
      )}
    </Card>
  );
}

function Period({ performance: { from, to } }: { performance: Performance }) {
  return t('fromTo', { from: formatDay(from), to: formatDay(to) });
}

function Figures({ performance }: { performance: Performance }) {
  const { base_currency: currency, reasons } = performance;
  const why = (name: string) => reasonText(reasons[name] ?? 'missing_rate');
  const amount = (name: 'start_value' | 'end_value' | 'net_flow' | 'fees' | 'taxes') => (
    <Amount value={performance[name]} currency={currency} reason={why(name)} signed={name === 'net_flow'} />
  );
  const gain = (name: 'simple_gain' | 'realised_gain' | 'unrealised_gain' | 'income') => (
    <Gain value={performance[name]} currency={currency} reason={why(name)} />
  );
  const level = (name: 'volatility' | 'drawdown_max') => {
    const value = performance[name];
    return value === null ? <Unknown reason={why(name)} /> : percent(value, 2);
  };
  return (
    <dl className="mb-4 grid gap-x-8 md:grid-cols-2 xl:grid-cols-3">
      <Figure name="twr" note={<Yearly rate={performance.twr_annualised} reason={reasons.twr_annualised} />}>
        <Delta value={performance.twr} reason={why('twr')} />
      </Figure>
      <Figure
        name="mwr"
        note={<Yearly rate={performance.mwr} reason={reasons.twr_annualised ?? reasons.mwr} />}
      >
        <Delta value={performance.mwr_period} reason={why('mwr_period')} />
      </Figure>
      <Figure name="gain" note={<Delta value={performance.simple_return} reason={why('simple_return')} />}>
        {gain('simple_gain')}
      </Figure>
      <Figure name="start_value">{amount('start_value')}</Figure>
      <Figure name="net_flow">{amount('net_flow')}</Figure>
      <Figure name="end_value">{amount('end_value')}</Figure>
      <Figure name="volatility">{level('volatility')}</Figure>
      <Figure name="drawdown_max">{level('drawdown_max')}</Figure>
      <Figure name="unrealised_gain">{gain('unrealised_gain')}</Figure>
      <Figure name="realised_gain">{gain('realised_gain')}</Figure>
      <Figure name="income">{gain('income')}</Figure>
      <Figure name="fees">{amount('fees')}</Figure>
      <Figure name="taxes">{amount('taxes')}</Figure>
    </dl>
  );
}

/** A year's rate, or why there is none. */
function Yearly({ rate, reason }: { rate: number | null; reason: string | undefined }) {
  return rate === null || reason !== undefined ? reasonText(reason) : t('aYear', { rate: change(rate) });
}

interface FigureProps {
  name: FigureName;
  note?: ReactNode;
  children: ReactNode;
}

function Figure({ name, note, children }: FigureProps) {
  return (
    <div className="flex min-h-12 items-center justify-between gap-4 border-line border-b py-1">
      <dt className="text-sm">
        <FigureLabel name={name} />
      </dt>
      <dd className="text-end font-medium">
        {children}
        {note !== undefined && <span className="block font-normal text-muted text-xs">{note}</span>}
      </dd>
    </div>
  );
}
