import { Link } from '@tanstack/react-router';
import type { DataHealth, FollowedAsset } from '@/api/parse/data-health';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { Price } from '@/ui/amount';
import { StaleBadge } from '@/ui/badge';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { Progress } from '@/ui/progress';
import { providerLabel } from '@/ui/providers';
import { Table } from '@/ui/table';
import { t } from './messages';
import { ageText } from './words';

const COLUMNS: readonly Column<FollowedAsset>[] = [
  {
    id: 'asset',
    header: t('asset'),
    cell: (asset) => (
      <span className="block py-1">
        <Link to="/assets/$id" params={{ id: asset.asset_id }} className={`${linkClass} font-medium`}>
          {symbolOf(asset)}
        </Link>
        <span className="block max-w-20 truncate sm:max-w-64 text-muted text-xs">{nameBeside(asset)}</span>
      </span>
    ),
    sortValue: symbolOf,
    isRowHeader: true,
  },
  {
    id: 'price',
    header: t('price'),
    cell: ({ price, currency }) => <Price value={price} currency={currency} reason={t('noPrice')} />,
    isNumeric: true,
  },
  {
    id: 'age',
    header: t('age'),
    cell: ({ age_days, is_stale, day }) => (
      <span className="inline-flex flex-wrap items-center gap-1">
        {age_days === null ? t('never') : ageText(age_days)}
        {is_stale && day && <StaleBadge asOf={day} />}
      </span>
    ),
    sortValue: ({ age_days }) => age_days ?? Number.MAX_SAFE_INTEGER,
  },
  {
    id: 'provider',
    header: t('provider'),
    cell: ({ provider }) => (provider === null ? t('unknown') : providerLabel(provider)),
    sortValue: ({ provider }) => provider && providerLabel(provider),
    from: 'sm',
  },
];

function remark(asset: FollowedAsset) {
  const { backfill, problem, flag } = asset;
  if (!backfill && !problem && !flag) return;
  return (
    <div className="flex flex-col gap-1 px-4 py-2 text-xs">
      {backfill?.state === 'failed' && <span className="block text-danger">{t('historyFailed')}</span>}
      {backfill && backfill.state !== 'failed' && (
        <span className="block max-w-md">
          {t('history')}
          <Progress value={backfill.progress ?? undefined} label={t('history')} />
        </span>
      )}
      {problem && <span className="block">{problem}</span>}
      {flag && <span className="block text-muted">{flag}</span>}
    </div>
  );
}

export function AssetsCard({ data }: { data: DataHealth }) {
  const { assets, assets_total } = data;
  const more = assets.length < assets_total && (
    <span className="text-muted text-xs">
      {t('followingMore', { count: assets.length, total: assets_total })}
    </span>
  );
  return (
    <Card title={t('following')} action={more} flush={assets.length > 0}>
      {assets.length === 0 ? (
        <Empty icon="chart" title={t('nothingFollowed')}>
          {t('nothingFollowedNote')}
        </Empty>
      ) : (
        <Table
          caption={t('following')}
          columns={COLUMNS}
          rows={assets}
          rowKey={({ asset_id }) => asset_id}
          detail={remark}
        />
      )}
    </Card>
  );
}
