import { useState } from 'react';
import type { Import, RowState } from '@/api/parse/imports';
import { count } from '@/lib/format';
import { Card } from '@/ui/card';
import { cx } from '@/ui/class';
import { Tabs } from '@/ui/tabs';
import { ConfirmCard } from './confirm-card';
import { Effect, Missing } from './effect';
import { Errors } from './errors';
import { t } from './messages';
import { Reconciliation } from './reconciliation';
import { RowsTable } from './rows-table';
import type { Change } from './search';

const KINDS = ['new', 'warning', 'duplicate', 'error', 'skipped'] as const;
type Kind = RowState | 'all';

/** Step 3: what becomes of every row, what that changes, and the decision. */
export function Preview({ item, onChange }: { item: Import; onChange: (change: Change) => void }) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="grid items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <ConfirmCard
          item={item}
          onQuestions={() => onChange({ step: 'resolve' })}
          onLeave={() => onChange({ import: undefined, step: undefined })}
        />
        <Effect item={item} />
      </div>
      <Missing items={item.missing_acquisitions} />
      <Reconciliation item={item} />
      <Rows item={item} />
      <Errors item={item} />
    </div>
  );
}

function Rows({ item: { id, counts } }: { item: Import }) {
  const kinds: Kind[] = ['all', ...KINDS.filter((kind) => counts[kind] > 0)];
  const [chosen, setChosen] = useState<Kind>('all');
  const kind = kinds.includes(chosen) ? chosen : 'all';
  const tabs = kinds.map((name) => ({
    id: name,
    label: (
      <>
        {t(`row_${name}`)}{' '}
        <span className={cx('text-xs', name === 'error' ? 'font-semibold text-danger' : 'text-muted')}>
          {count(name === 'all' ? counts.total : counts[name])}
        </span>
      </>
    ),
  }));
  return (
    <Card title={t('previewTitle')} flush>
      <Tabs
        label={t('previewTitle')}
        className="[&_[role=tablist]]:mb-0 [&_[role=tablist]]:px-2"
        tabs={tabs}
        current={kind}
        onChange={(next) => setChosen(next as Kind)}
      >
        <p className="min-h-8 px-4 py-1.5 text-muted text-xs leading-5">{t(`about_${kind}`)}</p>
        <RowsTable
          key={kind}
          importId={id}
          status={kind === 'all' ? undefined : kind}
          expected={kind === 'all' ? counts.total : counts[kind]}
          hasMessages={kind === 'all' ? counts.new < counts.total : kind !== 'new'}
        />
      </Tabs>
    </Card>
  );
}
