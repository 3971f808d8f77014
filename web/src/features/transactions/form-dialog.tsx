import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Transaction, TransactionDraft } from '@/api/parse/transactions';
import { accountsQuery, portfolioQuery } from '@/api/queries/portfolios';
import {
  transactionQuery,
  useCorrectTransaction,
  useRecordBatch,
  useRecordTransaction,
  useReverseTransaction,
} from '@/api/queries/transactions';
import { today } from '@/lib/dates';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { useUi } from '@/ui/ui-context';
import { emptyValues, type FormValues, keptOf, valuesOf } from './draft';
import { type SendOptions, TransactionForm } from './form';
import { t } from './messages';
import { describe, isRepeatable, typeLabel } from './types';

const FORM_PX = 520;
const ACCOUNT_DEFAULT = 'Main';

interface FormDialogProps {
  portfolioId: string;
  mode: 'add' | 'edit' | 'again';
  /** The transaction to correct or to record again. */
  id: string | undefined;
  onClose: () => void;
}

export default function FormDialog(props: FormDialogProps) {
  const isEdit = props.mode === 'edit';
  return (
    <Dialog
      open
      wide
      onClose={props.onClose}
      title={t(isEdit ? 'editTitle' : 'addTitle')}
      description={isEdit ? t('editNote') : undefined}
    >
      <Loaded {...props} />
    </Dialog>
  );
}

/** Waits for what the form starts from. */
function Loaded(props: FormDialogProps) {
  const { portfolioId, id } = props;
  const portfolio = useQuery(portfolioQuery(portfolioId));
  const accounts = useQuery(accountsQuery(portfolioId));
  const original = useQuery({ ...transactionQuery(portfolioId, id ?? ''), enabled: id !== undefined });
  const failed = [portfolio, accounts, original].find(({ error }) => error);
  if (failed?.error)
    return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} minHeight={FORM_PX} />;
  if (!portfolio.data || !accounts.data || (id !== undefined && !original.data))
    return <Skeleton height={FORM_PX} />;
  const busiest = [...accounts.data.items].sort((a, b) => b.transactions_count - a.transactions_count)[0];
  return (
    <Ready
      {...props}
      baseCurrency={portfolio.data.value.base_currency}
      account={busiest?.name ?? ACCOUNT_DEFAULT}
      original={original.data}
    />
  );
}

interface ReadyProps extends FormDialogProps {
  baseCurrency: string;
  account: string;
  original: Transaction | undefined;
}

function Ready({ portfolioId, mode, baseCurrency, account, original, onClose }: ReadyProps) {
  const [round, setRound] = useState(0);
  const [start, setStart] = useState(() => startOf(original, { baseCurrency, account }));
  const { toast } = useUi();
  const { save, isPending, error } = useSave(portfolioId, mode === 'edit' ? original?.id : undefined);
  const undo = useUndo(portfolioId);
  const send = (drafts: TransactionDraft[], values: FormValues, options: SendOptions) =>
    save(drafts, options.acceptMissing, (ids) => {
      const what = labelOf(values);
      const action = { label: t('undo'), run: () => undo(ids, what) };
      toast(mode === 'edit' ? { text: t('corrected', { what }) } : { text: t('recorded', { what }), action });
      if (!options.andMore) return onClose();
      setStart({ ...emptyValues(values), type: values.type, subject: values.subject });
      setRound(round + 1);
    });
  return (
    <TransactionForm
      key={round}
      portfolioId={portfolioId}
      baseCurrency={baseCurrency}
      start={start}
      kept={original ? keptOf(original) : {}}
      isCorrection={mode === 'edit'}
      error={error}
      busy={isPending}
      onSend={send}
      onCancel={onClose}
    />
  );
}

function startOf(
  original: Transaction | undefined,
  { baseCurrency, account }: { baseCurrency: string; account: string },
): FormValues {
  if (original && isRepeatable(original.type)) return valuesOf(original, original.type);
  return emptyValues({ day: today(), account, currency: baseCurrency });
}

function labelOf(values: FormValues): string {
  if (values.type === 'transfer') return typeLabel('transfer');
  return describe({
    type: values.type,
    quantity: values.quantity ?? null,
    symbol: values.asset?.symbol ?? null,
  });
}

/** One call for the three ways to book; gives back the ids that an undo reverses. */
function useSave(portfolioId: string, correctedId: string | undefined) {
  const record = useRecordTransaction();
  const correct = useCorrectTransaction();
  const batch = useRecordBatch();
  const save = (drafts: TransactionDraft[], accept_missing: boolean, done: (ids: string[]) => void) => {
    const [first, ...more] = drafts.map((draft) => ({ ...draft, accept_missing }));
    if (!first) return;
    if (more.length > 0)
      batch.mutate({ portfolioId, drafts, accept_missing }, { onSuccess: ({ ids }) => done(ids) });
    else if (correctedId !== undefined)
      correct.mutate(
        { portfolioId, id: correctedId, draft: first },
        { onSuccess: ({ replacement }) => done([replacement.id]) },
      );
    else record.mutate({ portfolioId, draft: first }, { onSuccess: ({ id }) => done([id]) });
  };
  const used = [record, correct, batch];
  return {
    save,
    isPending: used.some(({ isPending }) => isPending),
    error: used.find(({ error }) => error)?.error ?? null,
  };
}

function useUndo(portfolioId: string) {
  const reverse = useReverseTransaction();
  const { toast } = useUi();
  return async (ids: string[], what: string) => {
    try {
      for (const id of ids) await reverse.mutateAsync({ portfolioId, id });
      toast({ text: t('undone', { what }) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      toast({ text: t('undoFailed', { reason }), tone: 'danger' });
    }
  };
}
