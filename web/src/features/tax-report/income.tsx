import type { TaxReport } from '@/api/parse/tax-report';
import { Amount } from '@/ui/amount';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Table } from '@/ui/table';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { OfYear } from './explained-year';
import { t } from './messages';

type Row = TaxReport['income'][number];

/** What assets and money brought, before tax, and what was withheld. */
export function IncomeCard({ data }: { data: TaxReport }) {
  const { income: rows, base_currency: base } = data;
  const money = (id: 'amount' | 'tax', header: string): Column<Row> => ({
    id,
    header,
    isNumeric: true,
    sortValue: (row) => row[id],
    cell: (row) => (
      <OfYear figure={id === 'tax' ? 'taxes' : 'income'} data={data} asset={row.asset_id}>
        <Amount value={row[id]} currency={base} reason={t('noValue')} />
      </OfYear>
    ),
  });
  const columns: Column<Row>[] = [
    {
      id: 'asset',
      header: t('asset'),
      isRowHeader: true,
      sortValue: ({ symbol }) => symbol,
      cell: ({ symbol, type }) => (
        <>
          <span className="font-semibold">{symbol ?? t('money')}</span>
          <span className="block text-muted text-xs">{transactionTypeLabel(type)}</span>
        </>
      ),
    },
    money('amount', t('amount')),
    money('tax', t('tax')),
  ];
  return (
    <Card title={t('income')} flush>
      {rows.length === 0 ? (
        <p className="px-4 pb-4 text-muted text-sm">{t('noIncome')}</p>
      ) : (
        <Table
          caption={t('income')}
          columns={columns}
          rows={rows}
          rowKey={({ type, asset_id }) => `${type} ${asset_id}`}
          footer={[
            {
              id: 'total',
              cells: {
                asset: t('total'),
                amount: (
                  <OfYear figure="income" data={data}>
                    <Amount value={data.income_total} currency={base} reason={t('noValue')} />
                  </OfYear>
                ),
                tax: (
                  <OfYear figure="taxes_withheld" data={data}>
                    <Amount value={data.withheld} currency={base} reason={t('noValue')} />
                  </OfYear>
                ),
              },
            },
          ]}
        />
      )}
    </Card>
  );
}
