import type { ReactNode } from 'react';
import type { Asked } from '@/api/parse/explanations';
import type { Disposal, Sums, TaxReport } from '@/api/parse/tax-report';
import { symbolOf } from '@/lib/asset-name';
import { formatDay } from '@/lib/dates';
import { exact } from '@/lib/format';
import { Amount, Quantity } from '@/ui/amount';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { type Column, underBelow } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { disposalKindLabel } from '@/ui/disposal-kinds';
import { Table } from '@/ui/table';
import { useFirst } from '@/ui/use-first';
import { OfYear } from './explained-year';
import { t } from './messages';

const ROWS_FIRST = 200;

type Row = Disposal & { at: number };

/** Every lot that left in the year, with the totals per term. */
export function DisposalsCard({ data }: { data: TaxReport }) {
  const { disposals, base_currency: base } = data;
  const { shown, rest, showAll } = useFirst(disposals, ROWS_FIRST);
  return (
    <Card title={t('disposals')} flush>
      {disposals.length === 0 ? (
        <p className="px-4 pb-4 text-muted text-sm">{t('noDisposals')}</p>
      ) : (
        <Table
          caption={t('disposals')}
          columns={columns(data.portfolio_id, base)}
          rows={shown.map((row, at) => ({ ...row, at }))}
          rowKey={({ at }) => String(at)}
          footer={[
            { id: 'long', cells: sums(t('totalLong'), data, 'long') },
            { id: 'short', cells: sums(t('totalShort'), data, 'short') },
            { id: 'total', cells: sums(t('total'), data, 'total') },
          ]}
        />
      )}
      {rest > 0 && (
        <Button kind="ghost" className="m-3" onClick={showAll}>
          {t('showAll', { count: disposals.length })}
        </Button>
      )}
      <p className="border-line border-t px-4 py-3 text-sm">
        <span className="text-muted">{t('currencyGain')}</span>{' '}
        <OfYear figure="realised_gain_cash" data={data}>
          <Gain value={data.currency_gain} currency={base} reason={t('noValue')} />
        </OfYear>
        <span className="block text-muted text-xs">{t('currencyGainNote')}</span>
      </p>
    </Card>
  );
}

// The gain on foreign money has no lots, so that the total of the lots is a figure of its own.
const OF_TERM = { long: '_long', short: '_short', total: '_lots' } as const;

function sums(label: string, data: TaxReport, part: keyof typeof OF_TERM): Record<string, ReactNode> {
  const of: Sums = data[part];
  const base = data.base_currency;
  const term = OF_TERM[part];
  const reason = t('noValue');
  const amount = (figure: Asked['figure'], value: Sums['cost'], signed = false) => (
    <OfYear figure={figure} data={data}>
      <Amount value={value} currency={base} signed={signed} reason={reason} />
    </OfYear>
  );
  const end = term === '_lots' ? '' : term;
  return {
    disposed: label,
    cost: amount(`realised_cost${end}`, of.cost),
    fees: amount(`realised_fees${end}`, of.fees),
    proceeds: amount(`realised_proceeds${end}`, of.proceeds),
    price: amount(`realised_gain_price${term}`, of.gain_price, true),
    rate: amount(`realised_gain_fx${term}`, of.gain_fx, true),
    gain: (
      <OfYear figure={`realised_gain${term}`} data={data}>
        <Gain value={of.gain} currency={base} reason={reason} />
      </OfYear>
    ),
  };
}

function columns(of: string, base: string): Column<Row>[] {
  const reason = t('noValue');
  const money = (
    id: string,
    header: string,
    value: (row: Row) => Disposal['cost'],
    from: 'md' | 'xl',
    signed = false,
  ): Column<Row> => ({
    id,
    header,
    isNumeric: true,
    ...underBelow(from),
    sortValue: value,
    cell: (row) => (
      <OfDisposal of={of} row={row}>
        <Amount value={value(row)} currency={base} signed={signed} reason={reason} />
      </OfDisposal>
    ),
  });
  return [
    {
      id: 'disposed',
      header: t('disposed'),
      isRowHeader: true,
      sortValue: ({ disposed_on }) => disposed_on,
      cell: ({ disposed_on }) => <span className="whitespace-nowrap">{formatDay(disposed_on)}</span>,
    },
    {
      id: 'asset',
      header: t('asset'),
      sortValue: symbolOf,
      cell: ({ symbol, isin, name, reason: how }) => (
        <>
          <span className="font-semibold" title={name ?? undefined}>
            {symbolOf({ symbol, name })}
          </span>
          <span className="block text-muted text-xs">
            {[isin, disposalKindLabel(how)].filter(Boolean).join(' · ')}
          </span>
        </>
      ),
    },
    {
      id: 'units',
      header: t('units'),
      isNumeric: true,
      ...underBelow('md'),
      sortValue: ({ quantity }) => quantity,
      cell: ({ quantity }) => <Quantity value={quantity} />,
    },
    {
      id: 'acquired',
      header: t('acquired'),
      ...underBelow('md'),
      sortValue: ({ acquired_on }) => acquired_on,
      cell: ({ acquired_on, held_days, term }) => (
        <>
          <span className="whitespace-nowrap">{acquired_on ? formatDay(acquired_on) : '–'}</span>
          <span className="block whitespace-nowrap text-muted text-xs">
            {t(term)} · {t('heldDays', { count: held_days })}
          </span>
        </>
      ),
    },
    money('cost', t('cost'), ({ cost }) => cost, 'md'),
    money('fees', t('feesColumn'), ({ fees }) => fees, 'xl'),
    money('proceeds', t('proceeds'), ({ proceeds }) => proceeds, 'md'),
    {
      id: 'original',
      header: t('original'),
      isNumeric: true,
      ...underBelow('xl'),
      cell: (row) => <Original row={row} base={base} />,
    },
    money('price', t('fromPrice'), ({ gain_price }) => gain_price, 'xl', true),
    money('rate', t('fromRate'), ({ gain_fx }) => gain_fx, 'xl', true),
    {
      id: 'gain',
      header: t('gain'),
      isNumeric: true,
      sortValue: ({ gain }) => gain,
      cell: (row) => (
        <OfDisposal of={of} row={row}>
          <Gain value={row.gain} currency={base} reason={reason} />
        </OfDisposal>
      ),
    },
  ];
}

interface OfDisposalProps {
  /** The portfolio. */
  of: string;
  row: Row;
  children: ReactNode;
}

/** What of the asset was disposed of on the day, each with its lots. */
function OfDisposal({ of, row: { asset_id, disposed_on: day }, children }: OfDisposalProps) {
  return (
    <OfYear figure="realised_gain" data={{ portfolio_id: of, since: day, until: day }} asset={asset_id}>
      {children}
    </OfYear>
  );
}

/** Cost and proceeds in the asset's own currency, where that is another. */
function Original({ row, base }: { row: Row; base: string }) {
  const { currency, rate } = row;
  if (!currency || currency === base) return null;
  return (
    <span
      className="block text-xs"
      title={rate ? t('originalTitle', { rate: `${exact(rate)} ${base}/${currency}` }) : undefined}
    >
      <span className="block">
        <Amount value={row.original_cost} currency={currency} reason={t('noValue')} />
      </span>
      <Amount value={row.original_proceeds} currency={currency} reason={t('noValue')} />
    </span>
  );
}
