import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ALL, type Asked } from '@/api/parse/explanations';
import type { Benchmark, Performance } from '@/api/parse/performance';
import { usePerformance } from '@/api/queries/performance';
import { portfolioQuery } from '@/api/queries/portfolios';
import { LineChart, type Series } from '@/charts/line';
import { formatDay } from '@/lib/dates';
import { change, percent } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Card } from '@/ui/card';
import { Delta, Gain } from '@/ui/delta';
import { ErrorState } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
import { FigureLabel } from '@/ui/figure';
import { reasonText } from '@/ui/figure-words';
import { RangePicker } from '@/ui/range-picker';
import { useRange } from '@/ui/range-state';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { Unknown } from '@/ui/unknown';
import { type FigureName, figureText } from './figure-words';
import { t } from './messages';
import { PerformanceControls } from './performance-controls';
import { questionOf } from './question';
import { type Change, METRICS, type Search } from './search';

const METRIC_NAMES = {
  twr: 'twr',
  mwr_period: 'mwr',
  modified_dietz: 'modified_dietz',
  simple_return: 'simple_return',
  roai_net: 'roai_net',
} as const;
const CHART_PX = 240;
// Chart, legend and the table's line; the metric; figures in three columns of five.
const BODY_PX = CHART_PX + 58 + 24 + 48 + 5 * 48;

interface PerformanceProps {
  portfolioId: string;
  search: Search;
  onChange: (change: Change) => void;
}

/** Gain and returns of a range, each with what it means and, where it is not known, why. */
export function PerformanceTab({ portfolioId, search, onChange }: PerformanceProps) {
  const { data: tagged } = useQuery(portfolioQuery(portfolioId));
  const { range, choose, from, to } = useRange(tagged?.value.time_zone ?? 'UTC');
  const { data, error, refetch } = usePerformance(portfolioId, from, to, questionOf(search));
  return (
    <Card
      title={t('performance')}
      action={
        <div className="flex items-center gap-2">
          <RangePicker value={range} onChange={choose} />
        </div>
      }
    >
      <PerformanceControls
        portfolioId={portfolioId}
        search={search}
        benchmark={data?.benchmark?.symbol}
        onChange={onChange}
      />
      <p className="mb-1 h-5 text-muted text-xs">{data && <Period performance={data} />}</p>
      {data ? (
        <>
          <MetricLine performance={data} search={search} onChange={onChange} />
          <Figures performance={data} search={search} />
          {data.benchmark && <BenchmarkNote benchmark={data.benchmark} />}
          <LineChart
            label={t('twrChart')}
            days={data.series.days}
            series={curves(data)}
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

function curves({ series, benchmark }: Performance): Series[] {
  const own: Series = { id: 'twr', label: t('twrChart'), style: 'solid', values: series.twr };
  if (!benchmark || benchmark.twr === null) return [own];
  const label = t('benchmarkLine', { symbol: benchmark.symbol });
  return [own, { id: 'benchmark', label, style: 'dashed', values: benchmark.series.twr }];
}

interface MetricProps {
  performance: Performance;
  search: Search;
  onChange: (change: Change) => void;
}

/** One return at a time stands out, with its definition beside it. */
function MetricLine({ performance, search, onChange }: MetricProps) {
  const { metric } = search;
  return (
    <div className="mb-3 grid items-center gap-x-4 gap-y-1 sm:grid-cols-[14rem_auto_minmax(0,1fr)]">
      <Select
        aria-label={t('metric')}
        value={metric}
        choices={METRICS.map((value) => ({ value, label: figureText(METRIC_NAMES[value]).name }))}
        onChange={(event) =>
          onChange({
            metric: event.target.value === 'twr' ? undefined : (event.target.value as Search['metric']),
          })
        }
      />
      <p className="font-semibold text-2xl" data-testid="metric">
        <Explained asked={{ figure: metric, ...partOf(performance, search) }}>
          <Delta
            value={performance[metric]}
            reason={reasonText(performance.reasons[metric] ?? 'missing_rate')}
          />
        </Explained>
      </p>
      <p className="text-muted text-xs">{figureText(METRIC_NAMES[metric]).definition}</p>
    </div>
  );
}

/** The same part, policies and days that were measured. */
function partOf({ portfolio_id, from, to }: Performance, search: Search): Omit<Asked, 'figure'> {
  const { benchmark: _, ...part } = questionOf(search);
  return { of: portfolio_id ?? ALL, ...part, from, to };
}

function BenchmarkNote({ benchmark }: { benchmark: Benchmark }) {
  const { symbol, quoted_from, quoted_until, is_stale, twr } = benchmark;
  if (!quoted_from || !quoted_until) return <Note>{t('benchmarkNone', { symbol })}</Note>;
  if (twr === null && benchmark.reasons.twr === 'no_price')
    return <Note>{t('benchmarkFrom', { symbol, day: formatDay(quoted_from) })}</Note>;
  return is_stale ? <Note>{t('benchmarkStale', { symbol, day: formatDay(quoted_until) })}</Note> : null;
}

function Note({ children }: { children: ReactNode }) {
  return <p className="mb-2 text-muted text-xs">{children}</p>;
}

function Period({ performance: { from, to } }: { performance: Performance }) {
  return t('fromTo', { from: formatDay(from), to: formatDay(to) });
}

function Figures({ performance, search }: { performance: Performance; search: Search }) {
  const { base_currency: currency, reasons } = performance;
  const explained = (figure: Asked['figure'], cell: ReactNode) => (
    <Explained asked={{ figure, ...partOf(performance, search) }}>{cell}</Explained>
  );
  const rate = (name: 'twr' | 'mwr_period' | 'modified_dietz' | 'roai_net' | 'simple_return') =>
    explained(name, <Delta value={performance[name]} reason={why(name)} />);
  const why = (name: string) => reasonText(reasons[name] ?? 'missing_rate');
  const amount = (name: 'start_value' | 'end_value' | 'net_flow' | 'fees' | 'taxes') =>
    explained(
      name === 'end_value' ? 'market_value' : name,
      <Amount
        value={performance[name]}
        currency={currency}
        reason={why(name)}
        signed={name === 'net_flow'}
      />,
    );
  const gain = (name: 'simple_gain' | 'realised_gain' | 'unrealised_gain' | 'income') =>
    explained(name, <Gain value={performance[name]} currency={currency} reason={why(name)} />);
  const yearly = (name: 'twr_annualised' | 'mwr', reason: string | undefined) =>
    explained(name, <Yearly rate={performance[name]} reason={reason} />);
  const level = (name: 'volatility' | 'drawdown_max') => {
    const value = performance[name];
    return explained(name, value === null ? <Unknown reason={why(name)} /> : percent(value, 2));
  };
  return (
    <dl className="mb-4 grid gap-x-8 md:grid-cols-2 xl:grid-cols-3">
      <Figure name="twr" note={yearly('twr_annualised', reasons.twr_annualised)}>
        {rate('twr')}
      </Figure>
      <Figure name="mwr" note={yearly('mwr', reasons.twr_annualised ?? reasons.mwr)}>
        {rate('mwr_period')}
      </Figure>
      <Figure name="gain" note={rate('simple_return')}>
        {gain('simple_gain')}
      </Figure>
      <Figure name="modified_dietz">{rate('modified_dietz')}</Figure>
      <Figure name="roai_net">{rate('roai_net')}</Figure>
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
      {performance.benchmark && (
        <BenchmarkFigures performance={performance} benchmark={performance.benchmark} search={search} />
      )}
    </dl>
  );
}

interface BenchmarkFiguresProps {
  performance: Performance;
  benchmark: Benchmark;
  search: Search;
}

function BenchmarkFigures({ performance, benchmark, search }: BenchmarkFiguresProps) {
  const { same_flows: same } = benchmark;
  const explained = (figure: Asked['figure'], cell: ReactNode) => (
    <Explained asked={{ figure, ...partOf(performance, search), benchmark: benchmark.asset_id }}>
      {cell}
    </Explained>
  );
  const why = (code: string | undefined) => reasonText(code ?? 'missing_rate');
  const level = (name: 'volatility' | 'drawdown_max') => {
    const value = benchmark[name];
    return explained(
      `benchmark_${name}`,
      value === null ? <Unknown reason={why(benchmark.reasons[name])} /> : percent(value, 2),
    );
  };
  const { twr, twr_annualised: short } = benchmark.reasons;
  const yearly = <Yearly rate={benchmark.twr_annualised} reason={short} />;
  return (
    <>
      <Figure name="benchmark" note={explained('benchmark_twr_annualised', yearly)}>
        {explained('benchmark_twr', <Delta value={benchmark.twr} reason={why(twr)} />)}
      </Figure>
      <Figure name="benchmark_difference">
        {explained(
          'twr_difference',
          <Delta value={benchmark.twr_difference} reason={why(twr ?? performance.reasons.twr)} />,
        )}
      </Figure>
      <Figure name="benchmark_volatility">{level('volatility')}</Figure>
      <Figure name="benchmark_drawdown_max">{level('drawdown_max')}</Figure>
      <Figure
        name="same_flows"
        note={explained(
          'same_flows_mwr_period',
          <Delta value={same.mwr_period} reason={why(same.reasons.mwr_period)} />,
        )}
      >
        {explained(
          'same_flows_value',
          <Amount
            value={same.end_value}
            currency={performance.base_currency}
            reason={why(same.reasons.simple_gain)}
          />,
        )}
      </Figure>
      <Figure
        name="same_flows_gain"
        note={explained('same_flows_mwr', <Yearly rate={same.mwr} reason={short ?? same.reasons.mwr} />)}
      >
        {explained(
          'same_flows_gain',
          <Gain
            value={same.gain}
            currency={performance.base_currency}
            reason={why(same.reasons.simple_gain)}
          />,
        )}
      </Figure>
      <Figure name="same_flows_difference">
        {explained(
          'mwr_difference',
          <Yearly rate={same.mwr_difference} reason={short ?? same.reasons.mwr ?? performance.reasons.mwr} />,
        )}
      </Figure>
    </>
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
        <FigureLabel text={figureText(name)} />
      </dt>
      {/* Both may be buttons, whose heights reach into the space between. */}
      <dd className="flex flex-col items-end gap-1 text-end font-medium">
        {children}
        {note !== undefined && <span className="font-normal text-muted text-xs">{note}</span>}
      </dd>
    </div>
  );
}
