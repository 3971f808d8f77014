import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Prediction } from '@/api/parse/predictions';
import { pricesQuery } from '@/api/queries/market';
import { performanceQuery } from '@/api/queries/portfolios';
import { forecastQuery, forecastsQuery, type Subject, useForecastAgain } from '@/api/queries/predictions';
import { FanChart } from '@/charts/fan';
import type { FanDay } from '@/charts/fan-geometry';
import { addDays, type Day, formatAgo, formatDay } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { formatLocale } from '@/lib/locale';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';
import { curveOf } from './odds';
import { type AskedOdds, askedValue, OddsCard, type OddsOf } from './odds-card';
import { isRefusal, Refused, StaleNotes } from './states';
import type { Named } from './subject';
import { SummaryCard } from './summary';
import { TrackCard } from './track-card';

const CHART_PX = 320;
const BODY_PX = CHART_PX + 130;

interface ForecastTabProps {
  subject: Subject;
  named: Named | undefined;
  days: number;
  asked: AskedOdds;
  onAsk: (asked: AskedOdds) => void;
}

/** The fan, the odds of a price, and the distribution in figures. */
export function ForecastTab({ subject, named, days, asked, onAsk }: ForecastTabProps) {
  const { data, error, refetch } = useQuery(forecastQuery(subject, days));
  const [odds, setOdds] = useState<AskedOdds>({ price: asked.price, change: asked.change });
  const of = useMemo(() => data && oddsOf(data), [data]);
  const name = named?.name ?? '…';
  if (!data && error && isRefusal(error)) return <Refused to={subject} name={name} error={error} />;
  if (!data && error)
    return (
      <Card>
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={BODY_PX} />
      </Card>
    );
  const mark = data && askedValue(data.last_close, odds);
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,2fr)_minmax(20rem,1fr)]">
        <Card title={t('fan', { name })} action={data && <Again subject={subject} days={days} />}>
          {data ? (
            <Fan forecast={data} subject={subject} name={name} mark={mark} />
          ) : (
            <Skeleton height={BODY_PX} />
          )}
        </Card>
        {data && of ? (
          <div className="flex min-w-0 flex-col gap-4">
            <OddsCard of={of} odds={odds} onOdds={setOdds} onRest={onAsk} />
            <TrackCard forecast={data} />
          </div>
        ) : (
          <Card title={t('odds')}>
            <Skeleton height={240} />
          </Card>
        )}
      </div>
      {data ? <SummaryCard forecast={data} /> : <Skeleton height={220} />}
    </div>
  );
}

function oddsOf(forecast: Prediction): OddsOf {
  return {
    kind: forecast.subject.kind === 'asset' ? 'price' : 'value',
    base: forecast.last_close,
    currency: forecast.currency,
    day: forecast.matures_on,
    curve: curveOf(forecast),
  };
}

interface FanProps {
  forecast: Prediction;
  subject: Subject;
  name: string;
  mark: Dec | undefined;
}

function Fan({ forecast, subject, name, mark }: FanProps) {
  const { as_of, horizon_days, last_close, currency } = forecast;
  const isPrice = subject.kind === 'asset';
  const history = useHistory(subject, as_of, horizon_days);
  const ahead = useAhead(subject, forecast);
  const list = new Intl.ListFormat(formatLocale()).format(ahead.map(({ days }) => String(days)));
  if (!history) return <Skeleton height={BODY_PX} />;
  return (
    <>
      <StaleNotes asOf={as_of} staleness={forecast.staleness} />
      <FanChart
        label={t('fan', { name })}
        history={history}
        historyLabel={t(isPrice ? 'closes' : 'values')}
        from={as_of}
        last={last_close}
        ahead={ahead}
        currency={currency}
        isPrice={isPrice}
        mark={mark && { value: mark, label: t('oddsMark') }}
        height={CHART_PX}
      />
      <p className="mt-2 text-muted text-xs">
        {t('madeFrom', {
          from: formatDay(as_of),
          to: formatDay(forecast.matures_on),
          ago: formatAgo(forecast.created_at),
          model: forecast.model.id,
        })}
      </p>
      <p className="mt-1 text-muted text-xs">
        {t('fanNote', { count: ahead.length, days: list })} {!isPrice && t('valueNote')}
      </p>
    </>
  );
}

const HISTORY_LEAST = 21;
const HISTORY_MOST = 365;

/** As much of the past as the forecast reaches ahead, twice over, within bounds. */
export function useHistory(subject: Subject, asOf: Day, horizon: number) {
  const from = addDays(asOf, -Math.min(HISTORY_MOST, Math.max(HISTORY_LEAST, 2 * horizon)));
  const isAsset = subject.kind === 'asset';
  const prices = useQuery({ ...pricesQuery(subject.id, from, asOf), enabled: isAsset });
  const values = useQuery({ ...performanceQuery(subject.id, from, asOf), enabled: !isAsset });
  return useMemo(() => {
    // A past that does not come must not hide the forecast.
    if (prices.error || values.error) return [];
    if (isAsset) return prices.data?.items.map(({ day, close }) => ({ day, value: close }));
    const series = values.data?.series;
    return series?.days.flatMap((day, i) => {
      const value = series.value[i];
      return value == null ? [] : [{ day, value }];
    });
  }, [isAsset, prices.data, prices.error, values.data, values.error]);
}

/** The forecast, and before its day those over fewer days that were made of the very same data by the same model. */
function useAhead(subject: Subject, forecast: Prediction): FanDay[] {
  const made = useQuery(forecastsQuery(subject)).data?.items;
  return useMemo(() => {
    const found = new Map<number, FanDay>();
    for (const one of made ?? []) {
      const isSame =
        one.as_of === forecast.as_of &&
        one.data.sha256 === forecast.data.sha256 &&
        one.model.sha256 === forecast.model.sha256 &&
        one.last_close === forecast.last_close;
      if (isSame && one.horizon_days < forecast.horizon_days && !found.has(one.horizon_days))
        found.set(one.horizon_days, { days: one.horizon_days, quantiles: one.quantiles });
    }
    found.set(forecast.horizon_days, { days: forecast.horizon_days, quantiles: forecast.quantiles });
    return [...found.values()].sort((a, b) => a.days - b.days);
  }, [made, forecast]);
}

function Again({ subject, days }: { subject: Subject; days: number }) {
  const block = useWriteBlock();
  const again = useForecastAgain(subject);
  return (
    <Button
      kind="ghost"
      icon="refresh"
      busy={again.isPending}
      disabled={block !== undefined}
      title={block}
      onClick={() => again.mutate(days)}
    >
      {t('again')}
    </Button>
  );
}
