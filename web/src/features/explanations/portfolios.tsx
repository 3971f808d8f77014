import { createContext, useContext } from 'react';
import type { Column } from '@/ui/column';
import { t } from './messages';

/** The names of the portfolios that an explanation is of, by their ids; none where there is one alone. */
const Names = createContext<ReadonlyMap<string, string>>(new Map());

export const PortfolioNames = Names.Provider;

/** The column that says whose a row is, where there are several to tell apart; it stands behind the first one. */
export function useOwners<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row & { at: number }>[],
): readonly Column<Row & { at: number }>[] {
  const names = useContext(Names);
  const ownerOf = (row: Row) => ('portfolio_id' in row ? names.get(String(row.portfolio_id)) : undefined);
  const [first, ...more] = columns;
  if (!first || !rows.some((row) => ownerOf(row) !== undefined)) return columns;
  return [first, { id: 'portfolio', header: t('portfolio'), cell: ownerOf }, ...more];
}
