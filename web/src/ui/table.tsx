import { Fragment, type ReactNode, useState } from 'react';
import { cx } from './class';
import { ariaSort, type Column, nextSort, type Sort, sortRows } from './column';
import { Icon } from './icon';
import { t } from './messages';

const FROM = {
  sm: 'max-sm:hidden',
  md: 'max-md:hidden',
  lg: 'max-lg:hidden',
  xl: 'max-xl:hidden',
} as const;

interface TableProps<Row> {
  /** Says what the table holds; not shown. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Sorted by this at first; clicking a header with `sortValue` sorts in the browser. */
  sort?: Sort;
  /** Told of every new order: to keep it in the URL, or to export the rows in it. */
  onSort?: (sort: Sort) => void;
  onRow?: (row: Row) => void;
  /** What stands under a row over its whole width; undefined where it is closed. */
  detail?: (row: Row) => ReactNode;
  /** Rows at the foot, in the columns' order. */
  footer?: readonly { id: string; cells: Readonly<Record<string, ReactNode>> }[];
}

/** A real table for up to some hundred rows. Longer lists take VirtualTable. */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, onRow, detail, footer } = props;
  const [sort, setSort] = useState(props.sort);
  const order = (column: Column<Row>) => {
    const next = nextSort(column, sort);
    setSort(next);
    props.onSort?.(next);
  };
  return (
    <div
      role="group"
      aria-label={caption}
      tabIndex={0}
      className="relative overflow-x-auto -outline-offset-2"
    >
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-line border-b">
            {columns.map((column) => (
              <HeaderCell
                key={column.id}
                column={column}
                sort={sort}
                onSort={column.sortValue && (() => order(column))}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {sortRows(rows, columns, sort).map((row) => (
            <Fragment key={rowKey(row)}>
              <tr
                className={cx('border-line border-b last:border-0', onRow && 'cursor-pointer hover:bg-wash')}
                onClick={onRow && (() => onRow(row))}
              >
                {columns.map((column) => (
                  <BodyCell key={column.id} column={column} row={row} />
                ))}
              </tr>
              <DetailRow span={columns.length}>{detail?.(row)}</DetailRow>
            </Fragment>
          ))}
        </tbody>
        {footer && (
          <tfoot>
            {footer.map(({ id, cells }) => (
              <tr key={id} className="border-line border-t font-semibold">
                {columns.map((column) => (
                  <td key={column.id} className={cellClass(column)}>
                    {cells[column.id]}
                  </td>
                ))}
              </tr>
            ))}
          </tfoot>
        )}
      </table>
    </div>
  );
}

function DetailRow({ span, children }: { span: number; children: ReactNode }) {
  if (children === undefined) return null;
  return (
    <tr className="border-line border-b last:border-0">
      <td colSpan={span} className="bg-bg p-0">
        {children}
      </td>
    </tr>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  return cx(
    'h-10 px-2 first:ps-4 last:pe-4 sm:px-3',
    column.isNumeric ? 'text-end' : 'text-start',
    column.from && FROM[column.from],
  );
}

function BodyCell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  if (!column.isRowHeader) return <td className={cellClass(column)}>{column.cell(row)}</td>;
  return (
    <th scope="row" className={cx(cellClass(column), 'font-normal')}>
      {column.cell(row)}
    </th>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: (() => void) | undefined;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderCellProps<Row>) {
  return (
    <th
      scope="col"
      aria-sort={onSort && ariaSort(column.id, sort)}
      className={cx(cellClass(column), 'whitespace-nowrap font-medium text-muted text-xs')}
    >
      {onSort ? <SortButton column={column} sort={sort} onSort={onSort} /> : <HeaderText column={column} />}
    </th>
  );
}

export function SortButton<Row>({ column, sort, onSort }: HeaderCellProps<Row>) {
  const isCurrent = sort?.id === column.id;
  return (
    <button
      type="button"
      title={t('sortBy', { column: column.header })}
      onClick={onSort}
      className={cx(
        'inline-flex min-h-9 items-center gap-0.5 rounded-sm hover:text-text',
        column.isNumeric && 'flex-row-reverse',
        isCurrent && 'font-semibold text-text',
      )}
    >
      {column.header}
      <Icon
        name={isCurrent && sort.isDescending ? 'sortDown' : 'sortUp'}
        size={14}
        className={isCurrent ? '' : 'invisible'}
      />
    </button>
  );
}

/** The header of a column of buttons is for readers only; it may not be empty. */
export function HeaderText<Row>({ column }: { column: Column<Row> }) {
  return column.isHeaderHidden ? <span className="sr-only">{column.header}</span> : column.header;
}
