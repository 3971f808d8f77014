import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { News } from '@/api/parse/news';
import { newsQuery } from '@/api/queries/news';
import { formatAgo } from '@/lib/dates';
import { Button } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { providerLabel } from '@/ui/providers';
import { useSearchState } from '@/ui/search-state';
import { SkeletonRows } from '@/ui/skeleton';
import { CLEARED, Filters, isFiltered, SEARCH, type Search } from './filters';
import { Headline } from './item';
import { t } from './messages';
import { SourcesDialog } from './sources';

const STALE_MS = 7_200_000;

/** Headlines about what one holds, or all of them. */
export default function NewsPage() {
  const [search, setSearch] = useSearchState(SEARCH);
  const [isManaging, setManaging] = useState(false);
  const { scope, portfolio, ...rest } = search;
  const narrowed =
    scope === 'all' ? rest : portfolio ? { portfolio, ...rest } : { owned: true as const, ...rest };
  const query = useInfiniteQuery(newsQuery(narrowed));
  const first = query.data?.pages[0];
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const change = (next: Partial<Search>) => setSearch(next);
  return (
    <>
      <PageHeader title={t('title')} note={first ? askedAgo(first) : ' '}>
        <Button icon="settings" onClick={() => setManaging(true)}>
          {t('sources')}
        </Button>
      </PageHeader>
      {first && <Notices news={first} />}
      <Card flush>
        <Filters search={search} onChange={change} />
        <div className="border-line border-t">
          {!first && query.error && (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} minHeight={320} />
          )}
          {!first && !query.error && <SkeletonRows rows={8} height={84} />}
          {first && items.length === 0 && (
            <Nothing search={search} onChange={change} onManage={() => setManaging(true)} />
          )}
          <ul aria-label={t('list')}>
            {items.map((item) => (
              <Headline
                key={item.id}
                item={item}
                onSource={(source) => change({ source })}
                onAsset={(asset) => change({ asset })}
              />
            ))}
          </ul>
        </div>
        {query.hasNextPage && (
          <div className="flex justify-center border-line border-t p-3">
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('more')}
            </Button>
          </div>
        )}
      </Card>
      <SourcesDialog open={isManaging} onClose={() => setManaging(false)} />
    </>
  );
}

function askedAgo({ asked_at }: News): string {
  return asked_at ? t('askedAgo', { ago: formatAgo(asked_at) }) : t('neverAsked');
}

/** What may be missing from the list, and why. */
function Notices({ news: { asked_at, failing } }: { news: News }) {
  const isStale = asked_at !== null && Date.now() - Date.parse(asked_at) > STALE_MS;
  if (!isStale && failing.length === 0) return null;
  return (
    <div role="status" className="card mb-4 flex items-start gap-2 border-loss p-3 text-sm">
      <Icon name="warning" size={18} className="mt-0.5 shrink-0 text-loss" />
      <div className="min-w-0">
        {isStale && (
          <p>
            <span className="font-medium">{t('staleTitle')}</span>{' '}
            {t('staleNote', { ago: formatAgo(asked_at) })}
          </p>
        )}
        {failing.map(({ provider, failed_at, problem }) => (
          <p key={provider} className="break-words">
            {failed_at
              ? t('failing', { source: providerLabel(provider), ago: formatAgo(failed_at), problem })
              : t('failingUndated', { source: providerLabel(provider), problem })}
          </p>
        ))}
      </div>
    </div>
  );
}

interface NothingProps {
  search: Search;
  onChange: (change: Partial<Search>) => void;
  onManage: () => void;
}

function Nothing({ search, onChange, onManage }: NothingProps) {
  if (isFiltered(search)) {
    return (
      <Empty
        icon="filter"
        title={t('nothingFits')}
        action={<Button onClick={() => onChange(CLEARED)}>{t('clear')}</Button>}
      />
    );
  }
  if (search.scope === 'held') {
    return (
      <Empty
        icon="file"
        title={t('nothingHeld')}
        action={<Button onClick={() => onChange({ scope: 'all' })}>{t('showAll')}</Button>}
      >
        {t('nothingHeldNote')}
      </Empty>
    );
  }
  return (
    <Empty
      icon="file"
      title={t('nothingYet')}
      action={
        <Button kind="primary" icon="plus" onClick={onManage}>
          {t('addFeed')}
        </Button>
      }
    >
      {t('nothingYetNote')}
    </Empty>
  );
}
