import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Asked } from '@/api/parse/explanations';
import type { RealisedGain, RealisedGains } from '@/api/parse/portfolios';
import { realisedGainsQuery } from '@/api/queries/portfolios';
import { addDays, formatDay, today } from '@/lib/dates';
import { ZERO } from '@/lib/decimal';
import { Amount, Quantity } from '@/ui/amount';
import { Button, buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { type Column, underBelow } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { disposalKindLabel } from '@/ui/disposal-kinds';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { Explained } from '@/ui/explained';
import { Segmented } from '@/ui/segmented';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { useFirst } from '@/ui/use-first';
import { useNarrow } from '@/ui/use-narrow';
import { t } from './messages';
import { type Change, PERIODS, type Search } from './search';

const ROWS_FIRST = { wide: 200, narrow: 20 };
const PERIOD_WORDS = { all: 'periodAll', this: 'periodThis', last: 'periodLast' } as const;

interface RealisedTabProps {
  portfolioId: string;
  period: Search['period'];
  onChange: (change: Change) => void;
}

/** Everything disposed of, with the lots it took and what came of it. */
export function RealisedTab({ portfolioId, period, onChange }: RealisedTabProps) {
  const [from, to] = daysOf(period);
  const { data, error, refetch } = useQuery(realisedGainsQuery(portfolioId, from, to));
  const choice = (
    <span className="flex flex-wrap items-center gap-2">
      <Link
        to="/portfolios/$id/tax-report"
        params={{ id: portfolioId }}
        className={buttonClass('ghost', 'text-accent')}
      >
        {t('taxReport')}
      </Link>
      <Segmented
        label={t('period')}
        choices={PERIODS.map((value) => ({ value, label: t(PERIOD_WORDS[value]) }))}
        value={period}
        onChange={(value) => onChange({ period: value === 'all' ? undefined : value })}
      />
    </span>
  );
  return (
    <Card title={t('tabRealised')} action={choice} flush>
      {data ? (
        <Rows data={data} isAllTime={period === 'all'} days={{ of: portfolioId, from, to }} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={400} />
      ) : (
        <SkeletonRows rows={10} height={40} />
      )}
    </Card>
  );
}

// A period reaches from the end of one day to the end of another, so a year begins with the last day of the one before.
function daysOf(period: Search['period']): [string?, string?] {
  const newYear = `${today().slice(0, 4)}-01-01`;
  if (period === 'this') return [addDays(newYear, -1)];
  const last = addDays(newYear, -1);
  return period === 'last' ? [addDays(`${last.slice(0, 4)}-01-01`, -1), last] : [];
}

interface RowsProps {
  data: RealisedGains;
  isAllTime: boolean;
  days: Pick<Asked, 'of' | 'from' | 'to'>;
}

function Rows({ data, isAllTime, days }: RowsProps) {
  const { items, totals, base_currency: base } = data;
  const { shown, rest, showAll } = useFirst(items, ROWS_FIRST[useNarrow() ? 'narrow' : 'wide']);
  if (items.length === 0 && totals.currency_gain === ZERO)
    return (
      <Empty icon="list" title={t('noRealisedTitle')}>
        {t(isAllTime ? 'noRealisedBody' : 'noRealisedPeriod')}
      </Empty>
    );
  const gain = (figure: Asked['figure'], value: typeof totals.gain) => (
    <Explained asked={{ figure, ...days }}>
      <Gain value={value} currency={base} reason={t('noCost')} />
    </Explained>
  );
  const amount = (figure: Asked['figure'], value: typeof totals.gain) => (
    <Explained asked={{ figure, ...days }}>
      <Amount value={value} currency={base} reason={t('noCost')} />
    </Explained>
  );
  return (
    <>
      <Table
        caption={t('tabRealised')}
        columns={columns(days.of, base)}
        rows={shown.map((row, at) => ({ ...row, at }))}
        rowKey={({ at }) => String(at)}
        footer={[
          {
            id: 'total',
            cells: {
              sold: t('total'),
              proceeds: amount('realised_proceeds', totals.proceeds),
              cost: amount('realised_cost', totals.cost),
              gain: gain('realised_gain_lots', totals.gain_lots),
            },
          },
          ...(totals.currency_gain === ZERO
            ? []
            : [
                {
                  id: 'money',
                  cells: {
                    sold: t('gainOnMoney'),
                    gain: gain('realised_gain_cash', totals.currency_gain),
                  },
                },
                { id: 'all', cells: { sold: t('realisedInAll'), gain: gain('realised_gain', totals.gain) } },
              ]),
        ]}
      />
      <dl className="flex flex-wrap gap-x-6 gap-y-1 border-line border-t px-4 py-3 text-sm">
        <div className="flex gap-2">
          <dt className="text-muted">{t('fromPrices')}</dt>
          <dd>{gain('realised_gain_price', totals.gain_price)}</dd>
        </div>
        <div className="flex gap-2">
          <dt className="text-muted">{t('fromRates')}</dt>
          <dd>{gain('realised_gain_fx', totals.gain_fx)}</dd>
        </div>
      </dl>
      {rest > 0 && (
        <Button kind="ghost" className="m-3" onClick={showAll}>
          {t('showAll', { count: items.length })}
        </Button>
      )}
    </>
  );
}

type Row = RealisedGain & { at: number };

function columns(of: string, base: string): Column<Row>[] {
  return [
    {
      id: 'sold',
      header: t('sold'),
      isRowHeader: true,
      sortValue: ({ sold_on }) => sold_on,
      cell: ({ sold_on }) => <span className="whitespace-nowrap">{formatDay(sold_on)}</span>,
    },
    {
      id: 'asset',
      header: t('asset'),
      sortValue: ({ symbol }) => symbol,
      cell: ({ symbol }) => <span className="wrap-anywhere font-semibold">{symbol}</span>,
    },
    { id: 'kind', header: t('kind'), ...underBelow('xl'), cell: ({ reason }) => disposalKindLabel(reason) },
    {
      id: 'account',
      header: t('account'),
      ...underBelow('xl'),
      sortValue: ({ account }) => account,
      cell: ({ account }) => account,
    },
    {
      id: 'quantity',
      header: t('quantity'),
      isNumeric: true,
      ...underBelow('md'),
      sortValue: ({ quantity }) => quantity,
      cell: ({ quantity }) => <Quantity value={quantity} />,
    },
    {
      id: 'acquired',
      header: t('acquired'),
      ...underBelow('lg'),
      sortValue: ({ acquired_on }) => acquired_on,
      cell: ({ acquired_on: day }) =>
        day ? <span className="whitespace-nowrap">{formatDay(day)}</span> : null,
    },
    {
      id: 'term',
      header: t('term'),
      ...underBelow('lg'),
      sortValue: ({ held_days }) => held_days,
      cell: ({ term, held_days }) => <span title={t('heldDays', { count: held_days })}>{t(term)}</span>,
    },
    {
      id: 'proceeds',
      header: t('proceeds'),
      isNumeric: true,
      ...underBelow('md'),
      sortValue: ({ proceeds }) => proceeds,
      cell: (row) => (
        <OfSale of={of} row={row}>
          <Amount value={row.proceeds} currency={base} reason={t('noValue')} />
        </OfSale>
      ),
    },
    {
      id: 'cost',
      header: t('cost'),
      isNumeric: true,
      ...underBelow('md'),
      sortValue: ({ cost }) => cost,
      cell: (row) => (
        <OfSale of={of} row={row}>
          <Amount value={row.cost} currency={base} reason={t('unknownCost')} />
        </OfSale>
      ),
    },
    {
      id: 'gain',
      header: t('gain'),
      isNumeric: true,
      sortValue: ({ gain }) => gain,
      cell: (row) => (
        <OfSale of={of} row={row}>
          <Gain value={row.gain} currency={base} reason={t('unknownCost')} />
        </OfSale>
      ),
    },
  ];
}

interface OfSaleProps {
  /** The portfolio. */
  of: string;
  row: Row;
  children: ReactNode;
}

/** Sales of the asset on the day, each with its lots. */
function OfSale({ of, row: { asset_id, sold_on }, children }: OfSaleProps) {
  if (asset_id === null) return children;
  return (
    <Explained asked={{ of, figure: 'realised_gain', asset_id, from: addDays(sold_on, -1), to: sold_on }}>
      {children}
    </Explained>
  );
}
