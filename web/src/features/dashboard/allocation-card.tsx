import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ALLOCATION_KEYS, type Allocation, type Holdings } from '@/api/parse/portfolios';
import { allocationQuery, holdingsQuery } from '@/api/queries/portfolios';
import { holdingTiles } from '@/charts/holding-tiles';
import type { TileGroup } from '@/charts/treemap';
import { oneOf } from '@/lib/storage';
import { type AssetClassName, assetClassLabel } from '@/ui/asset-classes';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { latePart } from '@/ui/late-part';
import { useSearchState } from '@/ui/search-state';
import { Segmented } from '@/ui/segmented';
import { Skeleton } from '@/ui/skeleton';
import { t } from './messages';
import type { PartProps } from './part';

const MAP_PX = 294;
// The map and the table's line below.
const CARD_PX = MAP_PX + 34;

const Treemap = latePart(async () => (await import('@/charts/treemap')).Treemap, CARD_PX);

const LABELS = {
  asset: 'byAsset',
  asset_class: 'byClass',
  currency: 'byCurrency',
  account: 'byAccount',
} as const;
const SEARCH = { by: (value: unknown) => oneOf(ALLOCATION_KEYS)(value) ?? 'asset' };

export function AllocationCard({ portfolio, range }: PartProps) {
  const [{ by }, setSearch] = useSearchState(SEARCH);
  const holdings = useQuery({ ...holdingsQuery(portfolio.id, range.to), enabled: by === 'asset' });
  const allocation = useQuery({
    ...allocationQuery(portfolio.id, by, range.to),
    enabled: by !== 'asset',
  });
  const open = useOpen(portfolio.id, by);
  const { error, refetch } = by === 'asset' ? holdings : allocation;
  const groups = by === 'asset' ? byAsset(holdings.data) : byKey(allocation.data, by);
  return (
    <Card
      className="h-full"
      title={t('allocation')}
      action={
        <Segmented
          label={t('by')}
          choices={ALLOCATION_KEYS.map((value) => ({ value, label: t(LABELS[value]) }))}
          value={by}
          onChange={(next) => setSearch({ by: next === 'asset' ? undefined : next })}
        />
      }
    >
      <div style={{ minHeight: CARD_PX }}>
        {!groups && error ? (
          <ErrorState error={error} onRetry={() => void refetch()} minHeight={CARD_PX} />
        ) : groups?.length === 0 ? (
          <p className="flex items-center justify-center text-muted" style={{ height: CARD_PX }}>
            {t('noAllocation')}
          </p>
        ) : groups ? (
          <Treemap label={t('allocation')} groups={groups} height={MAP_PX} onTile={open} />
        ) : (
          <Skeleton height={CARD_PX} />
        )}
      </div>
    </Card>
  );
}

function byAsset(holdings: Holdings | undefined): TileGroup[] | undefined {
  return holdings && holdingTiles(holdings, assetClassLabel);
}

// While another key loads, the answer before it is still there: it belongs to its own key.
function byKey(allocation: Allocation | undefined, by: Allocation['by']): TileGroup[] | undefined {
  if (!allocation || allocation.by !== by) return;
  const tiles = allocation.items.flatMap(({ key, label, weight, day_return }) => {
    const name = by === 'asset_class' ? assetClassLabel(label as AssetClassName) : label;
    return weight === null ? [] : [{ id: key, label: name, weight, change: day_return }];
  });
  return tiles.length ? [{ id: 'all', label: t('allOf'), tiles }] : [];
}

/** A tile opens what it stands for: an asset with its lots, or the holdings or transactions it is made of. */
function useOpen(id: string, by: Allocation['by']): (tile: string) => void {
  const navigate = useNavigate();
  return (tile) => {
    if (by === 'account') {
      void navigate({
        to: '/portfolios/$id/transactions',
        params: { id },
        search: { account: tile } as never,
      });
      return;
    }
    // Cash has no lots: the page shows it under the holdings.
    const search =
      by === 'asset' ? { asset: tile } : by === 'asset_class' ? { class: tile } : { currency: tile };
    void navigate({ to: '/portfolios/$id', params: { id }, search: search as never });
  };
}
