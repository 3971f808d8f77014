import type { Transaction, TransactionDraft } from '@/api/parse/transactions';
import { type Day, isDay } from '@/lib/dates';
import { type Dec, multiply } from '@/lib/decimal';
import { againOf } from './draft';

/** What of a row can be changed in the row. */
export interface RowValues {
  day: string;
  quantity: Dec | undefined;
  unitPrice: Dec | undefined;
  fee: Dec | undefined;
  note: string;
}

export type RowField = keyof RowValues;

export function rowValuesOf(item: Transaction): RowValues {
  return {
    day: item.day,
    quantity: item.quantity ?? undefined,
    unitPrice: item.unit_price ?? undefined,
    fee: item.fee ?? undefined,
    note: item.note,
  };
}

/** Fields that stand in this row. A figure that another one beats (an amount given apart) belongs into the form. */
export function rowFields(item: Transaction): ReadonlySet<RowField> {
  const fields = new Set<RowField>(['note']);
  // A partner would have to follow: both sides are corrected in the form.
  if (item.group || item.reversed_by_id || item.reverses_id) return fields;
  fields.add('day');
  if (item.fee !== null && item.fee_currency === null) fields.add('fee');
  const isProduct =
    item.gross === null ||
    (item.quantity && item.unit_price && multiply(item.quantity, item.unit_price) === item.gross);
  if (!isProduct || item.settle_amount !== null) return fields;
  // What is taken of each lot would have to follow.
  if (item.quantity !== null && item.lot_quantities.length === 0) fields.add('quantity');
  if (item.unit_price !== null) fields.add('unitPrice');
  return fields;
}

/** What to send: nothing, a note beside the transaction, or a correction of it. undefined: it cannot be sent. */
export type RowChange =
  | { kind: 'none' }
  | { kind: 'note'; note: string }
  | { kind: 'correction'; draft: TransactionDraft };

export function rowChange(item: Transaction, values: RowValues): RowChange | undefined {
  const before = rowValuesOf(item);
  const note = values.note.trim();
  const names = (['day', 'quantity', 'unitPrice', 'fee'] as const).filter(
    (name) => before[name] !== values[name],
  );
  if (names.length === 0) return note === before.note ? { kind: 'none' } : { kind: 'note', note };
  if (!isDay(values.day)) return;
  // What was there may change, not go: an empty field is a slip.
  if (names.some((name) => before[name] !== undefined && values[name] === undefined)) return;
  const { executed_at, gross, ...rest } = againOf(item);
  const isPriced = names.includes('quantity') || names.includes('unitPrice');
  const draft: TransactionDraft = {
    ...rest,
    day: values.day as Day,
    ...(executed_at && values.day === before.day ? { executed_at } : {}),
    ...(gross && !isPriced ? { gross } : {}),
    ...(values.quantity ? { quantity: values.quantity } : {}),
    ...(values.unitPrice ? { unit_price: values.unitPrice } : {}),
    ...(values.fee ? { fee: values.fee } : {}),
    note,
  };
  return { kind: 'correction', draft };
}
