import { useQuery } from '@tanstack/react-query';
import type { Holdings } from '@/api/parse/portfolios';
import { holdingsQuery } from '@/api/queries/portfolios';
import { Amount } from '@/ui/amount';
import { StaleBadge } from '@/ui/badge';
import { Explained } from '@/ui/explained';
import { reasonText } from '@/ui/figure-words';
import { type Money, moneyByCurrency } from './cash';
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
        <MoreLink to="/portfolios/$id" id={portfolio.id}>
          {t('toAccounts')}
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
  const { portfolio_id: of, as_of: to, totals, base_currency } = holdings;
  const money = moneyByCurrency(holdings);
  const rest = money.length - ROWS;
  return (
    <ul>
      {money.slice(0, ROWS).map((one) => (
        <Balance key={one.currency} money={one} holdings={holdings} />
      ))}
      <li className={`${ROW} font-semibold`}>
        <span className="grow">
          {t('cashTotal')}
          {rest > 0 && (
            <span className="font-normal text-muted text-xs"> · {t('cashRest', { count: rest })}</span>
          )}
        </span>
        <Explained asked={{ of, figure: 'cash_value', to }}>
          <Amount value={totals.cash_value} currency={base_currency} reason={reasonText('missing_rate')} />
        </Explained>
      </li>
    </ul>
  );
}

/** In its own currency; what that is in the base currency stands under it. */
function Balance({ money, holdings }: { money: Money; holdings: Holdings }) {
  const { portfolio_id: of, as_of: to, base_currency: base } = holdings;
  const { currency, amount, value, accounts, isStale, rateAsOf } = money;
  const [account = ''] = accounts;
  return (
    <li className={ROW}>
      <span className="min-w-0 grow">
        <span className="flex items-center gap-2 font-medium leading-5">
          {currency}
          {isStale && <StaleBadge asOf={rateAsOf} />}
        </span>
        <span className="block truncate text-muted text-xs">
          {accounts.length > 1 ? t('accounts', { count: accounts.length }) : account}
        </span>
      </span>
      <span className="shrink-0 text-end leading-5">
        <Explained asked={{ of, figure: 'cash', currency, to }}>
          <Amount value={amount} currency={currency} />
        </Explained>
        {currency !== base && (
          <span className="mt-1 block text-muted text-xs">
            <Explained asked={{ of, figure: 'market_value', by: 'asset', key: currency, to }}>
              <Amount value={value} currency={base} reason={reasonText('missing_rate')} />
            </Explained>
          </span>
        )}
      </span>
    </li>
  );
}
