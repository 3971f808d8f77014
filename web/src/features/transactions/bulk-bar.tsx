import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type { Transaction } from '@/api/parse/transactions';
import { type BulkChange, tagsQuery, useBulkChange } from '@/api/queries/changes';
import { accountsQuery } from '@/api/queries/portfolios';
import { download } from '@/lib/csv';
import { today } from '@/lib/dates';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/confirm';
import { TextField } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { useWriteBlock } from '@/ui/write-block';
import { transactionsCsv } from './export';
import { t } from './messages';
import { isShortage, Shortage } from './shortage';
import { type BulkAction, useUndoBulk } from './undo';

interface BulkBarProps {
  portfolioId: string;
  items: readonly Transaction[];
  onClear: () => void;
}

const ACTIONS = ['tag', 'untag', 'note', 'account', 'reverse'] as const;
const ICONS = { tag: 'plus', untag: 'close', note: 'edit', account: 'wallet', reverse: 'undo' } as const;

/** What can be done with the rows that are ticked. */
export function BulkBar({ portfolioId, items, onClear }: BulkBarProps) {
  const [asked, setAsked] = useState<BulkAction>();
  const block = useWriteBlock();
  if (items.length === 0) return null;
  const isInForce = items.every(({ reversed_by_id, reverses_id }) => !reversed_by_id && !reverses_id);
  const save = () =>
    download(`transactions-${today()}.csv`, 'text/csv;charset=utf-8', transactionsCsv(items));
  return (
    <div
      role="toolbar"
      aria-label={t('bulkBar')}
      className="flex flex-wrap items-center gap-2 border-line border-t bg-wash px-3 py-2"
    >
      <span role="status" className="me-auto font-medium text-sm">
        {t('bulkCount', { count: items.length })}
      </span>
      {ACTIONS.map((action) => (
        <Button
          key={action}
          icon={ICONS[action]}
          disabled={block !== undefined || (!isInForce && (action === 'reverse' || action === 'account'))}
          title={block}
          onClick={() => setAsked(action)}
        >
          {t(`bulk_${action}`)}
        </Button>
      ))}
      <Button icon="download" disabled={block !== undefined} title={block} onClick={save}>
        {t('bulkExport')}
      </Button>
      <Button kind="ghost" icon="close" onClick={onClear}>
        {t('bulkClear')}
      </Button>
      {asked && (
        <Ask
          key={asked}
          action={asked}
          portfolioId={portfolioId}
          items={items}
          onClose={() => setAsked(undefined)}
          onDone={onClear}
        />
      )}
    </div>
  );
}

interface AskProps extends Omit<BulkBarProps, 'onClear'> {
  action: BulkAction;
  onClose: () => void;
  onDone: () => void;
}

function Ask({ action, portfolioId, items, onClose, onDone }: AskProps) {
  const [text, setText] = useState('');
  const bulk = useBulkChange();
  const undo = useUndoBulk(portfolioId);
  const { toast } = useUi();
  const ids = items.map(({ id }) => id);
  const tags = text.split(',').flatMap((tag) => tag.trim() || []);
  const isReady = action === 'reverse' || action === 'note' || text.trim() !== '';
  const change: BulkChange = {
    portfolioId,
    ids,
    action,
    ...(action === 'reverse' ? { with_partners: true } : {}),
    ...(action === 'tag' || action === 'untag' ? { tags } : {}),
    ...(action === 'note' ? { note: text.trim() } : {}),
    ...(action === 'account' ? { account: text.trim() } : {}),
  };
  // A promise and no callback of the mutation: when the last row goes, this dialog is gone before the answer is told.
  const run = (accept_missing: boolean) =>
    void bulk.mutateAsync({ ...change, accept_missing }).then(
      (done) => {
        const back = () => void undo({ action, items, tags, done });
        toast({
          text: t(`bulkDone_${action}`, { count: done.changed }),
          action: { label: t('undo'), run: back },
        });
        onClose();
        onDone();
      },
      // Shown in the dialog, which stays open.
      () => undefined,
    );
  const isShort = isShortage(bulk.error);
  return (
    <Confirm
      open
      title={t(`bulkTitle_${action}`, { count: items.length })}
      action={t(`bulk_${action}`)}
      isDangerous={action === 'reverse'}
      busy={bulk.isPending}
      error={isShort ? null : bulk.error}
      onConfirm={() => isReady && run(false)}
      onClose={onClose}
    >
      <div className="flex flex-col gap-3">
        {action === 'reverse' && <p>{t('bulkReverseBody')}</p>}
        {action !== 'reverse' && (
          <Value action={action} portfolioId={portfolioId} text={text} onText={setText} />
        )}
        <Shortage
          error={bulk.error}
          account={items[0]?.account ?? ''}
          action={t(action === 'reverse' ? 'reverseAnyway' : 'bookAnyway')}
          busy={bulk.isPending}
          onAccept={() => run(true)}
        />
      </div>
    </Confirm>
  );
}

interface ValueProps {
  action: Exclude<BulkAction, 'reverse'>;
  portfolioId: string;
  text: string;
  onText: (text: string) => void;
}

function Value({ action, portfolioId, text, onText }: ValueProps) {
  const id = useId();
  const accounts = useQuery({ ...accountsQuery(portfolioId), enabled: action === 'account' });
  const tags = useQuery({ ...tagsQuery(portfolioId), enabled: action === 'tag' || action === 'untag' });
  const known = (action === 'account' ? accounts.data?.items : tags.data?.items) ?? [];
  const isTags = action === 'tag' || action === 'untag';
  const hint = isTags ? t('tagsHint') : action === 'account' ? t('accountHint') : t('bulkNoteHint');
  return (
    <>
      <TextField
        label={isTags ? t('tags') : t(action)}
        hint={hint}
        list={id}
        autoComplete="off"
        value={text}
        onChange={({ target }) => onText(target.value)}
      />
      <datalist id={id}>
        {known.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
