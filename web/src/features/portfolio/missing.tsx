import { Link } from '@tanstack/react-router';
import type { Holdings, MissingAcquisition } from '@/api/parse/portfolios';
import { formatDay } from '@/lib/dates';
import { about } from '@/ui/about';
import { Quantity } from '@/ui/amount';
import { buttonClass } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { repairName } from '@/ui/repair-name';
import { t } from './messages';

interface MissingProps {
  portfolioId: string;
  items: readonly MissingAcquisition[];
}

/** Sales of what was never bought, and how to mend them. */
export function MissingCard({ portfolioId, items }: MissingProps) {
  if (items.length === 0) return null;
  return (
    <section className="card flex flex-col gap-2 border-loss p-4" aria-labelledby="missing-title">
      <h2 id="missing-title" className="flex items-center gap-2 font-semibold text-sm">
        <Icon name="warning" size={18} className="shrink-0 text-loss" />
        {t('missingTitle', { count: items.length })}
      </h2>
      <p className="max-w-prose text-muted text-sm">{t('missingBody')}</p>
      <ul className="flex max-h-72 flex-col overflow-y-auto">
        {items.map((item) => (
          <Line key={`${item.transaction_id} ${item.symbol}`} portfolioId={portfolioId} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Line({ portfolioId, item }: { portfolioId: string; item: MissingAcquisition }) {
  const { symbol, day, account, asset_id: asset } = item;
  const link = (search: object, words: string) => (
    <Link
      to="/portfolios/$id/transactions"
      params={{ id: portfolioId }}
      search={search as never}
      className={buttonClass('ghost', 'text-accent')}
    >
      {words}
    </Link>
  );
  return (
    <li className="flex flex-wrap items-center gap-x-2 border-line border-t py-1">
      <span className="grow">
        {t('missingLine', { symbol, day: formatDay(day), account })} <Quantity value={item.quantity} />
      </span>
      {link({ open: item.transaction_id, ...(asset ? { asset } : {}) }, t('missingSee'))}
      {link({ add: true, repair: repairName(item, 'buy') }, t('missingRecord'))}
    </li>
  );
}

/** What the server has to say about the figures: old rates, prices that are missing. */
export function Notes({ warnings, items }: Pick<Holdings, 'warnings' | 'items'>) {
  if (warnings.length === 0) return null;
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-text">
        {t('warnings', { count: warnings.length })}
      </summary>
      <ul className="mt-1 flex list-disc flex-col gap-1 ps-5 text-muted">
        {warnings.map(({ code, message, asset_id, transaction_id, day }) => (
          <li key={`${code} ${message} ${asset_id} ${transaction_id} ${day}`}>
            {about(items, asset_id, message)}
          </li>
        ))}
      </ul>
    </details>
  );
}
