import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import type { Asked } from '@/api/parse/explanations';
import type { Holding, Holdings, Lot } from '@/api/parse/portfolios';
import { lotsQuery } from '@/api/queries/portfolios';
import { symbolOf } from '@/lib/asset-name';
import { formatDay } from '@/lib/dates';
import { Amount, Price, Quantity } from '@/ui/amount';
import { assetClassLabel } from '@/ui/asset-classes';
import { SimulatedBadge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import type { Column } from '@/ui/column';
import { DayDelta, DayGain } from '@/ui/day-change';
import { Gain } from '@/ui/delta';
import { ErrorState } from '@/ui/error-state';
import { Fact } from '@/ui/fact';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { useWriteBlock } from '@/ui/write-block';
import { ExplainedOf, HoldingPrice, Weight } from './columns';
import { t } from './messages';

interface HoldingDetailProps {
  data: Holdings;
  item: Holding;
  onPrice: (holding: Holding) => void;
}

/** Under a holding: all its figures, also those a narrow screen has no column for, and its lots. */
export function HoldingDetail({ data, item, onPrice }: HoldingDetailProps) {
  const portfolioId = data.portfolio_id;
  const block = useWriteBlock();
  const box = useRef<HTMLDivElement>(null);
  // Opened from the map or by an address, the row may be out of sight.
  useEffect(() => {
    // Its result is a promise in new browsers, which React would take for the clean-up.
    void box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={box} className="flex scroll-mt-20 scroll-mb-20 flex-col gap-3 py-3">
      <div className="flex flex-wrap items-center gap-2 px-4">
        <span className="text-muted text-xs">
          {assetClassLabel(item.asset_class)} · {item.currency}
        </span>
        {item.is_simulated && <SimulatedBadge />}
        <span className="grow" />
        <Button
          icon="plus"
          kind={item.is_at_cost || item.price === null ? 'primary' : 'secondary'}
          disabled={block !== undefined}
          title={block}
          onClick={() => onPrice(item)}
        >
          {t('addPrice')}
        </Button>
        <Link to="/assets/$id" params={{ id: item.asset_id }} className={buttonClass()}>
          {t('openAsset', { symbol: symbolOf(item) })}
        </Link>
        <Link
          to="/portfolios/$id/transactions"
          params={{ id: portfolioId }}
          search={{ asset: item.asset_id } as never}
          className={buttonClass()}
        >
          {t('showTransactions')}
        </Link>
      </div>
      {item.is_at_cost && <p className="px-4 text-muted text-sm">{t('atCostTitle')}</p>}
      <Facts item={item} data={data} />
      <Lots item={item} holdings={data} />
    </div>
  );
}

type GainName =
  | 'unrealised_gain'
  | 'unrealised_gain_price'
  | 'unrealised_gain_fx'
  | 'realised_gain'
  | 'income';

function Facts({ item, data }: { item: Holding; data: Holdings }) {
  const { base_currency: base, as_of } = data;
  const explained = (figure: Asked['figure'], cell: ReactNode, days?: number) => (
    <ExplainedOf figure={figure} item={item} data={data} {...(days ? { days } : {})}>
      {cell}
    </ExplainedOf>
  );
  const gainOf = (value: Holding['income']) => <Gain value={value} currency={base} reason={t('noCost')} />;
  const gain = (name: GainName) => explained(name, gainOf(item[name]));
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-2 px-4 sm:grid-cols-3 lg:grid-cols-6">
      <Fact label={t('quantity')}>{explained('quantity', <Quantity value={item.quantity} />)}</Fact>
      <Fact label={t('price')}>{explained('price', <HoldingPrice item={item} />)}</Fact>
      <Fact label={t('averagePrice')}>
        {explained(
          'average_price',
          <Price value={item.average_price} currency={item.currency} reason={t('noCost')} />,
        )}
      </Fact>
      <Fact label={t('costBasis')}>
        {explained('cost_basis', <Amount value={item.cost_basis} currency={base} reason={t('noCost')} />)}
      </Fact>
      <Fact label={t('weight')}>{explained('weight', <Weight value={item.weight} />)}</Fact>
      <Fact label={t('dayChange')}>{explained('twr', <DayDelta item={item} asOf={as_of} />, 1)}</Fact>
      <Fact label={t('unrealised')}>{gain('unrealised_gain')}</Fact>
      <Fact label={t('gainPrice')}>{gain('unrealised_gain_price')}</Fact>
      <Fact label={t('gainFx')}>{gain('unrealised_gain_fx')}</Fact>
      <Fact label={t('dayGain')}>
        {explained('simple_gain', <DayGain item={item} asOf={as_of} currency={base} />, 1)}
      </Fact>
      <Fact label={t('realised')}>{gain('realised_gain')}</Fact>
      <Fact label={t('income')}>{gain('income')}</Fact>
    </dl>
  );
}

function Lots({ item, holdings }: { item: Holding; holdings: Holdings }) {
  const { data, error, refetch } = useQuery(lotsQuery(holdings.portfolio_id, item.asset_id));
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />;
  if (!data) return <SkeletonRows rows={4} height={40} />;
  if (data.items.length === 0) return <p className="px-4 text-muted text-sm">{t('noLots')}</p>;
  return (
    <div className="max-h-96 overflow-y-auto border-line border-y bg-panel">
      <Table
        caption={t('lots', { symbol: symbolOf(item) })}
        columns={lotColumns(item, holdings)}
        rows={data.items}
        rowKey={({ id }) => id}
      />
    </div>
  );
}

/** What a lot costs and is worth stands in the explanation of all lots of the asset. */
function lotColumns(item: Holding, data: Holdings): Column<Lot>[] {
  const base = data.base_currency;
  const explained = (figure: Asked['figure'], cell: ReactNode) => (
    <ExplainedOf figure={figure} item={item} data={data}>
      {cell}
    </ExplainedOf>
  );
  return [
    {
      id: 'acquired',
      header: t('acquired'),
      isRowHeader: true,
      sortValue: ({ acquired_on }) => acquired_on,
      cell: ({ acquired_on }) => <span className="whitespace-nowrap">{formatDay(acquired_on)}</span>,
    },
    {
      id: 'account',
      header: t('account'),
      from: 'lg',
      sortValue: ({ account }) => account,
      cell: ({ account }) => account,
    },
    {
      id: 'units',
      header: t('units'),
      isNumeric: true,
      sortValue: ({ quantity }) => quantity,
      cell: ({ quantity }) => <Quantity value={quantity} />,
    },
    {
      id: 'unit_cost',
      header: t('unitCost'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ unit_cost }) => unit_cost,
      cell: ({ unit_cost }) =>
        explained('cost_basis', <Price value={unit_cost} currency={base} reason={t('noCost')} />),
    },
    {
      id: 'cost',
      header: t('lotCost'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ cost_basis }) => cost_basis,
      cell: ({ cost_basis }) =>
        explained('cost_basis', <Amount value={cost_basis} currency={base} reason={t('noCost')} />),
    },
    {
      id: 'value',
      header: t('marketValue'),
      isNumeric: true,
      from: 'md',
      sortValue: ({ market_value }) => market_value,
      cell: ({ market_value }) =>
        explained('market_value', <Amount value={market_value} currency={base} reason={t('noValue')} />),
    },
    {
      id: 'gain',
      header: t('gain'),
      isNumeric: true,
      sortValue: ({ unrealised_gain }) => unrealised_gain,
      cell: ({ unrealised_gain }) =>
        explained('unrealised_gain', <Gain value={unrealised_gain} currency={base} reason={t('noCost')} />),
    },
    {
      id: 'term',
      header: t('term'),
      from: 'sm',
      sortValue: ({ held_days }) => held_days,
      cell: ({ term, held_days, days_to_long_term: left }) => (
        <span title={t('heldDays', { count: held_days })}>
          {t(term)}
          {left > 0 && (
            <span className="block whitespace-nowrap text-muted text-xs">{t('toLong', { count: left })}</span>
          )}
        </span>
      ),
    },
  ];
}
