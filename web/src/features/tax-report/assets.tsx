import type { TaxReport } from '@/api/parse/tax-report';
import { Quantity } from '@/ui/amount';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Gain } from '@/ui/delta';
import { Table } from '@/ui/table';
import { OfYear } from './explained-year';
import { t } from './messages';

const FIGURES = {
  long: 'realised_gain_long',
  short: 'realised_gain_short',
  total: 'realised_gain',
} as const;

type Row = TaxReport['by_asset'][number];

/** The disposals of the year added up per asset and term. */
export function AssetsCard({ data }: { data: TaxReport }) {
  const { by_asset: rows, base_currency: base } = data;
  if (rows.length === 0) return null;
  const gain = (id: string, header: string, part: 'long' | 'short' | 'total'): Column<Row> => ({
    id,
    header,
    isNumeric: true,
    ...(part === 'total' ? {} : { under: 'short' as const }),
    sortValue: (row) => row[part].gain,
    cell: (row) => (
      <OfYear figure={FIGURES[part]} data={data} asset={row.asset_id}>
        <Gain value={row[part].gain} currency={base} reason={t('noValue')} />
      </OfYear>
    ),
  });
  const columns: Column<Row>[] = [
    {
      id: 'asset',
      header: t('asset'),
      isRowHeader: true,
      sortValue: ({ symbol }) => symbol,
      cell: ({ symbol, isin }) => (
        <>
          <span className="font-semibold">{symbol}</span>
          {isin && <span className="block text-muted text-xs">{isin}</span>}
        </>
      ),
    },
    {
      id: 'units',
      header: t('units'),
      isNumeric: true,
      sortValue: ({ quantity }) => quantity,
      cell: ({ quantity }) => <Quantity value={quantity} />,
    },
    gain('long', t('longTerm'), 'long'),
    gain('short', t('shortTerm'), 'short'),
    gain('total', t('gain'), 'total'),
  ];
  return (
    <Card title={t('byAsset')} flush>
      <Table
        caption={t('byAsset')}
        columns={columns}
        rows={rows}
        rowKey={({ asset_id, symbol }) => asset_id ?? symbol}
      />
    </Card>
  );
}
