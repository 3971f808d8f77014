import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback } from 'react';
import type { ImportRow, RowState } from '@/api/parse/imports';
import { importRowsQuery } from '@/api/queries/imports';
import { formatDay } from '@/lib/dates';
import { multiply, sign } from '@/lib/decimal';
import { count } from '@/lib/format';
import { Amount, Price, Quantity } from '@/ui/amount';
import { Badge } from '@/ui/badge';
import type { Column } from '@/ui/column';
import { Empty } from '@/ui/empty';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { useNarrow } from '@/ui/use-narrow';
import { ROW_PX, VirtualTable } from '@/ui/virtual-table';
import { t } from './messages';

const ROWS_SEEN = 12;
const HEADER_PX = 40;
/** On a phone: two lines of what every row has, one of figures, and two more where rows have messages. */
const [COMPACT_PX, COMPACT_MESSAGE_PX] = [76, 108];
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

/** Units, and below them what one cost. */
function Units({ row: { quantity, unit_price, currency } }: { row: ImportRow }) {
  return (
    <Stack
      first={quantity && <Quantity value={quantity} />}
      second={
        unit_price && (
          <>
            {quantity && '× '}
            <Price value={unit_price} currency={currency ?? ''} />
          </>
        )
      }
    />
  );
}

/** What was charged; of most rows nothing, which needs no line. */
function Fee({ row: { fee, currency } }: { row: ImportRow }) {
  if (!fee || sign(fee) === 0) return null;
  return (
    <>
      {t('fee')} <Amount value={fee} currency={currency ?? ''} />
    </>
  );
}

function Stack({ first, second }: { first: ReactNode; second: ReactNode }) {
  return (
    <>
      {first && <span className="block truncate">{first}</span>}{' '}
      {second && <span className="block truncate text-muted text-xs">{second}</span>}
    </>
  );
}

const COLUMNS: readonly Column<ImportRow>[] = [
  { id: 'line', header: t('line'), width: '4.25rem', isRowHeader: true, cell: ({ line }) => count(line) },
  { id: 'status', header: t('status'), width: '8.25rem', cell: ({ status }) => <Status status={status} /> },
  { id: 'day', header: t('day'), width: '7.5rem', cell: ({ day }) => day && formatDay(day) },
  { id: 'type', header: t('type'), width: '6.75rem', cell: ({ type }) => type && transactionTypeLabel(type) },
  {
    id: 'symbol',
    header: t('symbol'),
    width: 'minmax(6.5rem,1.3fr)',
    cell: ({ symbol }) => <span className="font-medium">{symbol}</span>,
  },
  {
    id: 'quantity',
    header: t('quantityPrice'),
    width: '8.25rem',
    isNumeric: true,
    cell: (row) => <Units row={row} />,
  },
  {
    id: 'amount',
    header: t('amountFee'),
    width: '8.25rem',
    isNumeric: true,
    cell: (row) => <Stack first={<Gross row={row} />} second={<Fee row={row} />} />,
  },
  { id: 'account', header: t('account'), width: 'minmax(5.5rem,1.1fr)', cell: ({ account }) => account },
  {
    id: 'message',
    header: t('message'),
    width: 'minmax(11rem,2.2fr)',
    cell: ({ message }) => <span className="text-xs">{message}</span>,
  },
];
// Where the message is what one came for, it stands where it is seen.
const TROUBLED = ['line', 'message', 'day', 'type', 'symbol', 'quantity', 'amount', 'account']
  .flatMap((id) => COLUMNS.filter((column) => column.id === id))
  .map((column) => (column.id === 'message' ? { ...column, width: 'minmax(18rem,3.6fr)' } : column));

interface RowsTableProps {
  importId: string;
  status: RowState | undefined;
  /** Rows that there will be, so that the place is kept for them. */
  expected: number;
  /** Some of them say something. */
  hasMessages: boolean;
}

export function RowsTable({ importId, status, expected, hasMessages }: RowsTableProps) {
  const compactPx = hasMessages ? COMPACT_MESSAGE_PX : COMPACT_PX;
  const rowPx = useNarrow() ? compactPx : ROW_PX;
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
      compactPx={compactPx}
      height={height}
    />
  );
}

function CompactRow({ row, isMixed }: { row: ImportRow; isMixed: boolean }) {
  const { line, type, symbol, day, account, message } = row;
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
          {[t('lineOf', { line }), day && formatDay(day), account].filter(Boolean).join(' · ')}
        </span>
        {isMixed && <Status status={row.status} />}
      </div>
      <div className="flex items-baseline justify-between gap-3 text-muted text-xs">
        <span className="min-w-0 truncate [&>span]:inline">
          <Units row={row} />
        </span>
        <span className="shrink-0">
          <Fee row={row} />
        </span>
      </div>
      {message && <p className="line-clamp-2 text-xs">{message}</p>}
    </>
  );
}
