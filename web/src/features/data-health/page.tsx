import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { DataHealth } from '@/api/parse/data-health';
import { dataHealthQuery, useRefreshNow } from '@/api/queries/data-health';
import { PRICES_STALE } from '@/api/queries/prices-stale';
import { jobEnd, jobQuery } from '@/api/queries/system';
import { formatAgo, formatDay } from '@/lib/dates';
import { Badge } from '@/ui/badge';
import { Banner } from '@/ui/banner';
import { Button } from '@/ui/button';
import { Card, PageHeader, Stat, StatRow } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { AssetsCard } from './assets';
import { t } from './messages';
import { NewsCard } from './news';
import { QuarantineCard } from './quarantine';
import { RunsCard } from './runs';
import { SourcesCard } from './sources';
import { ageText, lagText } from './words';

/** How fresh the market data is, and what to decide about. */
export default function DataHealthPage() {
  const { data, error, refetch } = useQuery(dataHealthQuery);
  return (
    <>
      <PageHeader title={t('title')} note={t('note')}>
        <RefreshNow />
      </PageHeader>
      {data ? (
        <Health data={data} />
      ) : (
        <Card>
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} minHeight={480} />
          ) : (
            <SkeletonRows rows={12} height={40} />
          )}
        </Card>
      )}
    </>
  );
}

function Health({ data }: { data: DataHealth }) {
  return (
    <div className="flex flex-col gap-4">
      {data.is_late && data.assets_total > 0 && (
        <Banner tone="warning" icon="warning">
          {t('late')}
        </Banner>
      )}
      <Headline data={data} />
      {data.quarantine.length > 0 && <QuarantineCard data={data} />}
      <AssetsCard data={data} />
      <SourcesCard sources={data.sources} />
      {data.quarantine.length === 0 && <QuarantineCard data={data} />}
      <RunsCard runs={data.runs} />
      <NewsCard />
    </div>
  );
}

function Headline({ data }: { data: DataHealth }) {
  const { rates } = data;
  const stale = data.assets.filter(({ is_stale }) => is_stale).length;
  // Only the oldest are listed: what is stale among the others is not known.
  const isCut = data.assets.length < data.assets_total;
  return (
    <StatRow>
      <Stat label={t('fresh')} note={t('freshNote', { count: data.assets_total })}>
        {t(isCut ? 'atMost' : 'exactly', { count: data.assets_total - stale })}
      </Stat>
      <Stat label={t('stale')} note={isCut && t('staleNote', { count: data.assets.length })}>
        {t(isCut ? 'atLeast' : 'exactly', { count: stale })}
      </Stat>
      <Stat label={t('nextRun')} note={data.lag_seconds === null ? t('noRun') : lagText(data.lag_seconds)}>
        {formatAgo(data.next_run_at)}
      </Stat>
      <Stat
        label={t('rates')}
        note={
          <>
            {rates.is_stale && <Badge tone="warning">{ageText(rates.age_days)}</Badge>}{' '}
            {t(rates.is_live ? 'ratesLive' : 'ratesShipped')}
          </>
        }
      >
        {rates.last_day ? formatDay(rates.last_day) : t('ratesNone')}
      </Stat>
    </StatRow>
  );
}

const END = { failed: 'refreshFailed', gone: 'refreshGone' } as const;

function RefreshNow() {
  const refresh = useRefreshNow();
  const block = useWriteBlock();
  const cache = useQueryClient();
  const { toast } = useUi();
  const [jobId, setJobId] = useState<string>();
  const job = useQuery({ ...jobQuery(jobId ?? ''), enabled: jobId !== undefined });
  const end = jobId === undefined ? undefined : jobEnd(job);
  useEffect(() => {
    if (!end) return;
    setJobId(undefined);
    toast(end === 'done' ? { text: t('refreshed') } : { text: t(END[end]), tone: 'danger' });
    for (const queryKey of PRICES_STALE) void cache.invalidateQueries({ queryKey });
  }, [end, cache, toast]);
  return (
    <Button
      icon="refresh"
      kind="primary"
      busy={refresh.isPending || jobId !== undefined}
      disabled={block !== undefined}
      title={block}
      onClick={() =>
        refresh.mutate(undefined, {
          onSuccess: ({ job_id }) => {
            setJobId(job_id);
            toast({ text: t('refreshing') });
          },
          onError: (error) => toast({ text: error.message, tone: 'danger' }),
        })
      }
    >
      {t('refresh')}
    </Button>
  );
}
