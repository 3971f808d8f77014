import type { Holding, Holdings } from '@/api/parse/portfolios';
import { csv } from '@/lib/csv';
import { type Sort, sortRows } from '@/ui/column';
import { holdingColumns } from './columns';

const FIELDS = [
  'symbol',
  'name',
  'asset_class',
  'currency',
  'quantity',
  'price',
  'price_as_of',
  'market_value',
  'market_value_local',
  'cost_basis',
  'average_price',
  'unrealised_gain',
  'unrealised_gain_price',
  'unrealised_gain_fx',
  'unrealised_return',
  'weight',
  'day_gain',
  'day_return',
  'realised_gain',
  'income',
] as const satisfies readonly (keyof Holding)[];

/** Every figure of every holding as the server gave it, in the order of the table; unknown ones stay empty. */
export function holdingsCsv(data: Holdings, sort: Sort): string {
  const { items, base_currency, as_of } = data;
  const rows = sortRows(items, holdingColumns(data), sort);
  return csv([
    [...FIELDS, 'base_currency', 'as_of'],
    ...rows.map((row) => [...FIELDS.map((field) => String(row[field] ?? '')), base_currency, as_of]),
  ]);
}
