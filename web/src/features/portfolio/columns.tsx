import type { Holding } from '@/api/parse/portfolios';
import { Sparkline } from '@/charts/sparkline';
import type { Dec } from '@/lib/decimal';
import { percent } from '@/lib/format';
import { Amount, Price, Quantity } from '@/ui/amount';
import { assetClassLabel } from '@/ui/asset-classes';
import { Badge, StaleBadge } from '@/ui/badge';
import type { Column } from '@/ui/column';
import { Delta, Gain } from '@/ui/delta';
import { Unknown } from '@/ui/unknown';
import { t } from './messages';

/** The price with what is to be known about it: that it is old, or that there is none. */
export function HoldingPrice({ item }: { item: Holding }) {
  if (item.is_at_cost)
    return (
      <Badge tone="warning" title={t('atCostTitle')}>
        {t('atCost')}
      </Badge>
    );
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-x-2">
      {item.is_stale && <StaleBadge asOf={item.price_as_of} />}
      <Price value={item.price} currency={item.currency} reason={t('noPrice')} />
    </span>
  );
}

export function Weight({ value }: { value: number | null }) {
  return value === null ? <Unknown reason={t('noValue')} /> : percent(value);
}

// A phone has no room for more columns: the return stands under the value.
function ValueCell({ item, base }: { item: Holding; base: string }) {
  return (
    <>
      <Amount value={item.market_value} currency={base} reason={t('noValue')} />
      <span className="block text-xs md:hidden">
        {item.is_at_cost ? (
          <HoldingPrice item={item} />
        ) : (
          <Delta value={item.unrealised_return} reason={t('noCost')} />
        )}
      </span>
    </>
  );
}

type Money = (item: Holding) => Dec | null;

/** Every figure of a holding. The columns that name it and act on it stand around these. */
export function holdingColumns(base: string): Column<Holding>[] {
  const figure = (id: string, header: string, value: Money, from?: 'md' | 'lg' | 'xl'): Column<Holding> => ({
    id,
    header,
    isNumeric: true,
    ...(from ? { from } : {}),
    sortValue: value,
    cell: (item) => <Amount value={value(item)} currency={base} reason={t('noValue')} />,
  });
  const gain = (id: string, header: string, value: Money, from?: 'md' | 'lg' | 'xl'): Column<Holding> => ({
    ...figure(id, header, value, from),
    cell: (item) => <Gain value={value(item)} currency={base} reason={t('noCost')} />,
  });
  return [
    {
      id: 'asset_class',
      header: t('by_asset_class'),
      from: 'md',
      sortValue: ({ asset_class }) => assetClassLabel(asset_class),
      cell: ({ asset_class }) => assetClassLabel(asset_class),
    },
    {
      id: 'trend',
      header: t('trend'),
      from: 'xl',
      cell: ({ price_history }) => <Sparkline values={price_history} />,
    },
    {
      id: 'quantity',
      header: t('quantity'),
      isNumeric: true,
      from: 'lg',
      sortValue: ({ quantity }) => quantity,
      cell: ({ quantity }) => <Quantity value={quantity} />,
    },
    {
      id: 'price',
      header: t('price'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ price }) => price,
      cell: (item) => <HoldingPrice item={item} />,
    },
    figure('average_price', t('averagePrice'), ({ average_price }) => average_price, 'md'),
    figure('cost_basis', t('costBasis'), ({ cost_basis }) => cost_basis, 'md'),
    {
      ...figure('value', t('marketValue'), ({ market_value }) => market_value),
      cell: (item) => <ValueCell item={item} base={base} />,
    },
    {
      id: 'weight',
      header: t('weight'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ weight }) => weight,
      cell: ({ weight }) => <Weight value={weight} />,
    },
    {
      id: 'day',
      header: t('dayChange'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ day_return }) => day_return,
      cell: ({ day_return }) => <Delta value={day_return} reason={t('noDay')} />,
    },
    gain('gain', t('gain'), ({ unrealised_gain }) => unrealised_gain, 'lg'),
    gain('unrealised_gain_price', t('gainPrice'), ({ unrealised_gain_price: value }) => value, 'md'),
    gain('unrealised_gain_fx', t('gainFx'), ({ unrealised_gain_fx: value }) => value, 'md'),
    {
      id: 'return',
      header: t('return'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ unrealised_return }) => unrealised_return,
      cell: ({ unrealised_return }) => <Delta value={unrealised_return} reason={t('noCost')} />,
    },
    gain('realised_gain', t('realisedColumn'), ({ realised_gain }) => realised_gain, 'md'),
    gain('income', t('income'), ({ income }) => income, 'md'),
  ];
}
