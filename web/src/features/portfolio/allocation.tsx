import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Asked } from '@/api/parse/explanations';
import { ALLOCATION_KEYS, type Allocation, type Holding } from '@/api/parse/portfolios';
import { allocationQuery, holdingsQuery } from '@/api/queries/portfolios';
import { type TileGroup, Treemap } from '@/charts/treemap';
import { nameBeside, symbolOf } from '@/lib/asset-name';
import { Amount } from '@/ui/amount';
import { type AssetClassName, assetClassLabel } from '@/ui/asset-classes';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { dayReason } from '@/ui/day-change';
import { Delta } from '@/ui/delta';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
import { Segmented } from '@/ui/segmented';
import { Skeleton } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { Weight } from './columns';
import { t } from './messages';
import type { Change, Search } from './search';
import { TargetsBar, type Typed, targetColumns } from './targets';

type Slice = Allocation['items'][number] & {
  /** The whole name of an asset, where its label is a symbol. */
  fullName?: string | undefined;
};

interface AllocationTabProps {
  portfolioId: string;
  by: Search['by'];
  onChange: (change: Change) => void;
}

/** How the value is spread: a map, and the same as a table. */
export function AllocationTab({ portfolioId, by, onChange }: AllocationTabProps) {
  const { data, error, refetch } = useQuery(allocationQuery(portfolioId, by));
  const choice = (
    <Segmented
      label={t('by')}
      choices={ALLOCATION_KEYS.map((value) => ({ value, label: t(`by_${value}`) }))}
      value={by}
      onChange={(value) => onChange({ by: value === 'asset' ? undefined : value })}
    />
  );
  return (
    <Card title={t('tabAllocation')} action={choice} flush>
      {data ? (
        <Parts key={data.by} portfolioId={portfolioId} data={data} onChange={onChange} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={480} />
      ) : (
        <Skeleton height={480} />
      )}
    </Card>
  );
}

interface PartsProps {
  portfolioId: string;
  data: Allocation;
  onChange: (change: Change) => void;
}

function Parts({ portfolioId, data, onChange }: PartsProps) {
  const holdings = useQuery(holdingsQuery(portfolioId)).data?.items ?? [];
  const [typed, setTyped] = useState<Typed>();
  const slices = data.items.map((item) => ({ ...item, ...namesOf(data.by, item, holdings) }));
  if (slices.length === 0)
    return (
      <Empty icon="pie" title={t('tabAllocation')}>
        {t('noAllocation')}
      </Empty>
    );
  const hasTargets = typed !== undefined || slices.some(({ target }) => target !== null);
  const isHolding = (key: string) => holdings.some(({ asset_id }) => asset_id === key);
  const onOpen = (key: string) => {
    if (isHolding(key)) onChange({ tab: undefined, asset: key });
  };
  const name = t('mapLabel', { by: t(`by_${data.by}`) });
  return (
    <>
      <div className="px-4 pb-3">
        <Treemap
          label={name}
          height={300}
          groups={groupsOf(data.by, slices, holdings)}
          {...(data.by === 'asset' ? { onTile: onOpen } : {})}
        />
        <p className="mt-1 text-muted text-xs">
          {t('mapNote')} {data.by === 'asset' && t('mapClick')}{' '}
          {slices.some(({ weight }) => (weight ?? 0) < 0) && t('mapNegative')}
        </p>
      </div>
      <div className="border-line border-t">
        {data.by !== 'account' && (
          <TargetsBar
            portfolioId={portfolioId}
            by={data.by}
            slices={slices}
            typed={typed}
            onTyped={setTyped}
          />
        )}
        <Table
          key={data.by}
          caption={name}
          columns={[
            ...columns(data, { portfolioId, isHolding, onOpen }),
            ...(hasTargets
              ? targetColumns(data.base_currency, typed, setTyped, explainedOf(data, portfolioId))
              : []),
          ]}
          rows={slices}
          rowKey={({ key }) => key}
        />
      </div>
    </>
  );
}

function namesOf(
  by: Allocation['by'],
  { key, label }: Slice,
  holdings: readonly Holding[],
): Pick<Slice, 'label' | 'fullName'> {
  if (by === 'asset_class') return { label: assetClassLabel(key as AssetClassName) };
  const held = by === 'asset' && holdings.find(({ asset_id }) => asset_id === key);
  return held ? { label: symbolOf(held), fullName: nameBeside(held) } : { label };
}

/** Assets stand under their class, what is no holding under cash; every other division is one group. */
function groupsOf(by: Allocation['by'], slices: readonly Slice[], holdings: readonly Holding[]): TileGroup[] {
  const classes = new Map(holdings.map(({ asset_id, asset_class }) => [asset_id, asset_class]));
  const groups = new Map<string, TileGroup & { tiles: TileGroup['tiles'][number][] }>();
  for (const { key, label, weight, day_return } of slices) {
    const id = by === 'asset' ? (classes.get(key) ?? 'cash') : by;
    const title = by === 'asset' ? assetClassLabel(id as AssetClassName) : t(`by_${by}`);
    const group = groups.get(id) ?? { id, label: title, tiles: [] };
    group.tiles.push({ id: key, label, weight: weight ?? 0, change: day_return });
    groups.set(id, group);
  }
  return [...groups.values()];
}

interface Opening {
  portfolioId: string;
  isHolding: (key: string) => boolean;
  onOpen: (key: string) => void;
}

/** Lets a figure of a slice tell how it came about. */
function explainedOf({ by, as_of }: Allocation, of: string) {
  return (figure: Asked['figure'], { key }: Slice, cell: ReactNode) => (
    <Explained asked={{ of, figure, by, key, to: as_of }}>{cell}</Explained>
  );
}

function columns(data: Allocation, { portfolioId: of, isHolding, onOpen }: Opening): Column<Slice>[] {
  const { by, base_currency: base, as_of } = data;
  const explained = explainedOf(data, of);
  return [
    {
      id: 'label',
      header: t(`by_${by}`),
      isRowHeader: true,
      sortValue: ({ label }) => label,
      cell: ({ key, label, fullName }) =>
        isHolding(key) ? (
          <>
            <button
              type="button"
              title={t('showLots', { symbol: label })}
              className={linkClass}
              onClick={() => onOpen(key)}
            >
              {label}
            </button>
            <span className="block text-muted text-xs md:inline md:ps-2">{fullName}</span>
          </>
        ) : (
          label
        ),
    },
    {
      id: 'value',
      header: t('marketValue'),
      isNumeric: true,
      sortValue: ({ market_value }) => market_value,
      cell: (slice) =>
        explained(
          'market_value',
          slice,
          <Amount value={slice.market_value} currency={base} reason={t('noValue')} />,
        ),
    },
    {
      id: 'weight',
      header: t('weight'),
      isNumeric: true,
      sortValue: ({ weight }) => weight,
      cell: (slice) => explained('weight', slice, <Weight value={slice.weight} />),
    },
    {
      id: 'day',
      header: t('dayChange'),
      isNumeric: true,
      under: true,
      sortValue: ({ day_return }) => day_return,
      cell: (slice) =>
        explained(
          'day_return',
          slice,
          <Delta value={slice.day_return} reason={dayReason(slice.price_as_of, as_of)} />,
        ),
    },
    {
      id: 'return',
      header: t('return'),
      isNumeric: true,
      under: true,
      sortValue: ({ unrealised_return }) => unrealised_return,
      cell: (slice) =>
        explained('unrealised_return', slice, <Delta value={slice.unrealised_return} reason={t('noCost')} />),
    },
  ];
}
