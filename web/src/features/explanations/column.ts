import type { ReactNode } from 'react';
import type { Explanation } from '@/api/parse/explanations';
import type { Column } from '@/ui/column';

/** A row of one of the lists. */
export type Of<Name extends keyof Explanation> = Explanation[Name] extends (infer Row)[] ? Row : never;

export interface Props {
  explanation: Explanation;
}

/** A column of words; the first of a table names its rows. */
export function words<Row>(
  id: string,
  header: string,
  cell: (row: Row) => ReactNode,
  names = false,
): Column<Row> {
  return { id, header, cell, isRowHeader: names };
}

export function figures<Row>(id: string, header: string, cell: (row: Row) => ReactNode): Column<Row> {
  return { id, header, cell, isNumeric: true };
}
