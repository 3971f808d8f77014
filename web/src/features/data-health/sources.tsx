import { Link } from '@tanstack/react-router';
import { useUser } from '@/api/contexts';
import type { Source } from '@/api/parse/data-health';
import { formatAgo, formatInstant } from '@/lib/dates';
import { count } from '@/lib/format';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { givesInstead, providerLabel } from '@/ui/providers';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';

const TONES = {
  answers: 'accent',
  failing: 'danger',
  resting: 'warning',
  refused: 'danger',
  needs_key: 'neutral',
  not_set_up: 'neutral',
  never_asked: 'neutral',
} as const;

type Standing = Pick<Source, 'provider' | 'state' | 'resting_until'> & { circuit?: Source['circuit'] };

/** How a provider stands, of prices or of headlines; where it needs a key, where that is entered. */
export function StateBadge({ source }: { source: Standing }) {
  const { user } = useUser();
  const { provider, state } = source;
  const until = source.resting_until ? formatInstant(source.resting_until) : '';
  const text =
    state === 'resting' && source.circuit === 'open' ? t('restingOpen', { until }) : t(state, { until });
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 py-1">
      <Badge tone={TONES[state]}>{text}</Badge>
      {state === 'needs_key' &&
        (user.is_admin ? (
          <Link
            to="/settings"
            search={{ tab: 'data' }}
            aria-label={t('enterKeyOf', { provider: providerLabel(provider) })}
            className={linkClass}
          >
            {t('enterKey')}
          </Link>
        ) : (
          <span className="text-muted text-xs">{t('keyOfAdministrator')}</span>
        ))}
    </span>
  );
}

const SERVES = { headlines: 'servesHeadlines', rates: 'servesRates' } as const;

const COLUMNS: readonly Column<Source>[] = [
  {
    id: 'provider',
    header: t('provider'),
    cell: ({ provider }) => providerLabel(provider),
    isRowHeader: true,
  },
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
    cell: ({ failed_at }) => (failed_at ? formatAgo(failed_at) : t('never')),
    from: 'md',
  },
  {
    id: 'pace',
    header: t('pace'),
    cell: (source) =>
      source.asks_per_minute === null ? (
        <Unknown reason={t(source.answered_at ? 'itsOwn' : 'never_asked')} />
      ) : (
        t('perMinute', { count: source.asks_per_minute })
      ),
    isNumeric: true,
    from: 'lg',
  },
  {
    id: 'retries',
    header: t('retries'),
    cell: (source) =>
      source.retries_left === null ? (
        <Unknown reason={t(source.answered_at ? 'itsOwn' : 'never_asked')} />
      ) : (
        count(Math.floor(source.retries_left))
      ),
    isNumeric: true,
    from: 'lg',
  },
  {
    id: 'serves',
    header: t('serves'),
    cell: ({ provider, assets }) => {
      const instead = givesInstead(provider);
      return instead ? t(SERVES[instead]) : t('servesAssets', { count: assets });
    },
    isNumeric: true,
    from: 'sm',
  },
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
          detail={({ failure, state }) =>
            failure && state !== 'answers' ? <p className="px-4 py-2 text-xs">{failure}</p> : undefined
          }
        />
      )}
    </Card>
  );
}
