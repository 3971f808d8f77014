import {
  type ColumnDef,
  columnVisibilityFeature,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { count } from '@/lib/format';
import { cx } from './class';
import { ariaSort, type Column, nextSort, type Sort } from './column';
import { t } from './messages';
import { SortButton } from './table';
import { useNarrow } from './use-narrow';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });
const ROW_PX = 36;
const COMPACT_ROW_PX = 60;
const OVERSCAN = 6;

export interface VirtualTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  /** Ids of columns that are not shown. */
  hidden?: readonly string[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** All rows there are on the server; null while that is not known. */
  total: number | null;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  /** Called when the last rows come into sight. */
  onEnd?: () => void;
  onRow?: (row: Row) => void;
  selected?: RowSelectionState;
  onSelect?: (selected: RowSelectionState) => void;
  /** A row on a phone, two lines high; without it columns scroll sideways. */
  compact?: (row: Row) => ReactNode;
  height?: string;
}

/** Any number of rows; only those in sight are in the page. A full ARIA grid of `role="table"`. */
export function VirtualTable<Row extends object>(props: VirtualTableProps<Row>) {
  const { label, rows, rowKey, total, sort, onSort, onRow, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isCompact = useNarrow() && props.compact !== undefined;
  const rowPx = isCompact ? COMPACT_ROW_PX : ROW_PX;
  const table = useTable({
    features,
    columns: useMemo(() => props.columns.map(columnDef), [props.columns]),
    data: rows as Row[],
    getRowId: rowKey,
    state: {
      columnVisibility: useMemo(
        () => Object.fromEntries((props.hidden ?? []).map((id) => [id, false])),
        [props.hidden],
      ),
      rowSelection: props.selected ?? NONE,
    },
    onRowSelectionChange: (change) =>
      props.onSelect?.(typeof change === 'function' ? change(props.selected ?? NONE) : change),
  });
  const shown = table
    .getVisibleLeafColumns()
    .flatMap(({ id }) => props.columns.filter((column) => column.id === id));
  const model = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: model.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
  });
  useEffect(() => {
    if (rowPx) virtual.measure();
  }, [rowPx, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 1 && rows.length > 0) onEnd?.();
  }, [last, rows.length, onEnd]);

  const withSelect = props.onSelect !== undefined && !isCompact;
  const tracks = {
    gridTemplateColumns: [withSelect ? '2.75rem' : '', ...shown.map((c) => c.width ?? '1fr')].join(' '),
  };
  return (
    <div className="flex min-w-0 flex-col">
      <div
        ref={scroller}
        role="table"
        aria-label={label}
        aria-rowcount={total === null ? -1 : total + 1}
        aria-colcount={shown.length + Number(withSelect)}
        tabIndex={0}
        className="relative overflow-auto text-sm -outline-offset-2"
        style={{ height: props.height ?? 'max(20rem, calc(100dvh - 17rem))' }}
      >
        <div className={isCompact ? '' : 'min-w-max'}>
          <div
            role="rowgroup"
            className={cx('sticky top-0 z-10 border-line border-b bg-panel', isCompact && 'sr-only')}
          >
            <div role="row" aria-rowindex={1} className="grid" style={tracks}>
              {withSelect && (
                <span role="columnheader" className="flex items-center ps-4">
                  <input
                    type="checkbox"
                    aria-label={t('selectAll')}
                    className="size-4 accent-accent"
                    checked={table.getIsAllRowsSelected()}
                    onChange={table.getToggleAllRowsSelectedHandler()}
                  />
                </span>
              )}
              {shown.map((column) => (
                <span
                  key={column.id}
                  role="columnheader"
                  aria-sort={column.isSortable ? ariaSort(column.id, sort) : undefined}
                  className={cx(
                    'flex min-h-9 items-center whitespace-nowrap px-3 font-medium text-muted text-xs',
                    column.isNumeric && 'justify-end',
                  )}
                >
                  {column.isSortable && onSort ? (
                    <SortButton column={column} sort={sort} onSort={() => onSort(nextSort(column, sort))} />
                  ) : (
                    column.header
                  )}
                </span>
              ))}
            </div>
          </div>
          <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = model[item.index];
              if (!row) return null;
              const isSelected = row.getIsSelected();
              return (
                <div
                  key={row.id}
                  role="row"
                  aria-rowindex={item.index + 2}
                  aria-selected={withSelect ? isSelected : undefined}
                  tabIndex={-1}
                  onClick={onRow && (() => onRow(row.original))}
                  className={cx(
                    'absolute inset-x-0 grid items-center border-line border-b',
                    onRow && 'cursor-pointer hover:bg-wash',
                    isSelected && 'bg-wash',
                  )}
                  style={{
                    ...(isCompact ? {} : tracks),
                    height: rowPx,
                    transform: `translateY(${item.start}px)`,
                  }}
                >
                  {withSelect && (
                    <span role="cell" className="flex ps-4" onClick={(event) => event.stopPropagation()}>
                      <input
                        type="checkbox"
                        aria-label={t('selectRow')}
                        className="size-4 accent-accent"
                        checked={isSelected}
                        onChange={row.getToggleSelectedHandler()}
                      />
                    </span>
                  )}
                  {isCompact ? (
                    <div role="cell" className="min-w-0 px-4">
                      {props.compact?.(row.original)}
                    </div>
                  ) : (
                    shown.map((column) => (
                      <span
                        key={column.id}
                        role={column.isRowHeader ? 'rowheader' : 'cell'}
                        className={cx('min-w-0 truncate px-3', column.isNumeric && 'text-end')}
                      >
                        {column.cell(row.original)}
                      </span>
                    ))
                  )}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      <p role="status" className="border-line border-t px-4 py-2 text-muted text-xs">
        {total === null || total === rows.length
          ? t('rowsShown', { count: rows.length })
          : t('rowsOf', { shown: count(rows.length), total: count(total) })}
      </p>
    </div>
  );
}

const NONE: RowSelectionState = {};

function columnDef<Row extends object>({ id, header }: Column<Row>): ColumnDef<typeof features, Row> {
  return { id, header };
}
