import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Asset } from '@/api/parse/market';
import type { Transaction, TransactionDetail, TransactionDraft } from '@/api/parse/transactions';
import {
  missingQuery,
  useBulkChange,
  useRecordTransfer,
  useReplaceTransactions,
} from '@/api/queries/changes';
import { assetQuery } from '@/api/queries/market';
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
import { againOf, emptyValues, type FormValues, keptOf, transferValuesOf, valuesOf } from './draft';
import { type SendOptions, TransactionForm } from './form';
import { t } from './messages';
import { findRepair, repairValues } from './repair';
import { describe, isRepeatable, typeLabel } from './types';

const FORM_PX = 520;
const ACCOUNT_DEFAULT = 'Main';

interface FormDialogProps {
  portfolioId: string;
  mode: 'add' | 'edit' | 'again';
  /** The transaction to correct or to record again. */
  id: string | undefined;
  /** What is shown of the books: a new transaction is about that, if not told otherwise. */
  assetId: string | undefined;
  /** A way to mend what is missing, that the form starts from. */
  repair: string | undefined;
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
  const { portfolioId, mode, id, assetId, repair } = props;
  const portfolio = useQuery(portfolioQuery(portfolioId));
  const accounts = useQuery(accountsQuery(portfolioId));
  const original = useQuery({ ...transactionQuery(portfolioId, id ?? ''), enabled: id !== undefined });
  const partnerId = mode === 'edit' ? partnerOf(original.data, portfolioId) : undefined;
  const partner = useQuery({
    ...transactionQuery(portfolioId, partnerId ?? ''),
    enabled: partnerId !== undefined,
  });
  const asset = useQuery({ ...assetQuery(assetId ?? ''), enabled: assetId !== undefined });
  const missing = useQuery({ ...missingQuery(portfolioId), enabled: repair !== undefined });
  // Only what was never there: a form is not thrown away because a refetch behind it failed.
  const failed = [portfolio, accounts, original, partner].find(({ error, data }) => error && !data);
  if (failed?.error)
    return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} minHeight={FORM_PX} />;
  const isWaiting =
    (id !== undefined && !original.data) ||
    (assetId !== undefined && asset.isLoading) ||
    (partnerId !== undefined && !partner.data) ||
    (repair !== undefined && missing.isLoading);
  if (!portfolio.data || !accounts.data || isWaiting) return <Skeleton height={FORM_PX} />;
  const { base_currency, lot_method, lot_scope } = portfolio.data.value;
  const busiest = [...accounts.data.items].sort((a, b) => b.transactions_count - a.transactions_count)[0];
  const found = repair === undefined ? undefined : findRepair(missing.data?.items ?? [], repair);
  const sides = [original.data, partner.data].filter((side) => side !== undefined);
  // The form shows the side that leaves.
  const place = (side: { type: string }) => (side.type === 'transfer_out' ? 0 : 1);
  sides.sort((a, b) => place(a) - place(b));
  return (
    <Ready
      {...props}
      baseCurrency={base_currency}
      hasChosenLots={lot_method === 'specific'}
      areLotsShared={lot_scope === 'portfolio'}
      originals={sides}
      first={
        found
          ? repairValues(found.record, found.repair, base_currency)
          : startOf(sides, {
              baseCurrency: base_currency,
              asset: asset.data,
              account: busiest?.name ?? ACCOUNT_DEFAULT,
              isCorrection: mode === 'edit',
            })
      }
    />
  );
}

/** The one other side of a transfer within the portfolio. */
function partnerOf(item: TransactionDetail | undefined, portfolioId: string): string | undefined {
  const [partner, ...more] = item?.partners ?? [];
  const isTransfer = item?.type === 'transfer_in' || item?.type === 'transfer_out';
  if (!partner || more.length > 0 || !isTransfer || partner.portfolio_id !== portfolioId) return;
  return partner.type === item.type ? undefined : partner.id;
}

interface ReadyProps extends FormDialogProps {
  baseCurrency: string;
  hasChosenLots: boolean;
  areLotsShared: boolean;
  /** What is corrected or recorded again; both sides of a transfer. */
  originals: readonly Transaction[];
  first: FormValues;
}

function Ready(props: ReadyProps) {
  const { portfolioId, mode, baseCurrency, originals, first, onClose } = props;
  const [round, setRound] = useState(0);
  const [start, setStart] = useState(first);
  const { toast } = useUi();
  const corrected = mode === 'edit' ? originals.map(({ id }) => id) : [];
  const { save, isPending, error } = useSave(portfolioId, corrected);
  const undo = useUndo(portfolioId, mode === 'edit' ? originals : []);
  const [original, arriving] = originals;
  const send = (drafts: TransactionDraft[], values: FormValues, options: SendOptions) =>
    save(drafts, values, options.acceptMissing, (ids) => {
      const what = labelOf(values);
      const action = { label: t('undo'), run: () => void undo(ids, what) };
      toast({ text: t(mode === 'edit' ? 'corrected' : 'recorded', { what }), action });
      if (!options.andMore) return onClose();
      setStart({ ...emptyValues(values), type: values.type, subject: values.subject });
      setRound(round + 1);
    });
  return (
    <TransactionForm
      key={round}
      portfolioId={portfolioId}
      baseCurrency={baseCurrency}
      hasChosenLots={props.hasChosenLots}
      areLotsShared={props.areLotsShared}
      correctedIds={corrected}
      arriving={arriving}
      start={start}
      kept={original ? keptFor(mode, original) : {}}
      isCorrection={mode === 'edit'}
      error={error}
      busy={isPending}
      onSend={send}
      onCancel={onClose}
    />
  );
}

/** What is recorded again is another act: it joins no group. */
function keptFor(mode: FormDialogProps['mode'], original: Transaction) {
  const { group, ...kept } = keptOf(original);
  return mode === 'edit' && group ? { ...kept, group } : kept;
}

function startOf(
  originals: readonly Transaction[],
  start: { baseCurrency: string; asset: Asset | undefined; account: string; isCorrection: boolean },
): FormValues {
  const [original] = originals;
  const out = originals.find(({ type }) => type === 'transfer_out');
  const into = originals.find(({ type }) => type === 'transfer_in');
  if (out && into) return transferValuesOf(out, into);
  if (original && isRepeatable(original.type)) {
    const values = valuesOf(original, original.type);
    // The lots that the first one took are not there for a second.
    return start.isCorrection ? values : { ...values, lots: [] };
  }
  const { asset, account } = start;
  const currency = asset?.currency ?? start.baseCurrency;
  return { ...emptyValues({ day: today(), account, currency }), asset };
}

function labelOf(values: FormValues): string {
  if (values.type === 'transfer') return typeLabel('transfer');
  return describe({
    type: values.type,
    quantity: values.quantity ?? null,
    symbol: values.asset?.symbol ?? null,
    asset_name: values.asset?.name ?? null,
  });
}

/** One call for the ways to book; gives back the ids that an undo reverses. */
function useSave(portfolioId: string, corrected: readonly string[]) {
  const record = useRecordTransaction();
  const correct = useCorrectTransaction();
  const batch = useRecordBatch();
  const replace = useReplaceTransactions();
  const transfer = useRecordTransfer();
  const used = [record, correct, batch, replace, transfer];
  const save = (
    drafts: TransactionDraft[],
    values: FormValues,
    accept_missing: boolean,
    done: (ids: string[]) => void,
  ) => {
    const [first, ...more] = drafts.map((draft) => ({ ...draft, accept_missing }));
    const [correctedId] = corrected;
    const onSuccess = ({ ids }: { ids: string[] }) => done(ids);
    if (!first) return;
    // What another way to book was refused for is no longer asked.
    for (const way of used) way.reset();
    if (values.type === 'transfer' && values.toPortfolio !== '')
      transfer.mutate({ portfolioId, ...transferOf(drafts, values), accept_missing }, { onSuccess });
    else if (corrected.length > 1 || (correctedId && more.length > 0))
      replace.mutate({ portfolioId, ids: corrected, transactions: drafts, accept_missing }, { onSuccess });
    else if (more.length > 0) batch.mutate({ portfolioId, drafts, accept_missing }, { onSuccess });
    else if (correctedId !== undefined)
      correct.mutate(
        { portfolioId, id: correctedId, draft: first },
        { onSuccess: ({ replacement }) => done([replacement.id]) },
      );
    else record.mutate({ portfolioId, draft: first }, { onSuccess: ({ id }) => done([id]) });
  };
  return {
    save,
    isPending: used.some(({ isPending }) => isPending),
    error: used.find(({ error }) => error)?.error ?? null,
  };
}

/** A transfer to another portfolio is one act: the server finds the lots that arrive. */
function transferOf([out]: TransactionDraft[], values: FormValues) {
  const { type: _, account: __, group: ___, day, unit_price: ____, ...rest } = out as TransactionDraft;
  return {
    ...rest,
    day: day ?? '',
    from_account: values.account.trim(),
    to_account: values.toAccount.trim(),
    to_portfolio_id: values.toPortfolio,
  };
}

/** What was recorded is reversed; what was corrected is corrected back. */
function useUndo(portfolioId: string, originals: readonly Transaction[]) {
  const reverse = useReverseTransaction();
  const bulk = useBulkChange();
  const replace = useReplaceTransactions();
  const { toast } = useUi();
  const back = async (ids: string[]) => {
    if (originals.length > 0)
      await replace.mutateAsync({
        portfolioId,
        ids,
        transactions: originals.map(againOf),
        accept_missing: true,
      });
    // Both sides of a transfer, which may lie in two portfolios, in one: neither is taken back alone.
    else if (ids.length > 1)
      await bulk.mutateAsync({ portfolioId, ids, action: 'reverse', with_partners: true });
    else for (const id of ids) await reverse.mutateAsync({ portfolioId, id });
  };
  return async (ids: string[], what: string) => {
    try {
      await back(ids);
      toast({ text: t('undone', { what }) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      toast({ text: t('undoFailed', { reason }), tone: 'danger' });
    }
  };
}
