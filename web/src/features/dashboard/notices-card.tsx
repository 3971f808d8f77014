import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { MissingAcquisition } from '@/api/parse/portfolios';
import { holdingsQuery } from '@/api/queries/portfolios';
import { formatDay } from '@/lib/dates';
import { quantity } from '@/lib/format';
import { usePrivacy } from '@/lib/preferences';
import { veil } from '@/lib/privacy';
import { buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icon';
import { repairName } from '@/ui/repair-name';
import { t } from './messages';
import { countNotices, NOTICES_ID, noticesOf } from './notices';
import type { PartProps } from './part';

/** What makes figures incomplete or doubtful, each with what to do about it. Not there where there is nothing to say. */
export function NoticesCard({ portfolio, range }: PartProps) {
  const { data } = useQuery(holdingsQuery(portfolio.id, range.to));
  if (!data || countNotices(data) === 0) return null;
  const { missing, atCost, without, stale, others } = noticesOf(data);
  return (
    <div id={NOTICES_ID} tabIndex={-1} className="scroll-mt-20 rounded-card">
      <Card title={t('noticesTitle')} flush>
        <ul>
          {missing.map((item) => (
            <Missing key={`${item.transaction_id} ${item.symbol}`} item={item} portfolioId={portfolio.id} />
          ))}
          {atCost.map(({ asset_id, symbol }) => (
            <Notice
              key={asset_id}
              action={
                <Link
                  to="/portfolios/$id"
                  params={{ id: portfolio.id }}
                  search={{ asset: asset_id } as never}
                  className={buttonClass()}
                >
                  {t('addPrice')}
                </Link>
              }
            >
              {t('noPrice', { symbol })}
            </Notice>
          ))}
          {without.map((name) => (
            <Notice
              key={name}
              action={
                <Link
                  to="/portfolios/$id"
                  params={{ id: portfolio.id }}
                  search={{ dialog: 'prices' } as never}
                  className={buttonClass()}
                >
                  {t('loadPrices')}
                </Link>
              }
            >
              {t('noValue', { name })}
            </Notice>
          ))}
          {stale.map((names) => (
            <Notice key="stale" more={t('stalePricesMore')}>
              {t('stalePrices', { names: names.join(', ') })}
            </Notice>
          ))}
          {others.map(({ code, text }) => (
            <Notice key={text} {...remedy(code, portfolio.id)}>
              {text}
            </Notice>
          ))}
        </ul>
      </Card>
    </div>
  );
}

/** What the server's warnings do to the figures, and what can be done. */
function remedy(code: string, id: string): Omit<NoticeProps, 'children'> {
  if (code === 'stale_rate') return { more: t('staleRateMore') };
  if (code !== 'negative_cash') return {};
  const search = { add: true } as never;
  return {
    more: t('overdrawnMore'),
    action: (
      <Link to="/portfolios/$id/transactions" params={{ id }} search={search} className={buttonClass()}>
        {t('recordMoney')}
      </Link>
    ),
  };
}

function Missing({ item, portfolioId }: { item: MissingAcquisition; portfolioId: string }) {
  const privacy = usePrivacy();
  const { symbol, account, day } = item;
  const search = { add: true, repair: repairName(item, 'buy') };
  return (
    <Notice
      more={t('missingMore')}
      action={
        <Link
          to="/portfolios/$id/transactions"
          params={{ id: portfolioId }}
          search={search as never}
          className={buttonClass('primary')}
        >
          {t('record')}
        </Link>
      }
    >
      {t('missing', {
        quantity: veil(item.quantity, privacy, quantity),
        symbol,
        account,
        day: formatDay(day),
      })}
    </Notice>
  );
}

interface NoticeProps {
  more?: string;
  action?: ReactNode;
  children: ReactNode;
}

function Notice({ more, action, children }: NoticeProps) {
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-line border-b px-4 py-2 last:border-0">
      <Icon name="warning" size={18} className="shrink-0 text-loss" />
      <span className="min-w-0 grow basis-60">
        {children}
        {more && <span className="block text-muted text-xs">{more}</span>}
      </span>
      {action}
    </li>
  );
}
