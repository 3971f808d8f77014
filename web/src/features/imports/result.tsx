import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Import } from '@/api/parse/imports';
import { formatInstant } from '@/lib/dates';
import { count } from '@/lib/format';
import { Button, buttonClass } from '@/ui/button';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icon';
import { useWriteBlock } from '@/ui/write-block';
import { t } from './messages';
import { Reconciliation } from './reconciliation';
import { Revert } from './revert';

const KINDS = ['new', 'warning', 'duplicate', 'error', 'skipped'] as const;

/** What became of an import that is no draft any more. */
export function Result({ item }: { item: Import }) {
  const [isAsking, setAsking] = useState(false);
  const block = useWriteBlock();
  const { counts, file_name: file, portfolio_id: id } = item;
  const isBooked = item.state === 'confirmed';
  const kinds = KINDS.filter((kind) => counts[kind] > 0);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Card>
        <div className="mx-auto flex max-w-lg flex-col items-center gap-3 py-6 text-center">
          <span className="flex size-12 items-center justify-center rounded-full bg-wash text-accent">
            <Icon name={isBooked ? 'check' : 'undo'} size={26} />
          </span>
          <h2 className="font-semibold text-lg">{titleOf(item)}</h2>
          <p className="text-muted text-sm">{bodyOf(item, file)}</p>
          {isBooked && (
            <dl className="flex flex-wrap justify-center gap-x-6 gap-y-1 text-sm">
              {kinds.map((kind) => (
                <div key={kind} className="flex gap-2">
                  <dt className="text-muted">{t(`row_${kind}`)}</dt>
                  <dd className="font-medium">{count(counts[kind])}</dd>
                </div>
              ))}
            </dl>
          )}
          <div className="mt-2 flex flex-wrap justify-center gap-2">
            {isBooked && (
              <>
                <Link
                  to="/portfolios/$id/transactions"
                  params={{ id }}
                  search={{ import: item.id } as never}
                  className={buttonClass('primary')}
                >
                  {t('showTransactions')}
                </Link>
                <Link to="/portfolios/$id" params={{ id }} className={buttonClass()}>
                  {t('showPortfolio')}
                </Link>
              </>
            )}
            <Link to="/portfolios/$id/import" params={{ id }} className={buttonClass()}>
              {t('importMore')}
            </Link>
            {isBooked && (
              <Button kind="ghost" icon="undo" disabled={block !== undefined} onClick={() => setAsking(true)}>
                {t('revert')}
              </Button>
            )}
          </div>
          {block && <p className="text-muted text-sm">{block}</p>}
        </div>
        {isAsking && <Revert item={item} onClose={() => setAsking(false)} />}
      </Card>
      {isBooked && <Reconciliation item={item} />}
    </div>
  );
}

function titleOf({ state, counts }: Import): string {
  if (state === 'confirmed') return t('doneTitle', { count: counts.new + counts.warning });
  return t(state === 'reverted' ? 'revertedTitle' : 'discardedTitle');
}

function bodyOf({ state, confirmed_at, reverted_at, created_at }: Import, file: string): string {
  if (state === 'confirmed') return t('doneBody', { file, when: formatInstant(confirmed_at ?? created_at) });
  if (state === 'reverted')
    return t('revertedBody', { file, when: formatInstant(reverted_at ?? created_at) });
  return t('discardedBody');
}
