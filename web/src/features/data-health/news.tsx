import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { NewsHealth } from '@/api/parse/news';
import { newsHealthQuery } from '@/api/queries/news';
import { formatAgo, formatInstant } from '@/lib/dates';
import { count } from '@/lib/format';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { providerLabel } from '@/ui/providers';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { failuresOf } from './failures';
import { t } from './messages';
import { StateBadge } from './sources';

type Source = NewsHealth['sources'][number];
type Run = NewsHealth['runs'][number];

/** How fresh the headlines are: who gives them, and when they were looked for. */
export function NewsCard() {
  const { data, error, refetch } = useQuery(newsHealthQuery);
  return (
    <Card
      title={t('news')}
      action={
        <Link to="/news" className={`${linkClass} text-sm`}>
          {t('newsOpen')}
        </Link>
      }
      flush
    >
      {data ? (
        <Health data={data} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={240} />
      ) : (
        <SkeletonRows rows={6} height={40} />
      )}
    </Card>
  );
}

function Health({ data }: { data: NewsHealth }) {
  const { sources, runs, next_run_at, is_late } = data;
  return (
    <>
      <div className="flex flex-col gap-1 px-4 pb-3 text-sm">
        {is_late && runs.length > 0 && (
          <p className="flex items-start gap-1.5">
            <Icon name="warning" size={16} className="mt-0.5 shrink-0 text-loss" />
            {t('newsLate')}
          </p>
        )}
        <p className="text-muted">
          {sources.length === 0 ? t('newsNone') : t('newsNext', { ago: formatAgo(next_run_at) })}
        </p>
      </div>
      {sources.length > 0 && (
        <Table
          caption={t('newsSources')}
          columns={SOURCES}
          rows={sources}
          rowKey={({ provider }) => provider}
          detail={({ problem, state }) =>
            problem && state !== 'answers' ? <p className="px-4 py-2 text-xs">{problem}</p> : undefined
          }
        />
      )}
      {runs.length > 0 && (
        <div className="border-line border-t">
          <h3 className="px-4 pt-3 font-medium text-sm">{t('newsRuns')}</h3>
          <Table
            caption={t('newsRuns')}
            columns={RUNS}
            rows={runs}
            rowKey={({ due_at }) => due_at}
            detail={failuresOf}
          />
        </div>
      )}
    </>
  );
}

const SOURCES: readonly Column<Source>[] = [
  {
    id: 'provider',
    header: t('provider'),
    cell: ({ provider }) => <span className="block py-1.5">{providerLabel(provider)}</span>,
    isRowHeader: true,
  },
  {
    id: 'state',
    header: t('state'),
    cell: (source) => <StateBadge source={source} />,
  },
  {
    id: 'answered',
    header: t('lastAnswer'),
    cell: ({ answered_at }) => (answered_at ? formatAgo(answered_at) : t('never')),
    from: 'sm',
  },
  {
    id: 'newest',
    header: t('newsNewest'),
    cell: ({ newest_at }) => (newest_at ? formatAgo(newest_at) : t('unknown')),
  },
];

const number = (
  id: 'assets' | 'requests' | 'new' | 'known' | 'unusable',
  header: string,
  from?: 'sm' | 'md',
) => ({
  id,
  header,
  cell: (run: Run) => count(run[id]),
  isNumeric: true,
  ...(from ? { from } : {}),
});

const RUNS: readonly Column<Run>[] = [
  {
    id: 'started',
    header: t('newsRun'),
    cell: ({ started_at }) => formatInstant(started_at),
    isRowHeader: true,
  },
  number('assets', t('assets'), 'sm'),
  number('requests', t('requests'), 'md'),
  number('new', t('newsNew')),
  number('known', t('newsKnown'), 'sm'),
  number('unusable', t('newsUnusable'), 'md'),
];
