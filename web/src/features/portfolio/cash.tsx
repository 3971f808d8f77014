import type { CashBalance, Holdings } from '@/api/parse/portfolios';
import { type Day, formatDay } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { price } from '@/lib/format';
import { Amount } from '@/ui/amount';
import { Card } from '@/ui/card';
import type { Column } from '@/ui/column';
import { Explained } from '@/ui/explained';
import { Skeleton } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { t } from './messages';

/** Money by account and currency. */
export function CashCard({ data }: { data: Holdings | undefined }) {
  if (!data)
    return (
      <Card title={t('cashTitle')}>
        <Skeleton height={260} />
      </Card>
    );
  if (data.cash.length === 0)
    return (
      <Card title={t('cashTitle')}>
        <p className="text-muted">{t('noCash')}</p>
      </Card>
    );
  return (
    <Card title={t('cashTitle')} flush>
      <Table
        caption={t('cashTitle')}
        columns={columns(data)}
        rows={data.cash}
        rowKey={({ account, currency }) => `${account} ${currency}`}
      />
    </Card>
  );
}

function columns(data: Holdings): Column<CashBalance>[] {
  const { portfolio_id: of, base_currency: base, as_of: to } = data;
  return [
    {
      id: 'account',
      header: t('account'),
      isRowHeader: true,
      sortValue: ({ account }) => account,
      cell: ({ account }) => account,
    },
    {
      id: 'amount',
      header: t('amount'),
      isNumeric: true,
      cell: ({ account, amount, currency }) => (
        <Explained asked={{ of, figure: 'cash', currency, account, to }}>
          <Amount value={amount} currency={currency} />
        </Explained>
      ),
    },
    {
      id: 'value',
      header: t('inBase', { currency: base }),
      isNumeric: true,
      sortValue: ({ value }) => value,
      cell: (row) => <InBase row={row} data={data} />,
    },
  ];
}

function InBase({ row, data }: { row: CashBalance; data: Holdings }) {
  const { portfolio_id: of, base_currency: base, as_of: to } = data;
  const { account, currency, rate, rate_as_of: day } = row;
  return (
    <>
      <Explained asked={{ of, figure: 'market_value', by: 'asset', key: currency, account, to }}>
        <Amount value={row.value} currency={base} reason={t('noValue')} />
      </Explained>
      {currency !== base && rate !== null && day !== null && <Rate rate={rate} day={day} base={base} />}
    </>
  );
}

// Rates are public: no privacy level hides them.
function Rate({ rate, day, base }: { rate: Dec; day: Day; base: string }) {
  return (
    <span className="block text-muted text-xs">
      {t('rateOf', { rate: price(rate, base), day: formatDay(day) })}
    </span>
  );
}
