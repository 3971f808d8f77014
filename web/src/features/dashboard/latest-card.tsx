import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Transaction } from '@/api/parse/transactions';
import { transactionsQuery } from '@/api/queries/transactions';
import { formatDay } from '@/lib/dates';
import { Amount, Quantity } from '@/ui/amount';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { ListCard, MoreLink, Nothing, ROW } from './list-card';
import { t } from './messages';
import type { PartProps } from './part';

const ROWS = 6;

export function LatestCard({ portfolio, range }: PartProps) {
  const filter = { sort: '-day', to: range.to };
  const { data, error, refetch } = useInfiniteQuery(transactionsQuery(portfolio.id, filter, ROWS));
  const items = data?.pages[0]?.items.slice(0, ROWS);
  return (
    <ListCard
      title={t('latest')}
      action={
        <MoreLink to="/portfolios/$id/transactions" id={portfolio.id}>
          {t('toTransactions')}
        </MoreLink>
      }
      error={error}
      onRetry={() => void refetch()}
    >
      {items && (items.length ? <List items={items} /> : <Nothing>{t('noLatest')}</Nothing>)}
    </ListCard>
  );
}

function List({ items }: { items: readonly Transaction[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item.id} className="border-line border-b last:border-0">
          <Link
            to="/portfolios/$id/transactions"
            params={{ id: item.portfolio_id }}
            search={{ open: item.id } as never}
            className={`${ROW} border-0 -outline-offset-2 hover:bg-wash`}
          >
            <span className="min-w-0 grow">
              <span className="block truncate font-medium leading-5">
                {[transactionTypeLabel(item.type), item.symbol].filter(Boolean).join(' ')}
              </span>
              <span className="block truncate text-muted text-xs">
                {formatDay(item.day)} · {item.account}
              </span>
            </span>
            <span className="shrink-0 text-end leading-5">
              <Moved item={item} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

// What a type does not move is left empty: a dash would say that a figure is missing.
function Moved({ item }: { item: Transaction }) {
  const { total_amount, total_currency, currency, quantity } = item;
  return (
    <>
      {total_amount !== null && (
        <span className="block">
          <Amount value={total_amount} currency={total_currency ?? currency ?? ''} signed />
        </span>
      )}
      {quantity !== null && (
        <span className="block text-muted text-xs">
          <Quantity value={quantity} />
        </span>
      )}
    </>
  );
}
