import { type KeyboardEvent, type ReactNode, useState } from 'react';
import type { Transaction } from '@/api/parse/transactions';
import { isApiError } from '@/api/problem';
import { useLabelTransaction, useReplaceTransactions } from '@/api/queries/changes';
import { useCorrectTransaction } from '@/api/queries/transactions';
import type { Dec } from '@/lib/decimal';
import { parseTyped } from '@/lib/decimal';
import { exact } from '@/lib/format';
import { formatLocale } from '@/lib/locale';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/class';
import { cellInputClass } from '@/ui/field';
import { useUi } from '@/ui/ui-context';
import { againOf } from './draft';
import { type RowField, type RowValues, rowChange, rowFields, rowValuesOf } from './inline-draft';
import { t } from './messages';
import { placeOf } from './place';
import { describe } from './types';

interface Editing {
  item: Transaction;
  values: RowValues;
}

/** The row that is being changed in place: Enter and the tick save, Escape leaves it as it was. */
export function useInlineEdit(portfolioId: string) {
  const [editing, setEditing] = useState<Editing>();
  const { save, isPending } = useSaveRow(portfolioId);
  const start = (item: Transaction) => setEditing({ item, values: rowValuesOf(item) });
  const stop = () => {
    const row = document.activeElement?.closest<HTMLElement>('[data-row]');
    setEditing(undefined);
    row?.focus();
  };
  if (!editing) return { start, editing: undefined };
  const { item, values } = editing;
  const change = (part: Partial<RowValues>) => setEditing({ item, values: { ...values, ...part } });
  const keep = () => {
    if (!isPending) save(item, values, stop);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') stop();
    else keep();
  };
  const cells = cellsOf(item, values, change, onKeyDown, isPending);
  return { start, editing: { key: item.id, cells: { ...cells, edit: <SaveButton onSave={keep} /> } } };
}

/** In the place of the pencil, for who has no key to save by. */
function SaveButton({ onSave }: { onSave: () => void }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the click from the row
    <span onClick={(event) => event.stopPropagation()}>
      <IconButton icon="check" label={t('rowSave')} onClick={onSave} />
    </span>
  );
}

type OnKeyDown = (event: KeyboardEvent) => void;

function cellsOf(
  item: Transaction,
  values: RowValues,
  change: (part: Partial<RowValues>) => void,
  onKeyDown: OnKeyDown,
  isBusy: boolean,
): Record<string, ReactNode> {
  const fields = rowFields(item);
  const first = (['day', 'quantity', 'unitPrice', 'fee', 'note'] as const).find((name) => fields.has(name));
  const common = (name: RowField) => ({ onKeyDown, readOnly: isBusy, autoFocus: name === first });
  const text = (name: 'day' | 'note', label: string, type: string) =>
    fields.has(name) && (
      <input
        {...common(name)}
        type={type}
        aria-label={label}
        className={cellInputClass}
        value={values[name]}
        onChange={({ target }) => change({ [name]: target.value })}
      />
    );
  const figure = (name: 'quantity' | 'unitPrice' | 'fee', label: string) =>
    fields.has(name) && (
      <FigureCell
        {...common(name)}
        label={label}
        value={values[name]}
        onValue={(value) => change({ [name]: value })}
      />
    );
  const cells = {
    day: text('day', t('day'), 'date'),
    quantity: figure('quantity', t('quantity')),
    unit_price: figure('unitPrice', t('price')),
    fee: figure('fee', t('fee')),
    note: text('note', t('note'), 'text'),
  };
  return Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell));
}

interface FigureCellProps {
  label: string;
  value: Dec | undefined;
  onValue: (value: Dec | undefined) => void;
  onKeyDown: OnKeyDown;
  readOnly: boolean;
  autoFocus: boolean;
}

function FigureCell({ label, value, onValue, ...rest }: FigureCellProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : exact(value)));
  const isBad = parseTyped(text, formatLocale()) === undefined;
  return (
    <input
      {...rest}
      aria-label={label}
      aria-invalid={isBad || undefined}
      inputMode="decimal"
      autoComplete="off"
      className={cx(cellInputClass, 'text-end')}
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        onValue(parseTyped(target.value, formatLocale()));
      }}
    />
  );
}

/** The fields and what is wrong with them, where the server named any. */
function reasonOf(error: Error): string {
  const faults = isApiError(error) ? error.faults : [];
  if (faults.length === 0) return error.message;
  return faults.map(({ pointer, detail }) => `${placeOf(pointer)}: ${detail}`).join('; ');
}

function useSaveRow(portfolioId: string) {
  const correct = useCorrectTransaction();
  const label = useLabelTransaction();
  const undo = useUndoRow(portfolioId);
  const { toast } = useUi();
  const save = (item: Transaction, values: RowValues, done: () => void) => {
    const change = rowChange(item, values);
    if (change === undefined) return toast({ text: t('rowIncomplete'), tone: 'danger' });
    if (change.kind === 'none') return done();
    const failed = (error: Error) =>
      toast({ text: t('rowRefused', { reason: reasonOf(error) }), tone: 'danger' });
    const saved = (run: () => void) => {
      toast({ text: t('corrected', { what: describe(item) }), action: { label: t('undo'), run } });
      done();
    };
    if (change.kind === 'note')
      return label.mutate(
        { portfolioId, id: item.id, note: change.note },
        { onSuccess: () => saved(() => undo({ note: item })), onError: failed },
      );
    correct.mutate(
      { portfolioId, id: item.id, draft: change.draft },
      { onSuccess: ({ replacement }) => saved(() => undo({ item, by: [replacement.id] })), onError: failed },
    );
  };
  return { save, isPending: correct.isPending || label.isPending };
}

type Undone = { note: Transaction } | { item: Transaction; by: string[] };

/** Undoing a correction is a correction back; a note is written as it was. */
function useUndoRow(portfolioId: string) {
  const replace = useReplaceTransactions();
  const label = useLabelTransaction();
  const { toast } = useUi();
  return (what: Undone) => {
    const item = 'note' in what ? what.note : what.item;
    const sent =
      'note' in what
        ? label.mutateAsync({ portfolioId, id: item.id, note: item.note })
        : replace.mutateAsync({
            portfolioId,
            ids: what.by,
            transactions: [againOf(item)],
            accept_missing: true,
          });
    sent.then(
      () => toast({ text: t('undone', { what: describe(item) }) }),
      (error: Error) => toast({ text: t('undoFailed', { reason: error.message }), tone: 'danger' }),
    );
  };
}
