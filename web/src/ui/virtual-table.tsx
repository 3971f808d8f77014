import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useRef,
} from 'react';
import { count } from '@/lib/format';
import { useHotkeys } from '@/lib/hotkeys';
import { cx } from './class';
import { ariaSort, type Column, nextSort, type Sort } from './column';
import { t } from './messages';
import { HeaderText, SortButton } from './table';
import { useNarrow } from './use-narrow';
import { useRowsInSight } from './use-rows-in-sight';

/** Keys of the chosen rows, each with `true`. */
export type RowSelectionState = Record<string, boolean>;

/** Two lines of text. */
export const ROW_PX = 44;
const COMPACT_ROW_PX = 60;
const SELECT_TRACK = '2.75rem';
const NONE: RowSelectionState = {};

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
  /** Called when the last rows come into sight. Keep it stable. */
  onEnd?: () => void;
  /** A click, or Enter on the row's focus (j/k or the arrows move it). */
  onRow?: (row: Row) => void;
  selected?: RowSelectionState;
  onSelect?: (selected: RowSelectionState) => void;
  /** The row that is being changed in place, by key, and what stands in its cells meanwhile, by column. */
  editing?: { key: string; cells: Readonly<Record<string, ReactNode>> } | undefined;
  /** "e" on a row's focus. */
  onEdit?: (row: Row) => void;
  /** A row on a phone; without it columns scroll sideways. */
  compact?: (row: Row) => ReactNode;
  /** Of each row on a phone; two lines when it is not said. */
  compactPx?: number;
  height?: string;
}

/** Any number of rows; only those in sight are in the page. A full ARIA grid of `role="table"`. */
export function VirtualTable<Row extends object>(props: VirtualTableProps<Row>) {
  const { label, rows, rowKey, total, onEnd, selected = NONE } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isCompact = useNarrow() && props.compact !== undefined;
  const rowPx = isCompact ? (props.compactPx ?? COMPACT_ROW_PX) : ROW_PX;
  const shown = props.columns.filter(({ id }) => !props.hidden?.includes(id));
  const inSight = useRowsInSight(scroller, rows.length, rowPx);
  const last = inSight.shown.at(-1) ?? -1;
  useEffect(() => {
    if (last >= rows.length - 1 && rows.length > 0) onEnd?.();
  }, [last, rows.length, onEnd]);
  const hasSelect = props.onSelect !== undefined && !isCompact;
  const anchor = useRef(0);
  const stop = useRef<HTMLElement>(null);
  // With Shift all rows from the last one touched take the state of this one.
  const toggle = (index: number, isOn: boolean, isRange: boolean) => {
    const [from, to] = isRange
      ? [Math.min(anchor.current, index), Math.max(anchor.current, index)]
      : [index, index];
    anchor.current = index;
    props.onSelect?.(choose(selected, rows.slice(from, to + 1).map(rowKey), isOn));
  };
  const keys = useRowKeys(scroller, inSight.show, {
    x: (index, isRange) => {
      const row = rows[index];
      if (hasSelect && row) toggle(index, isRange || !selected[rowKey(row)], isRange);
    },
    e: (index) => {
      const row = rows[index];
      if (row && !isCompact) props.onEdit?.(row);
    },
  });

  const toggleAll = (isOn: boolean) => props.onSelect?.(choose(selected, rows.map(rowKey), isOn));
  const tracks = [hasSelect && SELECT_TRACK, ...shown.map((column) => column.width ?? '1fr')];
  const grid: CSSProperties = { gridTemplateColumns: tracks.filter(Boolean).join(' ') };
  return (
    <div className="flex min-w-0 flex-col">
      <div
        ref={scroller}
        role="table"
        aria-label={label}
        aria-rowcount={total === null ? -1 : total + 1}
        aria-colcount={shown.length + Number(hasSelect)}
        tabIndex={0}
        onKeyDown={keys}
        onFocus={({ target }) => {
          if (!target.matches('[data-row]')) return;
          // One row at a time is a stop of Tab: a closing dialog gives the focus back to it, not to a box inside.
          if (stop.current) stop.current.tabIndex = -1;
          stop.current = target;
          target.tabIndex = 0;
        }}
        className="relative overflow-auto text-sm -outline-offset-2"
        style={{ height: props.height ?? 'max(20rem, calc(100dvh - 17rem))' }}
      >
        <div className={isCompact ? '' : 'min-w-max'}>
          <HeaderRow
            columns={shown}
            grid={grid}
            isCompact={isCompact}
            sort={props.sort}
            onSort={props.onSort}
          >
            {hasSelect && (
              <span role="columnheader" className="flex items-center ps-4">
                <Tick
                  label={t('selectAll')}
                  isOn={rows.length > 0 && rows.every((row) => selected[rowKey(row)])}
                  onChange={(isOn) => toggleAll(isOn)}
                />
              </span>
            )}
          </HeaderRow>
          <div role="rowgroup" className="relative" style={{ height: rows.length * rowPx }}>
            {inSight.shown.map((index) => {
              const row = rows[index];
              if (!row) return null;
              const key = rowKey(row);
              return (
                <BodyRow
                  key={key}
                  row={row}
                  index={index}
                  columns={shown}
                  place={{
                    ...(isCompact ? {} : grid),
                    height: rowPx,
                    transform: `translateY(${index * rowPx}px)`,
                  }}
                  compact={isCompact ? props.compact : undefined}
                  onRow={props.onRow}
                  isSelected={hasSelect ? selected[key] === true : undefined}
                  onToggle={(isOn, isRange) => toggle(index, isOn, isRange)}
                  cells={!isCompact && props.editing?.key === key ? props.editing.cells : undefined}
                />
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

function choose(before: RowSelectionState, keys: readonly string[], isOn: boolean): RowSelectionState {
  const after = Object.entries(before).filter(([key, was]) => was && !keys.includes(key));
  return Object.fromEntries([...after, ...(isOn ? keys.map((key) => [key, true] as const) : [])]);
}

/** j and k anywhere on the page, arrows inside the table: the focus goes from row to row, also to those out of sight. */
function useRowKeys(
  scroller: React.RefObject<HTMLElement | null>,
  show: (index: number) => void,
  act: Record<'x' | 'e', (index: number, isShift: boolean) => void>,
) {
  const move = (step: number) => {
    const at = document.activeElement?.closest('[data-row]')?.getAttribute('data-row');
    const to = at == null ? 0 : Math.max(0, Number(at) + step);
    show(to);
    // At once, so that the next key finds it focused however quickly it follows.
    scroller.current?.querySelector<HTMLElement>(`[data-row="${to}"]`)?.focus();
  };
  const onFocused = (name: 'x' | 'e') => (event: globalThis.KeyboardEvent) => {
    const row = document.activeElement;
    if (row?.matches('[data-row]') && scroller.current?.contains(row))
      act[name](Number(row.getAttribute('data-row')), event.shiftKey);
  };
  useHotkeys({ j: () => move(1), k: () => move(-1), x: onFocused('x'), e: onFocused('e') });
  return (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && target.matches('[data-row]')) {
      event.preventDefault();
      move(step);
    } else if (event.key === 'Enter' && target.matches('[data-row]')) {
      target.click();
    }
  };
}

interface HeaderRowProps<Row> {
  columns: readonly Column<Row>[];
  grid: CSSProperties;
  isCompact: boolean;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
  children: ReactNode;
}

function HeaderRow<Row>({ columns, grid, isCompact, sort, onSort, children }: HeaderRowProps<Row>) {
  return (
    <div
      role="rowgroup"
      // Small windows have no room for it, but whoever sorts by keyboard sees what they are about to press.
      className={cx(
        'top-0 z-10 border-line border-b bg-panel',
        isCompact ? 'sr-only focus-within:not-sr-only' : 'sticky',
      )}
    >
      <div
        role="row"
        aria-rowindex={1}
        className={isCompact ? 'flex flex-wrap items-center p-1' : 'grid'}
        style={isCompact ? undefined : grid}
      >
        {children}
        {columns.map((column) => (
          <span
            key={column.id}
            role="columnheader"
            aria-sort={column.isSortable ? ariaSort(column.id, sort) : undefined}
            className={cx(
              'flex min-h-9 items-center whitespace-nowrap px-2 font-medium first:ps-4 last:pe-4 text-muted text-xs',
              column.isNumeric && 'justify-end',
            )}
          >
            {column.isSortable && onSort ? (
              <SortButton column={column} sort={sort} onSort={() => onSort(nextSort(column, sort))} />
            ) : (
              <HeaderText column={column} />
            )}
          </span>
        ))}
      </div>
    </div>
  );
}

interface BodyRowProps<Row> {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  place: CSSProperties;
  compact: ((row: Row) => ReactNode) | undefined;
  onRow: ((row: Row) => void) | undefined;
  /** undefined: rows cannot be selected. */
  isSelected: boolean | undefined;
  onToggle: (isOn: boolean, isRange: boolean) => void;
  /** Instead of what the columns show, while the row is being changed. */
  cells: Readonly<Record<string, ReactNode>> | undefined;
}

/** Words take two lines, a figure is never broken. A column of buttons has no text to cut. */
function clipOf<Row>({ isNumeric, isHeaderHidden }: Column<Row>): string {
  if (isHeaderHidden) return '';
  return isNumeric ? 'truncate' : 'line-clamp-2 break-words leading-tight';
}

/** What is cut off is read by pointing at it; a row opens to all of it. */
function tellCut({ target }: PointerEvent<HTMLElement>): void {
  const cell = (target as Element).closest<HTMLElement>('[data-row] > :is(.truncate, .line-clamp-2)');
  if (!cell) return;
  const isCut = cell.scrollWidth > cell.clientWidth || cell.scrollHeight > cell.clientHeight + 1;
  cell.title = isCut ? cell.innerText : '';
}

function BodyRow<Row>(props: BodyRowProps<Row>) {
  const { row, index, columns, place, compact, isSelected, onToggle, cells } = props;
  const onRow = cells ? undefined : props.onRow;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-row={index}
      tabIndex={-1}
      onClick={onRow && (() => onRow(row))}
      onPointerOver={tellCut}
      className={cx(
        'absolute inset-x-0 grid items-center border-line border-b -outline-offset-2 focus:bg-wash',
        onRow && 'cursor-pointer hover:bg-wash',
        isSelected && 'bg-wash',
      )}
      style={place}
    >
      {isSelected !== undefined && (
        <span role="cell" className="flex ps-4" onClick={(event) => event.stopPropagation()}>
          <Tick label={t('selectRow')} isOn={isSelected} onChange={onToggle} />
        </span>
      )}
      {compact ? (
        <div role="cell" className="min-w-0 px-4">
          {compact(row)}
        </div>
      ) : (
        columns.map((column) => (
          <span
            key={column.id}
            role={column.isRowHeader ? 'rowheader' : 'cell'}
            className={cx(
              'min-w-0',
              cells?.[column.id] ? 'px-1' : cx('px-2 first:ps-4 last:pe-4', clipOf(column)),
              column.isNumeric && 'text-end',
            )}
          >
            {cells?.[column.id] ?? column.cell(row)}
          </span>
        ))
      )}
    </div>
  );
}

function Tick({
  label,
  isOn,
  onChange,
}: {
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean, isRange: boolean) => void;
}) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      className="size-4 accent-accent"
      checked={isOn}
      onChange={(event) =>
        onChange(
          event.target.checked,
          (event.nativeEvent as unknown as { shiftKey?: boolean }).shiftKey === true,
        )
      }
    />
  );
}
