import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { ImportRow, RowState } from '@/api/parse/imports';
import { importRowsQuery } from '@/api/queries/imports';
import { formatDay } from '@/lib/dates';
import { multiply } from '@/lib/decimal';
import { count } from '@/lib/format';
import { Amount, Price, Quantity } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { useNarrow } from '@/ui/use-narrow';
import { VirtualTable } from '@/ui/virtual-table';
import { t } from './messages';

const ROWS_SEEN = 12;
const [ROW_PX, COMPACT_ROW_PX, HEADER_PX] = [36, 60, 40];
const TONES = {
  new: 'accent',
  duplicate: 'neutral',
  warning: 'warning',
  error: 'danger',
  skipped: 'neutral',
} as const;

function Status({ status }: { status: RowState }) {
  return <Badge tone={TONES[status]}>{t(`row_${status}`)}</Badge>;
}

/** The amount that the row says, or quantity times price; empty where the row has neither. */
function Gross({ row }: { row: ImportRow }) {
  const { gross, quantity, unit_price, currency } = row;
  const value = gross ?? (quantity && unit_price ? multiply(quantity, unit_price) : null);
  return value && currency && <Amount value={value} currency={currency} />;
}

const COLUMNS: readonly Column<ImportRow>[] = [
  { id: 'line', header: t('line'), width: '4.5rem', isRowHeader: true, cell: ({ line }) => count(line) },
  { id: 'status', header: t('status'), width: '8.5rem', cell: ({ status }) => <Status status={status} /> },
  { id: 'day', header: t('day'), width: '7.5rem', cell: ({ day }) => day && formatDay(day) },
  { id: 'type', header: t('type'), width: '7.5rem', cell: ({ type }) => type && transactionTypeLabel(type) },
  {
    id: 'symbol',
    header: t('symbol'),
    width: '9.5rem',
    cell: ({ symbol }) => <span className="font-medium">{symbol}</span>,
  },
  {
    id: 'quantity',
    header: t('quantity'),
    width: '7.5rem',
    isNumeric: true,
    cell: ({ quantity }) => quantity && <Quantity value={quantity} />,
  },
  {
    id: 'price',
    header: t('price'),
    width: '7.5rem',
    isNumeric: true,
    cell: ({ unit_price, currency }) => unit_price && <Price value={unit_price} currency={currency ?? ''} />,
  },
  { id: 'amount', header: t('amount'), width: '8rem', isNumeric: true, cell: (row) => <Gross row={row} /> },
  {
    id: 'fee',
    header: t('fee'),
    width: '5.5rem',
    isNumeric: true,
    cell: ({ fee, currency }) => fee && <Amount value={fee} currency={currency ?? ''} />,
  },
  { id: 'account', header: t('account'), width: '8rem', cell: ({ account }) => account },
  {
    id: 'message',
    header: t('message'),
    width: 'minmax(12rem,1fr)',
    cell: ({ message }) => <span title={message ?? undefined}>{message}</span>,
  },
];
const MESSAGE_FIRST = [
  'line',
  'status',
  'message',
  'day',
  'type',
  'symbol',
  'quantity',
  'price',
  'amount',
  'fee',
];
// Where the message is what one came for, it stands where it is seen.
const TROUBLED = MESSAGE_FIRST.flatMap((id) => COLUMNS.filter((column) => column.id === id)).map((column) =>
  column.id === 'message' ? { ...column, width: 'minmax(28rem,1fr)' } : column,
);

interface RowsTableProps {
  importId: string;
  status: RowState | undefined;
  /** Rows that there will be, so that the place is kept for them. */
  expected: number;
}

export function RowsTable({ importId, status, expected }: RowsTableProps) {
  const rowPx = useNarrow() ? COMPACT_ROW_PX : ROW_PX;
  const height = `${Math.min(ROWS_SEEN, expected) * rowPx + HEADER_PX}px`;
  const list = useInfiniteQuery(importRowsQuery(importId, status));
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} minHeight={449} />;
  if (!data)
    return (
      <div className="overflow-hidden" style={{ height: `calc(${height} + 2.0625rem)` }}>
        <SkeletonRows rows={12} />
      </div>
    );
  const rows = data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return <Empty icon="file" title={t('noRows')} />;
  return (
    <VirtualTable
      label={t('previewTitle')}
      columns={status === 'error' || status === 'skipped' || status === 'warning' ? TROUBLED : COLUMNS}
      hidden={status === undefined ? [] : ['status']}
      rows={rows}
      rowKey={({ line }) => String(line)}
      total={data.pages[0]?.total ?? null}
      onEnd={more}
      compact={(row) => <CompactRow row={row} isMixed={status === undefined} />}
      height={height}
    />
  );
}

function CompactRow({ row, isMixed }: { row: ImportRow; isMixed: boolean }) {
  const { line, type, symbol, day, message } = row;
  return (
    <>
      <div className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate">
          {type && transactionTypeLabel(type)} <span className="font-semibold">{symbol}</span>
        </span>
        <Gross row={row} />
      </div>
      <div className="flex items-center justify-between gap-3 text-muted text-xs">
        <span className="min-w-0 truncate">
          {t('lineOf', { line })} · {message || (day && formatDay(day))}
        </span>
        {isMixed && <Status status={row.status} />}
      </div>
    </>
  );
}
