import type { ReactNode } from 'react';
import { compare, type Dec, isDec } from '@/lib/decimal';

export interface Column<Row> {
  id: string;
  header: string;
  /** For a column of buttons: the header is only read out. */
  isHeaderHidden?: boolean;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the end of their column. */
  isNumeric?: boolean;
  /** Server-sorted tables: this id can be sorted by. */
  isSortable?: boolean;
  /** Client-sorted tables: what to compare; null stands last either way. */
  sortValue?: (row: Row) => Dec | string | number | null;
  /**
   * Width of the column in a virtual table: a grid track, "7rem" or "minmax(10rem,2fr)". What grows has its least in
   * proportion to its part (5rem for 1fr): else the table is wider than its leasts, and scrolls where it need not.
   */
  width?: string;
  /** Plain tables: left out on screens narrower than this. */
  from?: 'sm' | 'md' | 'lg' | 'xl';
  /** Plain tables: a phone has no column for it, and shows it under the row; what is short beside another. */
  under?: true | 'short';
  /** The column that names the row. */
  isRowHeader?: boolean;
}

/** For a column of screens from a width: a phone shows it under the row, beside another. */
export function underBelow(from: 'md' | 'lg' | 'xl') {
  return { from, under: 'short' } as const;
}

export interface Sort {
  id: string;
  isDescending: boolean;
}

/** "-day" as the API and the URL write it. */
export function sortText({ id, isDescending }: Sort): string {
  return isDescending ? `-${id}` : id;
}

export function parseSort(text: string): Sort {
  return text.startsWith('-') ? { id: text.slice(1), isDescending: true } : { id: text, isDescending: false };
}

/** The other direction of the same column, or a first click: figures from the greatest, words from A. */
export function nextSort<Row>(column: Column<Row>, current: Sort | undefined): Sort {
  const isSame = current?.id === column.id;
  return { id: column.id, isDescending: isSame ? !current.isDescending : (column.isNumeric ?? false) };
}

export function ariaSort(id: string, sort: Sort | undefined): 'ascending' | 'descending' | 'none' {
  if (sort?.id !== id) return 'none';
  return sort.isDescending ? 'descending' : 'ascending';
}

export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): Row[] {
  const sortValue = columns.find(({ id }) => id === sort?.id)?.sortValue;
  if (!sortValue || !sort) return [...rows];
  const direction = sort.isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [sortValue(a), sortValue(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return direction * compareValues(x, y);
  });
}

function compareValues(x: Dec | string | number, y: Dec | string | number): number {
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  if (isDec(x) && isDec(y)) return compare(x, y);
  return String(x).localeCompare(String(y));
}
