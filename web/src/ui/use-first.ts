import { useState } from 'react';

/** The first of many rows, until all are asked for. `rest` are those that are not shown. */
export function useFirst<Row>(rows: readonly Row[], most: number) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.slice(0, most);
  return { shown, isAll, rest: rows.length - shown.length, showAll: () => setAll(true) };
}
