import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { AssetDetail, PriceQuality } from '@/api/parse/assets';
import type { Prices } from '@/api/parse/market';
import { candlesQuery, type Interval, priceQualityQuery } from '@/api/queries/assets';
import { pricesQuery } from '@/api/queries/market';
import { PRICES_STALE } from '@/api/queries/prices-stale';
import { type JobEnd, jobEnd, jobQuery } from '@/api/queries/system';
import { type Candle, CandleChart } from '@/charts/candles';
import { LineChart } from '@/charts/line';
import { toPosition } from '@/charts/scale';
import { type Day, formatAgo, formatDay, type Moment, zoneHere } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { quantity } from '@/lib/format';
import type { Range } from '@/lib/range';
import { Price } from '@/ui/amount';
import { StaleBadge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Delta } from '@/ui/delta';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { JobProgress } from '@/ui/job-progress';
import { RangePicker } from '@/ui/range-picker';
import { useRange } from '@/ui/range-state';
import { useSearchState } from '@/ui/search-state';
import { Segmented } from '@/ui/segmented';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';

const CHART_PX = 280;
const BODY_PX = CHART_PX + 150;
/** Of fewer days candles would be a picture with holes; of more they would be lines. */
const CANDLES_SHARE = 0.6;
const CANDLES_MAX = 400;

const SEARCH = { chart: (value: unknown) => (value === 'line' ? ('line' as const) : undefined) };

interface PriceCardProps {
  asset: AssetDetail;
  job: string | undefined;
  onJobEnd: () => void;
  onName: () => void;
}

/** The last price with its age, and the closes of a range. */
export function PriceCard({ asset, job, onJobEnd, onName }: PriceCardProps) {
  const { range, choose, from, to } = useRange('UTC');
  const { data, error, refetch } = useQuery(pricesQuery(asset.id, from, to));
  const quality = useQuery(priceQualityQuery(asset.id)).data;
  const canName = asset.scope === 'tenant' && !asset.is_simulated;
  const isBare = quality?.price === null;
  return (
    <Card
      title={t('price')}
      action={
        <div className="flex items-center gap-2">
          <RangePicker value={range} onChange={choose} />
        </div>
      }
    >
      <History jobId={job} onEnd={onJobEnd} />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={BODY_PX} />
      ) : !data || !quality ? (
        <Skeleton height={BODY_PX} />
      ) : isBare ? (
        <Empty
          icon="chart"
          title={t('noPrices')}
          action={canName ? <Button onClick={onName}>{t('nameAtProvider')}</Button> : undefined}
        >
          {t('noPricesBody')}
        </Empty>
      ) : (
        <>
          <Headline quality={quality} prices={data} />
          {data.items.length === 0 ? (
            <p
              className="flex items-center justify-center text-muted text-sm"
              style={{ minHeight: CHART_PX }}
            >
              {t('noPricesRange')}
            </p>
          ) : (
            <Chart asset={asset} prices={data} range={range} from={from} to={to} />
          )}
          <p className="mt-2 text-muted text-xs">{splitsNote(data)}</p>
        </>
      )}
    </Card>
  );
}

/** Closes as traded are those in units of today where nothing was split since. */
function splitsNote({ splits }: Prices): string {
  if (splits.length === 0) return t('unsplit');
  const told = splits.map(({ day, units_before, units_after }) =>
    t('splitOf', { after: quantity(units_after), before: quantity(units_before), day: formatDay(day) }),
  );
  return t('adjusted', { splits: told.join(', ') });
}

interface ChartProps {
  asset: AssetDetail;
  prices: Prices;
  range: Range;
  from: Day | undefined;
  to: Day | undefined;
}

/** The interval in which a short range is shown, where prices within the day are known. */
const WITHIN: Partial<Record<Range, Interval>> = { '1D': '5m', '1W': '1h', '1M': '1h' };

/** Prices within the days of a short range, where there are any; else its closes. */
function Chart(props: ChartProps) {
  const { asset, range, from, to, prices } = props;
  const interval = WITHIN[range];
  const within = useQuery({ ...candlesQuery(asset.id, from, to, interval), enabled: interval !== undefined });
  if (!interval) return <Days {...props} />;
  if (within.isPending) return <Skeleton height={CHART_PX} />;
  const candles = (within.data?.items ?? []).map(({ start, ...prices }) => ({ at: start, ...prices }));
  if (candles.length < 2)
    return (
      <>
        <Days {...props} />
        <p className="mt-2 text-muted text-xs">{t('noIntraday')}</p>
      </>
    );
  const moved = candles.filter(({ high, low }) => high !== low).length;
  return (
    <>
      <Drawn
        asset={asset}
        candles={moved >= candles.length * CANDLES_SHARE && candles.length <= CANDLES_MAX ? candles : []}
        line={candles.map(({ at, close }) => [at, close])}
        label={t(prices.splits.length > 0 ? 'pricesAdjusted' : 'price')}
      />
      <p className="mt-2 text-muted text-xs">
        {t(interval === '5m' ? 'byFiveMinutes' : 'byHour', { zone: zoneHere() })}
      </p>
    </>
  );
}

/** A line of closes, or candles where a provider told more of most days than their close. */
function Days({ asset, prices, from, to }: ChartProps) {
  const days = prices.items.length;
  const given = useQuery({ ...candlesQuery(asset.id, from, to), enabled: days <= CANDLES_MAX }).data?.items;
  const candles = (given ?? []).map(({ start, ...prices }) => ({ at: start.slice(0, 10), ...prices }));
  const hasCandles = candles.length > 1 && candles.length >= days * CANDLES_SHARE && days <= CANDLES_MAX;
  return (
    <Drawn
      asset={asset}
      candles={hasCandles ? candles : []}
      line={prices.items.map(({ day, close }) => [day, close])}
      label={t(prices.splits.length > 0 ? 'closesAdjusted' : 'closes')}
      rangeFrom={from}
    />
  );
}

interface DrawnProps {
  asset: AssetDetail;
  /** Empty where only a line is to be drawn. */
  candles: readonly Candle[];
  line: readonly (readonly [Moment, Dec])[];
  /** What the values of the line are. */
  label: string;
  rangeFrom?: Day | undefined;
}

function Drawn({ asset, candles, line, label, rangeFrom }: DrawnProps) {
  const [{ chart }, setSearch] = useSearchState(SEARCH);
  const name = t('priceChart', { symbol: asset.symbol });
  const hasCandles = candles.length > 0;
  const isLine = !hasCandles || chart === 'line';
  return (
    <>
      {hasCandles && (
        <Segmented
          label={t('drawnAs')}
          className="mb-2 w-fit"
          choices={[
            { value: 'candles', label: t('candles') },
            { value: 'line', label: t('line') },
          ]}
          value={isLine ? 'line' : 'candles'}
          onChange={(value) => setSearch({ chart: value === 'line' ? 'line' : undefined })}
        />
      )}
      {isLine ? (
        <LineChart
          label={name}
          days={line.map(([at]) => at)}
          series={[{ id: 'close', label, style: 'solid', values: line.map(([, close]) => close) }]}
          currency={asset.currency}
          isPrice
          height={CHART_PX}
          rangeFrom={rangeFrom}
        />
      ) : (
        <CandleChart label={name} currency={asset.currency} items={candles} height={CHART_PX} />
      )}
    </>
  );
}

function Headline({ quality, prices }: { quality: PriceQuality; prices: Prices }) {
  const { price, currency, as_of: day, quoted_at: at, age_days: age } = quality;
  const [first, last] = [prices.items[0], prices.items.at(-1)];
  const moved = first && last && first !== last ? toPosition(last.close) / toPosition(first.close) - 1 : null;
  return (
    <div className="mb-3 flex flex-wrap items-baseline gap-x-4 gap-y-1">
      <p className="font-semibold text-2xl tracking-tight" data-testid="last-price">
        <Price value={price} currency={currency} />
      </p>
      {moved !== null && (
        <p className="text-sm">
          <Delta value={moved} /> <span className="text-muted">{t('changeIn')}</span>
        </p>
      )}
      {day && (
        <p className="flex flex-wrap items-center gap-2 text-muted text-sm">
          <span title={at ?? undefined}>{t('asOf', { when: at ? formatAgo(at) : formatDay(day) })}</span>
          {!at && age !== null && <span>({age === 0 ? t('ageToday') : t('ageDays', { count: age })})</span>}
          {quality.is_stale && <StaleBadge asOf={day} />}
        </p>
      )}
    </div>
  );
}

/** While the history of a new asset is being asked for, and where that failed. The job does not need this page. */
function History({ jobId, onEnd }: { jobId: string | undefined; onEnd: () => void }) {
  const [last, setLast] = useState<JobEnd>();
  const job = useQuery({ ...jobQuery(jobId ?? ''), enabled: jobId !== undefined });
  const end = jobId === undefined ? undefined : jobEnd(job);
  const cache = useQueryClient();
  useEffect(() => {
    if (!end) return;
    setLast(end);
    for (const queryKey of PRICES_STALE) void cache.invalidateQueries({ queryKey });
    onEnd();
  }, [end, cache, onEnd]);
  if (jobId === undefined) return last === 'failed' && <p className="mb-3 text-sm">{t('loadFailed')}</p>;
  if (end || !job.data) return null;
  return (
    <div className="mb-3 flex flex-col gap-1 text-sm">
      <p>{t('loading')}</p>
      <JobProgress job={job.data} label={t('loading')} queued={t('loadingQueued')} />
    </div>
  );
}
