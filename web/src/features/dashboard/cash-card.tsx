import { useQuery } from '@tanstack/react-query';
import type { CashBalance, Holdings } from '@/api/parse/portfolios';
import { holdingsQuery } from '@/api/queries/portfolios';
import { compare, ZERO } from '@/lib/decimal';
import { Amount } from '@/ui/amount';
import { reasonText } from '@/ui/figure-words';
import { ListCard, MoreLink, Nothing, ROW } from './list-card';
import { t } from './messages';
import type { PartProps } from './part';

const ROWS = 5;

export function CashCard({ portfolio, range }: PartProps) {
  const { data, error, refetch } = useQuery(holdingsQuery(portfolio.id, range.to));
  return (
    <ListCard
      title={t('cash')}
      action={
        <MoreLink to="/portfolios/$id" id={portfolio.id} search={{ tab: 'cash' }}>
          {t('toTransactions')}
        </MoreLink>
      }
      error={error}
      onRetry={() => void refetch()}
    >
      {data && (data.cash.length ? <Balances holdings={data} /> : <Nothing>{t('noCash')}</Nothing>)}
    </ListCard>
  );
}

function Balances({ holdings }: { holdings: Holdings }) {
  const { cash, totals, base_currency } = holdings;
  const sorted = [...cash].sort((a, b) => compare(b.value ?? ZERO, a.value ?? ZERO));
  const rest = sorted.length - ROWS;
  return (
    <ul>
      {sorted.slice(0, ROWS).map((line) => (
        <Balance key={`${line.account} ${line.currency}`} line={line} base={base_currency} />
      ))}
      <li className={`${ROW} font-semibold`}>
        <span className="grow">
          {t('cashTotal')}
          {rest > 0 && (
            <span className="font-normal text-muted text-xs"> · {t('cashRest', { count: rest })}</span>
          )}
        </span>
        <Amount value={totals.cash_value} currency={base_currency} reason={reasonText('missing_rate')} />
      </li>
    </ul>
  );
}

/** In its own currency; what that is in the base currency stands under it. */
function Balance({ line, base }: { line: CashBalance; base: string }) {
  return (
    <li className={ROW}>
      <span className="min-w-0 grow">
        <span className="block truncate leading-5">{line.account}</span>
        <span className="block text-muted text-xs">{line.currency}</span>
      </span>
      <span className="shrink-0 text-end leading-5">
        <Amount value={line.amount} currency={line.currency} />
        {line.currency !== base && (
          <span className="block text-muted text-xs">
            <Amount value={line.value} currency={base} reason={reasonText('missing_rate')} />
          </span>
        )}
      </span>
    </li>
  );
}
