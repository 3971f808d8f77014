import type { ReactNode } from 'react';
import { Button } from '@/ui/button';
import { cx } from '@/ui/class';
import type { Column } from '@/ui/column';
import { Table } from '@/ui/table';
import { useFirst } from '@/ui/use-first';
import { useEveryDigit } from './digits';
import { t } from './messages';
import { useOwners } from './portfolios';

const ROWS_FIRST = 10;

interface SectionProps {
  title: string;
  /** One line under the title. */
  note?: ReactNode;
  children: ReactNode;
}

export function Section({ title, note, children }: SectionProps) {
  return (
    <section className="flex min-w-0 flex-col gap-1">
      <h3 className="font-semibold text-sm">{title}</h3>
      {note && <p className="text-muted text-xs">{note}</p>}
      {children}
    </section>
  );
}

interface RowsProps<Row> extends Omit<SectionProps, 'children'> {
  rows: readonly Row[];
  columns: readonly Column<Row & { at: number }>[];
}

const PHONE_COLUMNS = 2;

/** A phone has columns for what names a row; all its figures stand below, but where each is as long as its digits. */
function stacked<Row>(columns: readonly Column<Row>[]): Column<Row>[] {
  const isSmall = columns.length <= PHONE_COLUMNS + 1;
  return columns.map((column, at) =>
    isSmall || at < PHONE_COLUMNS ? column : { ...column, under: 'short' },
  );
}

/** One table of the explanation; nothing at all where it has no rows. Of a long one the first rows stand there. */
export function Rows<Row extends object>({ title, note, rows, columns }: RowsProps<Row>) {
  const { shown, isAll, rest, showAll } = useFirst(rows, ROWS_FIRST);
  const withOwners = useOwners(rows, columns);
  const isExact = useEveryDigit();
  if (rows.length === 0) return null;
  return (
    <Section title={title} note={note}>
      <div className={cx('rounded-md border border-line', isAll && 'max-h-[70dvh] overflow-y-auto')}>
        <Table
          caption={title}
          columns={isExact ? withOwners : stacked(withOwners)}
          rows={shown.map((row, at) => ({ ...row, at }))}
          rowKey={({ at }) => String(at)}
        />
      </div>
      {rest > 0 && (
        <Button kind="ghost" className="self-start" onClick={showAll}>
          {t('showAll', { count: rows.length })}
        </Button>
      )}
    </Section>
  );
}
