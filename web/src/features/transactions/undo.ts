import type { Transaction } from '@/api/parse/transactions';
import { useBulkChange, useReplaceTransactions } from '@/api/queries/changes';
import { useUi } from '@/ui/ui-context';
import { againOf } from './draft';
import { t } from './messages';

export type BulkAction = 'reverse' | 'tag' | 'untag' | 'note' | 'account';

interface Done {
  action: BulkAction;
  /** As they were before. */
  items: readonly Transaction[];
  tags: readonly string[];
  done: { ids: string[]; new_ids: string[] };
}

/** Takes a bulk change back: what was reversed is restored, what was moved is corrected back, labels are put back. */
export function useUndoBulk(portfolioId: string) {
  const bulk = useBulkChange();
  const replace = useReplaceTransactions();
  const { toast } = useUi();
  const back = async ({ action, items, tags, done }: Done) => {
    if (action === 'reverse')
      return void (await bulk.mutateAsync({
        portfolioId,
        ids: done.ids,
        action: 'restore',
        accept_missing: true,
      }));
    if (action === 'account')
      return void (await replace.mutateAsync({
        portfolioId,
        ids: done.new_ids,
        transactions: items.map(againOf),
        accept_missing: true,
      }));
    if (action === 'note') {
      for (const [note, ids] of byNote(items))
        await bulk.mutateAsync({ portfolioId, ids, action: 'note', note });
      return;
    }
    for (const tag of tags) {
      // Only those that this change gave the tag, or took it from.
      const ids = items
        .filter((item) => item.tags.includes(tag) === (action === 'untag'))
        .map(({ id }) => id);
      const opposite = action === 'tag' ? 'untag' : 'tag';
      if (ids.length) await bulk.mutateAsync({ portfolioId, ids, action: opposite, tags: [tag] });
    }
  };
  return (what: Done) =>
    back(what).then(
      () => toast({ text: t('bulkUndone', { count: what.items.length }) }),
      (error: Error) => toast({ text: t('undoFailed', { reason: error.message }), tone: 'danger' }),
    );
}

function byNote(items: readonly Transaction[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { id, note } of items) groups.set(note, [...(groups.get(note) ?? []), id]);
  return groups;
}

/** A reversal cannot be reversed: its undoing records the transactions once more, as they were asked for. */
export function useRestore(portfolioId: string) {
  const bulk = useBulkChange();
  const { toast } = useUi();
  return (ids: readonly string[], what: string) =>
    bulk.mutateAsync({ portfolioId, ids, action: 'restore', accept_missing: true }).then(
      () => toast({ text: t('recorded', { what }) }),
      (error: Error) => toast({ text: t('undoFailed', { reason: error.message }), tone: 'danger' }),
    );
}
