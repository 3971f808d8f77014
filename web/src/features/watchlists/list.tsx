import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Watched, Watchlist } from '@/api/parse/assets';
import { useAssetSearch } from '@/api/queries/asset-search';
import { usePutWatched, useUnwatch, useWatch, watchlistQuery } from '@/api/queries/watchlists';
import { Sparkline } from '@/charts/sparkline';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { formatDay } from '@/lib/dates';
import { Price } from '@/ui/amount';
import { assetOption } from '@/ui/asset-classes';
import { StaleBadge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Combobox } from '@/ui/combobox';
import { Delta } from '@/ui/delta';
import { Empty } from '@/ui/empty';
import { ErrorState, FormError } from '@/ui/error-state';
import { Icon } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { useToldError, useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

/** One list with the last price of each asset, its move and its age. */
export function ListCard({ list, action }: { list: Watchlist; action: ReactNode }) {
  const { data, error, refetch } = useQuery(watchlistQuery(list.id));
  return (
    <Card title={list.name} action={action} flush>
      <AddAsset list={list} />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={240} />
      ) : !data ? (
        <SkeletonRows rows={Math.max(3, list.asset_ids.length)} height={48} />
      ) : data.items.length === 0 ? (
        <Empty
          icon="eye"
          title={t('nothingTitle', { name: list.name })}
          action={
            <Link to="/search" className={buttonClass('secondary')}>
              {t('searchMarket')}
            </Link>
          }
        >
          {t('nothingBody')}
        </Empty>
      ) : (
        <Table
          caption={list.name}
          columns={[...COLUMNS, actionsColumn(list)]}
          rows={data.items}
          rowKey={({ asset }) => asset.id}
        />
      )}
    </Card>
  );
}

function AddAsset({ list }: { list: Watchlist }) {
  const [text, setText] = useState('');
  const search = useAssetSearch(text);
  const watch = useWatch();
  const block = useWriteBlock();
  return (
    <div className="flex flex-col gap-2 px-4 pb-3">
      <Combobox
        label={t('addAsset')}
        className="max-w-md"
        text={text}
        onText={setText}
        disabled={block !== undefined}
        options={search.items.filter(({ id }) => !list.asset_ids.includes(id)).map(assetOption)}
        isSearching={search.isSearching}
        onChoose={({ id }) => {
          setText('');
          watch.mutate({ id: list.id, asset_id: id });
        }}
      />
      <FormError error={watch.error} />
    </div>
  );
}

const COLUMNS: Column<Watched>[] = [
  {
    id: 'asset',
    header: t('asset'),
    isRowHeader: true,
    sortValue: ({ asset }) => symbolOf(asset),
    cell: ({ asset }) => (
      <span className="block min-w-0 py-1">
        <Link to="/assets/$id" params={{ id: asset.id }} className={`${linkClass} font-semibold`}>
          {symbolOf(asset)}
        </Link>
        <span className="line-clamp-2 wrap-anywhere text-muted text-xs md:max-w-64">{nameBeside(asset)}</span>
      </span>
    ),
  },
  {
    id: 'trend',
    header: t('trend'),
    from: 'md',
    cell: ({ price_history }) => <Sparkline values={price_history} />,
  },
  {
    id: 'price',
    header: t('price'),
    isNumeric: true,
    sortValue: ({ asset }) => asset.latest_price?.price ?? null,
    cell: ({ asset }) => (
      <span className="inline-flex flex-wrap items-center justify-end gap-x-2">
        {asset.latest_price?.is_stale && <StaleBadge asOf={asset.latest_price.as_of} />}
        <Price value={asset.latest_price?.price} currency={asset.currency} reason={t('noPrice')} />
      </span>
    ),
  },
  {
    id: 'move',
    header: t('move'),
    isNumeric: true,
    sortValue: ({ day_return }) => day_return,
    cell: ({ day_return, day_return_since }) => (
      <span title={day_return_since ? t('moveSince', { day: formatDay(day_return_since) }) : undefined}>
        <Delta value={day_return} reason={t('noMove')} />
      </span>
    ),
  },
  {
    id: 'age',
    header: t('age'),
    isNumeric: true,
    from: 'sm',
    sortValue: ({ asset }) => asset.latest_price?.age_days ?? null,
    cell: ({ asset: { latest_price: last } }) =>
      last && (
        <span className="whitespace-nowrap text-muted" title={formatDay(last.as_of)}>
          {last.age_days === 0 ? t('ageToday') : t('ageDays', { count: last.age_days })}
        </span>
      ),
  },
];

function actionsColumn(list: Watchlist): Column<Watched> {
  return {
    id: 'actions',
    header: t('actions'),
    isHeaderHidden: true,
    cell: ({ asset }) => <Actions list={list} assetId={asset.id} symbol={symbolOf(asset)} />,
  };
}

function Actions({ list, assetId, symbol }: { list: Watchlist; assetId: string; symbol: string }) {
  const put = usePutWatched();
  const unwatch = useUnwatch();
  const { toast } = useUi();
  const onError = useToldError();
  const disabled = useWriteBlock() !== undefined || put.isPending || unwatch.isPending;
  const { id, asset_ids: ids } = list;
  const at = ids.indexOf(assetId);
  const others = ids.filter((one) => one !== assetId);
  const moveTo = (place: number) =>
    put.mutate({ id, asset_ids: others.toSpliced(place, 0, assetId) }, { onError });
  const remove = () =>
    unwatch.mutate(
      { id, asset_id: assetId },
      { onSuccess: () => toast({ text: t('removed', { symbol }) }), onError },
    );
  return (
    <Menu
      label={t('actionsOf', { symbol })}
      buttonClassName={buttonClass('ghost', 'px-0')}
      items={[
        ...(at > 0
          ? [{ id: 'up', label: t('up'), icon: 'sortUp' as const, disabled, run: () => moveTo(at - 1) }]
          : []),
        ...(at >= 0 && at < ids.length - 1
          ? [{ id: 'down', label: t('down'), icon: 'sortDown' as const, disabled, run: () => moveTo(at + 1) }]
          : []),
        { id: 'remove', label: t('remove'), icon: 'trash', disabled, run: remove },
      ]}
    >
      <Icon name="more" size={18} />
    </Menu>
  );
}
