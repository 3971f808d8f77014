import type { ReactNode } from 'react';
import { dayReturnOf } from '@/api/parse/day-change';
import type { Asked } from '@/api/parse/explanations';
import type { Holding, Holdings } from '@/api/parse/portfolios';
import { Sparkline } from '@/charts/sparkline';
import { addDays } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { percent } from '@/lib/format';
import { Amount, Price, Quantity } from '@/ui/amount';
import { assetClassLabel } from '@/ui/asset-classes';
import { Badge, StaleBadge } from '@/ui/badge';
import type { Column } from '@/ui/column';
import { DayDelta } from '@/ui/day-change';
import { Delta, Gain } from '@/ui/delta';
import { Explained } from '@/ui/explained';
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
function ValueCell({ item, data }: { item: Holding; data: Holdings }) {
  return (
    <>
      <span className="block leading-6">
        <ExplainedOf figure="market_value" item={item} data={data}>
          <Amount value={item.market_value} currency={data.base_currency} reason={t('noValue')} />
        </ExplainedOf>
      </span>
      <span className="block text-xs leading-6 md:hidden">
        {item.is_at_cost ? (
          <HoldingPrice item={item} />
        ) : (
          <ExplainedOf figure="unrealised_return" item={item} data={data}>
            <Delta value={item.unrealised_return} reason={t('noCost')} />
          </ExplainedOf>
        )}
      </span>
    </>
  );
}

interface ExplainedOfProps {
  figure: Asked['figure'];
  item: Holding;
  /** Where it is held. */
  data: Pick<Holdings, 'portfolio_id' | 'as_of'>;
  /** Days before the last one; since inception without. */
  days?: number;
  children: ReactNode;
}

/** A figure of a holding that tells how it came about. */
export function ExplainedOf({ figure, item, data, days, children }: ExplainedOfProps) {
  const { portfolio_id: of, as_of: to } = data;
  const from = days === undefined ? undefined : addDays(to, -days);
  return <Explained asked={{ of, figure, asset_id: item.asset_id, from, to }}>{children}</Explained>;
}

type Money = (item: Holding) => Dec | null;
type From = 'md' | 'lg' | 'xl';

/** Every figure of a holding. The columns that name it and act on it stand around these. */
export function holdingColumns(data: Holdings): Column<Holding>[] {
  const { base_currency: base, as_of: asOf } = data;
  const explained = (figure: Asked['figure'], item: Holding, cell: ReactNode, days?: number) => (
    <ExplainedOf figure={figure} item={item} data={data} {...(days ? { days } : {})}>
      {cell}
    </ExplainedOf>
  );
  const figure = (id: Asked['figure'], header: string, value: Money, from?: From): Column<Holding> => ({
    id,
    header,
    isNumeric: true,
    ...(from ? { from } : {}),
    sortValue: value,
    cell: (item) => explained(id, item, <Amount value={value(item)} currency={base} reason={t('noValue')} />),
  });
  const gain = (id: Asked['figure'], header: string, value: Money, from?: From): Column<Holding> => ({
    ...figure(id, header, value, from),
    cell: (item) => explained(id, item, <Gain value={value(item)} currency={base} reason={t('noCost')} />),
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
      cell: (item) => explained('quantity', item, <Quantity value={item.quantity} />),
    },
    {
      id: 'price',
      header: t('price'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ price }) => price,
      cell: (item) => explained('price', item, <HoldingPrice item={item} />),
    },
    {
      ...figure('average_price', t('averagePrice'), ({ average_price }) => average_price, 'md'),
      // Beside the price, in the currency of the asset as that is.
      cell: (item) =>
        explained(
          'average_price',
          item,
          <Price value={item.average_price} currency={item.currency} reason={t('noCost')} />,
        ),
    },
    figure('cost_basis', t('costBasis'), ({ cost_basis }) => cost_basis, 'md'),
    {
      ...figure('market_value', t('marketValue'), ({ market_value }) => market_value),
      id: 'value',
      cell: (item) => <ValueCell item={item} data={data} />,
    },
    {
      id: 'weight',
      header: t('weight'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ weight }) => weight,
      cell: (item) => explained('weight', item, <Weight value={item.weight} />),
    },
    {
      id: 'day',
      header: t('dayChange'),
      isNumeric: true,
      from: 'md',
      sortValue: (item) => dayReturnOf(item, asOf),
      cell: (item) => explained('twr', item, <DayDelta item={item} asOf={asOf} />, 1),
    },
    { ...gain('unrealised_gain', t('gain'), ({ unrealised_gain }) => unrealised_gain, 'lg'), id: 'gain' },
    gain('unrealised_gain_price', t('gainPrice'), ({ unrealised_gain_price: value }) => value, 'md'),
    gain('unrealised_gain_fx', t('gainFx'), ({ unrealised_gain_fx: value }) => value, 'md'),
    {
      id: 'return',
      header: t('return'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ unrealised_return }) => unrealised_return,
      cell: (item) =>
        explained('unrealised_return', item, <Delta value={item.unrealised_return} reason={t('noCost')} />),
    },
    gain('realised_gain', t('realisedColumn'), ({ realised_gain }) => realised_gain, 'md'),
    gain('income', t('income'), ({ income }) => income, 'md'),
  ];
}
