import { Link } from '@tanstack/react-router';
import type { DataHealth, PutAside } from '@/api/parse/data-health';
import { useDecide } from '@/api/queries/data-health';
import { formatDay } from '@/lib/dates';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { linkClass } from '@/ui/class';
import { Empty } from '@/ui/empty';
import { FormError } from '@/ui/error-state';
import { providerLabel } from '@/ui/providers';
import { useUi } from '@/ui/ui-context';
import { useFirst } from '@/ui/use-first';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';

const SHOWN_FIRST = 5;

export function QuarantineCard({ data }: { data: DataHealth }) {
  const { quarantine, quarantine_total } = data;
  const { shown, rest, showAll } = useFirst(quarantine, SHOWN_FIRST);
  const more = quarantine.length < quarantine_total && (
    <span className="text-muted text-xs">
      {t('quarantineMore', { count: quarantine.length, total: quarantine_total })}
    </span>
  );
  return (
    <Card title={t('quarantine')} action={more}>
      {quarantine.length === 0 ? (
        <Empty icon="check" title={t('quarantineEmpty')}>
          {t('quarantineEmptyNote')}
        </Empty>
      ) : (
        <>
          <p className="mb-1 text-muted text-xs">{t('quarantineNote')}</p>
          <ul>
            {shown.map((item) => (
              <Line key={item.id} item={item} />
            ))}
          </ul>
          {rest > 0 && (
            <Button className="mt-3" onClick={showAll}>
              {t('quarantineAll', { count: rest })}
            </Button>
          )}
        </>
      )}
    </Card>
  );
}

function Line({ item }: { item: PutAside }) {
  const decide = useDecide();
  const block = useWriteBlock();
  const { toast } = useUi();
  const { id, symbol, value } = item;
  const as = (what: 'accept' | 'dismiss') =>
    decide.mutate(
      { id, as: what },
      { onSuccess: () => toast({ text: t(what === 'accept' ? 'accepted' : 'dismissed') }) },
    );
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-line border-b py-2.5 last:border-0 last:pb-0">
      <div className="min-w-0 grow basis-64">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <Link to="/assets/$id" params={{ id: item.asset_id }} className={`${linkClass} font-medium`}>
            {symbol}
          </Link>
          <span className="break-all tabular-nums">
            {value} {item.currency}
          </span>
          <Badge tone="warning">{item.reason.replaceAll('_', ' ')}</Badge>
        </p>
        <p className="text-sm">{item.detail}</p>
        <p className="text-muted text-xs">
          {[
            providerLabel(item.provider),
            formatDay(item.day),
            t(`interval_${item.interval}`),
            t('times', { count: item.times }),
          ].join(' · ')}
        </p>
        <FormError error={decide.error} />
      </div>
      <div className="flex gap-2">
        {item.is_acceptable && (
          <Button
            aria-label={t('acceptOf', { value, symbol })}
            busy={decide.isPending}
            disabled={block !== undefined}
            title={block}
            onClick={() => as('accept')}
          >
            {t('accept')}
          </Button>
        )}
        <Button
          aria-label={t('dismissOf', { value, symbol })}
          busy={decide.isPending}
          disabled={block !== undefined}
          title={block}
          onClick={() => as('dismiss')}
        >
          {t('dismiss')}
        </Button>
      </div>
    </li>
  );
}
