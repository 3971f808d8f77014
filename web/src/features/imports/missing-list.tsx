import type { MissingUnits } from '@/api/parse/imports';
import { formatDay } from '@/lib/dates';
import { Quantity } from '@/ui/amount';
import { Button } from '@/ui/button';
import { useFirst } from '@/ui/use-first';
import { t } from './messages';

const SHOWN = 8;

export function MissingList({ items }: { items: readonly MissingUnits[] }) {
  const { shown, rest, showAll } = useFirst(items, SHOWN);
  return (
    <>
      <ul className="flex flex-col gap-1 text-sm">
        {shown.map(({ symbol, day, quantity }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same sale can lack units twice
          <li key={at} className="flex flex-wrap gap-x-2">
            <span>{t('missingLine', { symbol, day: formatDay(day) })}</span>
            <Quantity value={quantity} />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <Button kind="ghost" className="self-start" onClick={showAll}>
          {t('more', { count: rest })}
        </Button>
      )}
    </>
  );
}
