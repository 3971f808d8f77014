import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Effect } from '@/api/parse/changes';
import type { TransactionDraft } from '@/api/parse/transactions';
import { effectQuery } from '@/api/queries/changes';
import { formatDay } from '@/lib/dates';
import { Amount, Quantity } from '@/ui/amount';
import type { Column } from '@/ui/column';
import { FormError } from '@/ui/error-state';
import { Table } from '@/ui/table';
import { t } from './messages';

const TYPING_MS = 400;

interface EffectPreviewProps {
  portfolioId: string;
  /** What would be reversed. */
  ids: readonly string[];
  /** What would be recorded; undefined while the form cannot be sent. */
  drafts: TransactionDraft[] | undefined;
  /** Shown without being asked for: what it is about are the lots. */
  isOpen: boolean;
}

/** Lots and cash as they are and as they would be. The server works it out and writes nothing. */
export function EffectPreview({ portfolioId, ids, drafts, isOpen }: EffectPreviewProps) {
  const [isShown, setShown] = useState(isOpen);
  const settled = useSettled(drafts);
  return (
    <details open={isShown} onToggle={({ currentTarget }) => setShown(currentTarget.open)}>
      <summary className="w-fit rounded-sm py-1 text-muted text-sm">{t('effect')}</summary>
      {isShown && (
        <div className="mt-2 text-sm" aria-live="polite">
          {settled ? (
            <Shown portfolioId={portfolioId} ids={ids} drafts={settled} />
          ) : (
            <p className="text-muted">{t('effectWaiting')}</p>
          )}
        </div>
      )}
    </details>
  );
}

/** The drafts once they have not changed for a moment. */
function useSettled(drafts: TransactionDraft[] | undefined): TransactionDraft[] | undefined {
  const [settled, setSettled] = useState<string>();
  const text = drafts && JSON.stringify(drafts);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return text === undefined || settled !== text ? undefined : drafts;
}

interface ShownProps {
  portfolioId: string;
  ids: readonly string[];
  drafts: TransactionDraft[];
}

function Shown({ portfolioId, ids, drafts }: ShownProps) {
  const { data, error } = useQuery(effectQuery(portfolioId, ids, drafts));
  if (error) return <FormError error={error} />;
  if (!data) return <p className="text-muted">…</p>;
  const lots = data.lots.filter(
    (lot) => lot.quantity_before !== lot.quantity_after || lot.cost_before !== lot.cost_after,
  );
  const notes = [
    ...data.missing_acquisitions.map(({ symbol }) => t('effectMissing', { symbol })),
    ...data.warnings.map(({ message }) => message),
  ];
  if (lots.length + data.cash.length + notes.length === 0)
    return <p className="text-muted">{t('effectNone')}</p>;
  return (
    <div className="flex flex-col gap-2">
      {lots.length > 0 && (
        <Table
          caption={t('effect')}
          columns={lotColumns(data.base_currency)}
          rows={lots}
          rowKey={({ id }) => id}
        />
      )}
      {data.cash.map(({ account, currency, before, after }) => (
        <p key={`${account} ${currency}`}>
          {account}: <Amount value={before} currency={currency} /> →{' '}
          <Amount value={after} currency={currency} />
        </p>
      ))}
      {notes.map((note) => (
        <p key={note} className="text-loss">
          {note}
        </p>
      ))}
    </div>
  );
}

type Lot = Effect['lots'][number];

function lotColumns(currency: string): Column<Lot>[] {
  const figure = (id: 'before' | 'after', header: string): Column<Lot> => ({
    id,
    header,
    isNumeric: true,
    cell: (lot) => {
      const [quantity, cost] = [lot[`quantity_${id}`], lot[`cost_${id}`]];
      if (quantity === null) return '–';
      return (
        <span className="flex flex-col">
          <Quantity value={quantity} />
          <span className="text-muted text-xs">
            <Amount value={cost} currency={currency} />
          </span>
        </span>
      );
    },
  });
  return [
    {
      id: 'lot',
      header: t('effectLot'),
      isRowHeader: true,
      cell: (lot) => (
        <span className="flex flex-col">
          {lot.symbol}
          <span className="text-muted text-xs">
            {t('lotLine', { day: formatDay(lot.acquired_on), account: lot.account })}
          </span>
        </span>
      ),
    },
    figure('before', t('effectBefore')),
    figure('after', t('effectAfter')),
  ];
}
