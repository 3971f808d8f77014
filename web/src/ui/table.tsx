import { Fragment, type ReactNode, useState } from 'react';
import { cx } from './class';
import { ariaSort, type Column, nextSort, type Sort, sortRows } from './column';
import { Icon } from './icon';
import { t } from './messages';
import { useNarrow } from './use-narrow';

const FROM = {
  sm: 'max-sm:hidden',
  md: 'max-md:hidden',
  lg: 'max-lg:hidden',
  xl: 'max-xl:hidden',
} as const;
// The last column that is seen keeps the distance of the table's edge, also where those after it are left out.
const END = {
  sm: 'pe-4 sm:pe-3',
  md: 'pe-4 md:pe-3',
  lg: 'pe-4 lg:pe-3',
  xl: 'pe-4 xl:pe-3',
} as const;
const WIDTHS = ['sm', 'md', 'lg', 'xl'] as const;

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
  const { caption, rows, rowKey, onRow, detail, footer } = props;
  const isNarrow = useNarrow();
  const isUnder = ({ under }: Column<Row>) => isNarrow && under !== undefined;
  const columns = props.columns.filter((column) => !isUnder(column));
  const below = props.columns.filter(isUnder);
  const classes = columns.map((column, at) => cellClass(column, columns.slice(at + 1)));
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
            {columns.map((column, at) => (
              <HeaderCell
                key={column.id}
                className={classes[at]}
                column={column}
                sort={sort}
                onSort={column.sortValue && (() => order(column))}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {sortRows(rows, props.columns, sort).map((row) => (
            <Fragment key={rowKey(row)}>
              <tr
                className={cx(
                  below.length === 0 && 'border-line border-b last:border-0',
                  onRow && 'cursor-pointer hover:bg-wash',
                )}
                onClick={onRow && (() => onRow(row))}
              >
                {columns.map((column, at) => (
                  <BodyCell key={column.id} className={classes[at]} column={column} row={row} />
                ))}
              </tr>
              {below.length > 0 && <UnderRow span={columns.length} columns={below} row={row} />}
              <DetailRow span={columns.length}>{detail?.(row)}</DetailRow>
            </Fragment>
          ))}
        </tbody>
        {footer && (
          <tfoot>
            {footer.map(({ id, cells }) => (
              <tr key={id} className="border-line border-t font-semibold">
                {columns.map((column, at) => (
                  <td key={column.id} className={classes[at]}>
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

interface UnderRowProps<Row> {
  span: number;
  columns: readonly Column<Row>[];
  row: Row;
}

/**
 * The cells that a phone has no columns for, each with its name: figures and short words side by side, others
 * over the whole width.
 */
function UnderRow<Row>({ span, columns, row }: UnderRowProps<Row>) {
  return (
    <tr className="border-line border-b last:border-0">
      <td colSpan={span} className="px-4 pb-2">
        <dl className="grid grid-cols-2 gap-x-4 gap-y-1">
          {columns.map((column) => (
            <div
              key={column.id}
              className={column.isNumeric || column.under === 'short' ? 'min-w-0' : 'col-span-2 min-w-0'}
            >
              <dt className="text-muted text-xs">{column.header}</dt>
              {/* Stacked figures stand at the end of a column, and here below their name. */}
              <dd className="[&_.items-end]:items-start">
                <span className="inline-block max-w-full">{column.cell(row)}</span>
              </dd>
            </div>
          ))}
        </dl>
      </td>
    </tr>
  );
}

function cellClass<Row>(column: Column<Row>, after: readonly Column<Row>[]): string {
  // As long as one after it is always there it is never the last.
  const isCovered = after.length === 0 || after.some(({ from }) => from === undefined);
  const hiddenTo = isCovered ? undefined : WIDTHS.find((width) => after.some(({ from }) => from === width));
  return cx(
    'h-10 py-1 ps-2 first:ps-4 last:pe-4 sm:ps-3',
    hiddenTo ? END[hiddenTo] : 'pe-2 sm:pe-3',
    column.isNumeric ? 'text-end' : 'text-start',
    column.from && FROM[column.from],
  );
}

interface BodyCellProps<Row> {
  column: Column<Row>;
  row: Row;
  className: string | undefined;
}

function BodyCell<Row>({ column, row, className }: BodyCellProps<Row>) {
  if (!column.isRowHeader) return <td className={className}>{column.cell(row)}</td>;
  return (
    <th scope="row" className={cx(className, 'font-normal')}>
      {column.cell(row)}
    </th>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: (() => void) | undefined;
  className?: string | undefined;
}

function HeaderCell<Row>({ column, sort, onSort, className }: HeaderCellProps<Row>) {
  return (
    <th
      scope="col"
      aria-sort={onSort && ariaSort(column.id, sort)}
      className={cx(className, 'whitespace-nowrap font-medium text-muted text-xs')}
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
