import type { Transaction } from '@/api/parse/transactions';
import { csv } from '@/lib/csv';
import { hasCurrency } from './draft';

type Cell = (item: Transaction) => string | null;

// The columns of FinSage's own CSV format: what is exported can be imported again.
const COLUMNS: Readonly<Record<string, Cell>> = {
  date: (item) => item.day,
  executed_at: (item) => item.executed_at,
  type: (item) => item.type,
  symbol: (item) => item.symbol,
  quantity: (item) => item.quantity,
  unit_price: (item) => item.unit_price,
  gross: (item) => item.gross,
  fee: (item) => item.fee,
  fee_currency: (item) => item.fee_currency,
  tax: (item) => item.tax,
  currency: (item) => (hasCurrency(item.type) ? item.currency : null),
  fx_rate: (item) => item.fx_rate,
  settle_currency: (item) => item.settle_currency,
  settle_amount: (item) => item.settle_amount,
  to_symbol: (item) => item.to_symbol,
  to_quantity: (item) => item.to_quantity,
  ratio: (item) => item.ratio,
  cost_fraction: (item) => item.cost_fraction,
  legs: (item) => item.legs?.map(({ symbol, quantity }) => `${quantity} ${symbol}`).join('|') ?? null,
  account: (item) => item.account,
  to_account: (item) => item.to_account ?? null,
  cash_account: (item) => item.cash_account,
  id: (item) => item.id,
  note: (item) => item.note,
  tags: (item) => item.tags.join('|'),
  name: (item) => item.asset_name,
};

export function transactionsCsv(items: readonly Transaction[]): string {
  const names = Object.keys(COLUMNS);
  return csv([names, ...items.map((item) => names.map((name) => COLUMNS[name]?.(item) ?? ''))]);
}
