import type { Source } from '@/api/parse/data-health';
import { formatAgo, formatInstant } from '@/lib/dates';
import { count } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';

const TONES = {
  answers: 'accent',
  failing: 'danger',
  resting: 'warning',
  refused: 'danger',
  needs_key: 'neutral',
  never_asked: 'neutral',
} as const;

function StateBadge({ source }: { source: Source }) {
  const { state } = source;
  const until = source.resting_until ? formatInstant(source.resting_until) : '';
  const text =
    state === 'resting' && source.circuit === 'open' ? t('restingOpen', { until }) : t(state, { until });
  return <Badge tone={TONES[state]}>{text}</Badge>;
}

const COLUMNS: readonly Column<Source>[] = [
  { id: 'provider', header: t('provider'), cell: ({ provider }) => provider, isRowHeader: true },
  { id: 'state', header: t('state'), cell: (source) => <StateBadge source={source} /> },
  {
    id: 'answered',
    header: t('lastAnswer'),
    cell: ({ answered_at }) => (answered_at ? formatAgo(answered_at) : t('never')),
    from: 'sm',
  },
  {
    id: 'failed',
    header: t('lastFailure'),
    cell: ({ failed_at, failure }) =>
      failed_at ? (
        <span className="block max-w-md py-1">
          {formatAgo(failed_at)}
          {failure && <span className="block text-muted text-xs">{failure}</span>}
        </span>
      ) : (
        t('never')
      ),
    from: 'md',
  },
  {
    id: 'pace',
    header: t('pace'),
    cell: ({ asks_per_minute }) =>
      asks_per_minute === null ? (
        <Unknown reason={t('itsOwn')} />
      ) : (
        t('perMinute', { count: asks_per_minute })
      ),
    isNumeric: true,
    from: 'lg',
  },
  {
    id: 'retries',
    header: t('retries'),
    cell: ({ retries_left }) =>
      retries_left === null ? <Unknown reason={t('itsOwn')} /> : count(Math.floor(retries_left)),
    isNumeric: true,
    from: 'lg',
  },
  { id: 'assets', header: t('assets'), cell: ({ assets }) => count(assets), isNumeric: true, from: 'sm' },
];

export function SourcesCard({ sources }: { sources: readonly Source[] }) {
  return (
    <Card title={t('providers')} flush={sources.length > 0}>
      {sources.length === 0 ? (
        <Empty title={t('noProviders')}>{t('noProvidersNote')}</Empty>
      ) : (
        <Table
          caption={t('providers')}
          columns={COLUMNS}
          rows={sources}
          rowKey={({ provider }) => provider}
        />
      )}
    </Card>
  );
}
