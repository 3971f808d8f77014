import { useQuery } from '@tanstack/react-query';
import type { Prediction } from '@/api/parse/predictions';
import { forecastsQuery, type Subject, scoreboardQuery } from '@/api/queries/predictions';
import { formatDay } from '@/lib/dates';
import { change } from '@/lib/format';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { ErrorState } from '@/ui/error-state';
import { Skeleton, SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';
import { Scores } from './scores';

/** What came of the forecasts of one subject, and what all of them were worth. */
export function TrackTab({ subject }: { subject: Subject }) {
  const { data, error, refetch } = useQuery(scoreboardQuery);
  return (
    <div className="flex flex-col gap-4">
      <Earlier subject={subject} />
      {data ? (
        <Scores scoreboard={data} />
      ) : error ? (
        <Card>
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={320} />
        </Card>
      ) : (
        <Skeleton height={320} />
      )}
    </div>
  );
}

const ranged = ({ return_quantiles: levels }: Prediction) => {
  const [low, high] = [levels['0.1'], levels['0.9']];
  return low === undefined || high === undefined ? <Unknown /> : `${change(low)} – ${change(high)}`;
};

const COLUMNS: Column<Prediction>[] = [
  { id: 'due', header: t('earlierDue'), isRowHeader: true, cell: ({ matures_on }) => formatDay(matures_on) },
  { id: 'made', header: t('earlierMade'), from: 'sm', cell: ({ as_of }) => formatDay(as_of) },
  { id: 'days', header: t('days1'), isNumeric: true, cell: ({ horizon_days }) => horizon_days },
  { id: 'band', header: t('earlierBand'), isNumeric: true, from: 'sm', cell: ranged },
  {
    id: 'came',
    header: t('earlierCame'),
    isNumeric: true,
    cell: ({ outcome }) =>
      outcome?.return == null ? <Unknown reason={t('notScored')} /> : change(outcome.return),
  },
  {
    id: 'inside',
    header: t('earlierInside'),
    cell: ({ outcome }) =>
      outcome?.inside_80 == null ? t('notScored') : t(outcome.inside_80 ? 'inside' : 'outside'),
  },
];

function Earlier({ subject }: { subject: Subject }) {
  const { data, error, refetch } = useQuery(forecastsQuery(subject));
  const due = data?.items.filter(({ outcome }) => outcome !== null) ?? [];
  return (
    <Card title={t('earlier')} flush>
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} minHeight={120} />}
      {!data && !error && <SkeletonRows rows={3} height={40} />}
      {data && due.length === 0 && <p className="px-4 pb-4 text-muted text-sm">{t('earlierNone')}</p>}
      {due.length > 0 && (
        <Table caption={t('earlier')} columns={COLUMNS} rows={due} rowKey={({ id }) => id} />
      )}
    </Card>
  );
}
