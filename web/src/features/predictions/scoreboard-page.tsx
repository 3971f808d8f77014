import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Models } from '@/api/parse/predictions';
import { meQuery } from '@/api/queries/identity';
import { modelsQuery, publicScoreboardQuery, scoreboardQuery } from '@/api/queries/predictions';
import { formatDay, formatInstant } from '@/lib/dates';
import { buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Logo } from '@/ui/logo';
import { Skeleton } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';
import { ModelCard } from './model-card';
import { Scores } from './scores';

/** What all forecasts were worth, and the models that made them. */
export default function ScoreboardPage() {
  const { data, error, refetch } = useQuery(scoreboardQuery);
  return (
    <>
      <PageHeader title={t('scoreboard')} note={t('scoreboardNote')}>
        <Link to="/predictions" className={buttonClass('secondary')}>
          {t('title')}
        </Link>
      </PageHeader>
      <div className="flex flex-col gap-4">
        {data ? (
          <Scores scoreboard={data} />
        ) : error ? (
          <Card>
            <ErrorState error={error} onRetry={() => void refetch()} minHeight={400} />
          </Card>
        ) : (
          <Skeleton height={400} />
        )}
        <ModelsCard />
      </div>
    </>
  );
}

type Model = Models['items'][number];

const columns = (onCard: (model: Model) => void): Column<Model>[] => [
  { id: 'family', header: t('family'), isRowHeader: true, cell: ({ family }) => t(`family_${family}`) },
  {
    id: 'version',
    header: t('version'),
    cell: ({ version, sha256 }) => (
      <span title={sha256} className="break-all">
        {version}
      </span>
    ),
  },
  { id: 'role', header: t('role'), cell: ({ role }) => t(`role_${role}`) },
  {
    id: 'learned',
    header: t('learned'),
    from: 'sm',
    cell: ({ trained_until }) => (trained_until ? formatDay(trained_until) : <Unknown />),
  },
  {
    id: 'origin',
    header: t('origin'),
    from: 'sm',
    cell: ({ is_shipped }) => t(is_shipped ? 'shipped' : 'own'),
  },
  {
    id: 'card',
    header: t('card'),
    isHeaderHidden: true,
    isNumeric: true,
    cell: (model) => (
      <button
        type="button"
        aria-label={t('openCard', { name: nameOf(model) })}
        className={linkClass}
        onClick={() => onCard(model)}
      >
        {t('card')}
      </button>
    ),
  },
];

function nameOf({ family, version }: Model): string {
  return `${t(`family_${family}`)} · ${version}`;
}

function ModelsCard() {
  const { data, error, refetch } = useQuery(modelsQuery);
  const [shown, setShown] = useState<Model>();
  return (
    <Card title={t('models')} flush>
      <p className="px-4 pb-2 text-muted text-xs">{t('modelsNote')}</p>
      {!data && error && <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />}
      {!data && !error && <Skeleton height={160} className="m-4" />}
      {data && (
        <Table caption={t('models')} columns={columns(setShown)} rows={data.items} rowKey={({ id }) => id} />
      )}
      <ModelCard id={shown?.id} name={shown ? nameOf(shown) : ''} onClose={() => setShown(undefined)} />
      {data && data.events.length > 0 && (
        <details className="border-line border-t px-4 py-2 text-sm">
          <summary className="w-fit rounded-sm py-1 text-muted hover:text-text">{t('events')}</summary>
          <ul className="mt-1 flex flex-col gap-1">
            {data.events.map(({ family, kind, version, detail, happened_at }) => (
              <li key={`${happened_at} ${family} ${kind} ${version}`}>
                <span className="text-muted">{formatInstant(happened_at)}</span> {detail}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

/** The same for anyone, where the owner opened it. */
export function PublicScoreboardPage() {
  const { data, error, refetch } = useQuery(publicScoreboardQuery);
  const me = useQuery(meQuery);
  return (
    <main className="mx-auto w-full max-w-5xl px-4 py-6 md:px-6">
      <div className="mb-5 flex items-center gap-2.5">
        <Logo size={32} />
        <span className="font-semibold text-xl tracking-tight">FinSage</span>
        {!me.isPending && (
          <Link
            to={me.data ? '/predictions/scoreboard' : '/login'}
            className={buttonClass('secondary', 'ms-auto')}
          >
            {t(me.data ? 'toOwnScoreboard' : 'toSignIn')}
          </Link>
        )}
      </div>
      <PageHeader title={t('publicTitle')} note={t('scoreboardNote')} />
      {data ? (
        <Scores scoreboard={data} />
      ) : data === null ? (
        <Card>
          <Empty icon="lock" title={t('closed')}>
            {t('closedBody')}
          </Empty>
        </Card>
      ) : error ? (
        <Card>
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={400} />
        </Card>
      ) : (
        <Skeleton height={400} />
      )}
    </main>
  );
}
