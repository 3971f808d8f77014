import { Link } from '@tanstack/react-router';
import type { TaxReport } from '@/api/parse/tax-report';
import { formatDay } from '@/lib/dates';
import { Quantity } from '@/ui/amount';
import { buttonClass } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { repairName } from '@/ui/repair-name';
import { t } from './messages';

/** What the figures do not stand on, before any of them is read. */
export function Incomplete({ portfolioId, data }: { portfolioId: string; data: TaxReport }) {
  if (data.is_complete) return null;
  const { missing_acquisitions: missing, warnings } = data;
  return (
    <section className="card flex flex-col gap-2 border-loss p-4 text-sm" aria-labelledby="incomplete-title">
      <h2 id="incomplete-title" className="flex items-center gap-2 font-semibold">
        <Icon name="warning" size={18} className="shrink-0 text-loss" />
        {t('incompleteTitle')}
      </h2>
      {missing.length > 0 && (
        <>
          <p className="max-w-prose text-muted">{t('incompleteMissing', { count: missing.length })}</p>
          <ul className="flex flex-col">
            {missing.map((item) => (
              <li
                key={`${item.transaction_id} ${item.symbol}`}
                className="flex flex-wrap items-center gap-x-2"
              >
                <span className="grow">
                  {t('missingLine', { symbol: item.symbol, day: formatDay(item.day), account: item.account })}{' '}
                  <Quantity value={item.quantity} />
                </span>
                <Link
                  to="/portfolios/$id/transactions"
                  params={{ id: portfolioId }}
                  search={{ add: true, repair: repairName(item, 'buy') } as never}
                  className={buttonClass('ghost', 'text-accent print:hidden')}
                >
                  {t('recordPurchase')}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {warnings.length > 0 && (
        <>
          <p className="text-muted">{t('incompleteDoubts', { count: warnings.length })}</p>
          <ul className="list-disc ps-5">
            {warnings.map(({ code, message, day, transaction_id }) => (
              <li key={`${code} ${transaction_id} ${day} ${message}`}>
                {day && `${formatDay(day)}: `}
                {message}
              </li>
            ))}
          </ul>
        </>
      )}
      {missing.length + warnings.length === 0 && <p className="text-muted">{t('incompleteUnknown')}</p>}
    </section>
  );
}
