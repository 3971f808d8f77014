import type { Import } from '@/api/parse/imports';
import { Amount, Quantity } from '@/ui/amount';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { useFirst } from '@/ui/use-first';
import { t } from './messages';
import { MissingList } from './missing-list';

const SHOWN = 5;

/** Cash and holdings before and after. */
export function Effect({ item: { effect } }: { item: Import }) {
  const isEmpty = effect.cash.length === 0 && effect.holdings.length === 0;
  return (
    <Card title={t('effectTitle')}>
      {isEmpty && <p className="text-muted text-sm">{t('effectNone')}</p>}
      <div className="grid items-start gap-x-8 gap-y-4 sm:grid-cols-2">
        <Changes
          title={t('cashAfter')}
          items={effect.cash.map(({ currency, before, after }) => ({
            id: currency,
            before: <Amount value={before} currency={currency} />,
            after: <Amount value={after} currency={currency} />,
          }))}
        />
        <Changes
          title={t('holdingsAfter')}
          items={effect.holdings.map(({ symbol, before, after }) => ({
            id: symbol,
            before: <Quantity value={before} />,
            after: <Quantity value={after} />,
          }))}
        />
      </div>
    </Card>
  );
}

/** The sales of the file whose purchase is nowhere. */
export function Missing({ items }: { items: Import['missing_acquisitions'] }) {
  if (items.length === 0) return null;
  return (
    <Card title={t('missingTitle', { count: items.length })}>
      <p className="mb-2 text-muted text-sm">{t('missingNote')}</p>
      <div className="flex max-w-xl flex-col gap-2">
        <MissingList items={items} />
      </div>
    </Card>
  );
}

interface Change {
  id: string;
  before: React.ReactNode;
  after: React.ReactNode;
}

function Changes({ title, items }: { title: string; items: readonly Change[] }) {
  const { shown, rest, showAll } = useFirst(items, SHOWN);
  if (items.length === 0) return null;
  return (
    <div className="min-w-0 overflow-x-auto">
      <table className="w-full text-sm">
        <thead>
          <tr className="text-muted text-xs">
            <th scope="col" className="py-1 text-start font-medium">
              {title}
            </th>
            <th scope="col" className="py-1 ps-4 text-end font-medium">
              {t('before')}
            </th>
            <th scope="col" className="py-1 ps-4 text-end font-medium">
              {t('after')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ id, before, after }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two assets can share a symbol
            <tr key={at} className="border-line border-t">
              <th scope="row" className="w-full max-w-0 truncate py-1.5 text-start font-normal" title={id}>
                {id}
              </th>
              <td className="whitespace-nowrap py-1.5 ps-4 text-end text-muted">{before}</td>
              <td className="whitespace-nowrap py-1.5 ps-4 text-end font-medium">{after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rest > 0 && (
        <Button kind="ghost" className="-ms-3" onClick={showAll}>
          {t('more', { count: rest })}
        </Button>
      )}
    </div>
  );
}
