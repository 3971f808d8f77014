import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Watchlist } from '@/api/parse/assets';
import { useChangeWatchlist, watchlistsQuery } from '@/api/queries/watchlists';
import { Button, buttonClass } from '@/ui/button';
import { Card, PageHeader } from '@/ui/card';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { useSearchState } from '@/ui/search-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { useToldError } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import type { Open } from './dialogs';
import { ListCard } from './list';
import { t } from './messages';

const Dialogs = lazy(() => import('./dialogs'));

const SEARCH = { list: (value: unknown) => (typeof value === 'string' ? value : undefined) };

export default function WatchlistsPage() {
  const [{ list }, setSearch] = useSearchState(SEARCH);
  const [open, setOpen] = useState<Open>();
  const { data, error, refetch } = useQuery(watchlistsQuery);
  const block = useWriteBlock();
  const lists = data?.items ?? [];
  const shown = lists.find(({ id }) => id === list) ?? lists[0];
  const show = (id: string | undefined) => setSearch({ list: id });
  return (
    <>
      <PageHeader title={t('title')} note={t('note')}>
        <Link to="/search" className={buttonClass('secondary')}>
          <Icon name="search" size={18} />
          {t('searchMarket')}
        </Link>
        <Button
          icon="plus"
          kind="primary"
          disabled={block !== undefined}
          title={block}
          onClick={() => setOpen({ kind: 'new' })}
        >
          {t('newList')}
        </Button>
      </PageHeader>
      {!data ? (
        <Card>
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} minHeight={320} />
          ) : (
            <SkeletonRows rows={6} height={40} />
          )}
        </Card>
      ) : !shown ? (
        <Card>
          <Empty
            icon="eye"
            title={t('emptyTitle')}
            action={
              <Button
                kind="primary"
                disabled={block !== undefined}
                title={block}
                onClick={() => setOpen({ kind: 'new' })}
              >
                {t('newList')}
              </Button>
            }
          >
            {t('emptyBody')}
          </Empty>
        </Card>
      ) : (
        <Tabs
          label={t('lists')}
          tabs={lists.map(({ id, name }) => ({ id, label: name }))}
          current={shown.id}
          onChange={show}
        >
          <ListCard
            key={shown.id}
            list={shown}
            action={<ListMenu list={shown} place={lists.indexOf(shown)} onOpen={setOpen} />}
          />
        </Tabs>
      )}
      <Suspense>{open && <Dialogs open={open} onShow={show} onClose={() => setOpen(undefined)} />}</Suspense>
    </>
  );
}

interface ListMenuProps {
  list: Watchlist;
  place: number;
  onOpen: (open: Open) => void;
}

function ListMenu({ list, place, onOpen }: ListMenuProps) {
  const change = useChangeWatchlist();
  const onError = useToldError();
  const disabled = useWriteBlock() !== undefined;
  const earlier = { id: 'earlier', label: t('earlier'), icon: 'chevronLeft' as const, disabled };
  return (
    <Menu
      label={t('listActions')}
      buttonClassName={buttonClass('ghost', 'px-0')}
      items={[
        {
          id: 'rename',
          label: t('rename'),
          icon: 'edit',
          disabled,
          run: () => onOpen({ kind: 'rename', list }),
        },
        ...(place > 0
          ? [{ ...earlier, run: () => change.mutate({ id: list.id, position: place - 1 }, { onError }) }]
          : []),
        {
          id: 'delete',
          label: t('delete'),
          icon: 'trash',
          isDangerous: true,
          disabled,
          run: () => onOpen({ kind: 'delete', list }),
        },
      ]}
    >
      <Icon name="more" size={18} />
    </Menu>
  );
}
