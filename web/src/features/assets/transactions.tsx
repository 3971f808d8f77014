import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { usePortfolio } from '@/api/contexts';
import type { Transaction } from '@/api/parse/transactions';
import { assetHoldingsQuery } from '@/api/queries/assets';
import { transactionsQuery } from '@/api/queries/transactions';
import { formatDay } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { quantity } from '@/lib/format';
import { splitParts } from '@/lib/split-ratio';
import { Amount, Quantity } from '@/ui/amount';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import type { Column } from '@/ui/column';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Table } from '@/ui/table';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { t } from './messages';

const SHOWN = 6;

/** The newest transactions of the portfolio at hand, else of the first that has any of it. */
export function TransactionsCard({ id }: { id: string }) {
  const held = useQuery(assetHoldingsQuery(id)).data?.items ?? [];
  const { portfolioId } = usePortfolio();
  const portfolio = held.find((one) => one.portfolio_id === portfolioId) ?? held[0];
  if (!portfolio) return null;
  return <InPortfolio key={portfolio.portfolio_id} assetId={id} portfolio={portfolio} />;
}

interface InPortfolioProps {
  assetId: string;
  portfolio: { portfolio_id: string; portfolio_name: string };
}

function InPortfolio({ assetId, portfolio }: InPortfolioProps) {
  const { portfolio_id: id, portfolio_name: name } = portfolio;
  const newest = transactionsQuery(id, { asset_id: assetId, sort: '-day' }, SHOWN);
  const { data, error, refetch } = useInfiniteQuery(newest);
  const items = data?.pages[0]?.items;
  return (
    <Card
      title={t('transactions', { name })}
      flush
      action={
        <Link
          to="/portfolios/$id/transactions"
          params={{ id }}
          search={{ asset: assetId } as never}
          className={`${linkClass} text-sm`}
        >
          {t('showAll')}
        </Link>
      }
    >
      {error && !items ? (
        <ErrorState error={error} onRetry={() => void refetch()} minHeight={160} />
      ) : !items ? (
        <SkeletonRows rows={SHOWN} height={40} />
      ) : items.length === 0 ? (
        <p className="px-4 pb-4 text-muted text-sm">{t('noTransactions')}</p>
      ) : (
        <Table
          caption={t('transactions', { name })}
          columns={COLUMNS}
          rows={items}
          rowKey={(row) => row.id}
        />
      )}
      <Splits assetId={assetId} portfolioId={id} />
    </Card>
  );
}

function Splits({ assetId, portfolioId }: { assetId: string; portfolioId: string }) {
  const filter = { asset_id: assetId, type: 'split', sort: '-day' };
  const items = useInfiniteQuery(transactionsQuery(portfolioId, filter, 20)).data?.pages[0]?.items ?? [];
  if (items.length === 0) return null;
  return (
    <div className="border-line border-t px-4 py-3 text-sm">
      <h3 className="font-medium text-muted text-xs">{t('splits')}</h3>
      <ul>
        {items.map(({ id, day, ratio }) => (
          <li key={id}>{ratio && t('splitOf', { ...said(ratio), day: formatDay(day) })}</li>
        ))}
      </ul>
    </div>
  );
}

function said(ratio: Dec) {
  const { after, before } = splitParts(ratio);
  return { after: quantity(after), before: quantity(before) };
}

const COLUMNS: Column<Transaction>[] = [
  {
    id: 'day',
    header: t('day'),
    isRowHeader: true,
    cell: ({ day }) => <span className="whitespace-nowrap">{formatDay(day)}</span>,
  },
  { id: 'type', header: t('type'), cell: ({ type }) => transactionTypeLabel(type) },
  {
    id: 'quantity',
    header: t('quantity'),
    isNumeric: true,
    from: 'sm',
    cell: ({ quantity: units }) => units !== null && <Quantity value={units} />,
  },
  {
    id: 'amount',
    header: t('amount'),
    isNumeric: true,
    cell: ({ total_amount, total_currency, currency }) =>
      total_amount !== null && (
        <Amount value={total_amount} currency={total_currency ?? currency ?? ''} signed />
      ),
  },
];
