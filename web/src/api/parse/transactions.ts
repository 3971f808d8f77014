import * as z from 'zod/mini';
import type { Day } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { DayText, Decimal, Id, Instant, listOf } from './scalars';

export const TRANSACTION_TYPES = [
  'deposit',
  'withdrawal',
  'buy',
  'sell',
  'dividend',
  'interest',
  'interest_paid',
  'fee',
  'tax',
  'fee_refund',
  'tax_refund',
  'split',
  'opening_balance',
  'transfer_in',
  'transfer_out',
  'swap',
  'short_sell',
  'cover',
  'reward',
  'airdrop',
  'bonus',
  'spin_off',
  'merger',
  'stake',
  'unstake',
  'lp_add',
  'lp_remove',
] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

const Unsure = z.nullable(Decimal);

export const Transaction = z.object({
  id: Id,
  portfolio_id: Id,
  // A later version of the server may know more types; an unknown one is shown by its name.
  type: z.string(),
  day: DayText,
  executed_at: z.nullable(Instant),
  account: z.string(),
  cash_account: z.nullable(z.string()),
  asset_id: z.nullable(Id),
  symbol: z.nullable(z.string()),
  asset_name: z.nullable(z.string()),
  quantity: Unsure,
  unit_price: Unsure,
  currency: z.nullable(z.string()),
  gross: Unsure,
  fee: Unsure,
  fee_currency: z.nullable(z.string()),
  tax: Unsure,
  /** The money it moved, signed: below zero left the account. */
  total_amount: Unsure,
  total_currency: z.nullable(z.string()),
  fx_rate: Unsure,
  settle_currency: z.nullable(z.string()),
  settle_amount: Unsure,
  ratio: Unsure,
  to_asset_id: z.nullable(Id),
  to_symbol: z.nullable(z.string()),
  to_quantity: Unsure,
  cost_fraction: Unsure,
  to_account: z.optional(z.nullable(z.string())),
  legs: z.optional(z.array(z.object({ asset_id: z.nullable(Id), symbol: z.string(), quantity: Decimal }))),
  acquired_on: z.nullable(DayText),
  lot_ids: z.array(z.string()),
  /** Of each of them, when it was said; else each is taken whole, in their order. */
  lot_quantities: z.array(Decimal),
  /** Transfers of the same group are partners. */
  group: z.nullable(z.string()),
  note: z.string(),
  tags: z.array(z.string()),
  import_id: z.nullable(Id),
  reverses_id: z.nullable(Id),
  reversed_by_id: z.nullable(Id),
  recorded_at: Instant,
  sequence: z.number(),
});

export const Transactions = z.extend(listOf(Transaction), { total: z.number() });

export const TransactionDetail = z.extend(Transaction, {
  postings: z.array(
    z.object({
      kind: z.string(),
      account: z.string(),
      asset_id: z.nullable(Id),
      asset: z.string(),
      amount: Decimal,
    }),
  ),
  /** The other sides of a transfer, maybe in another portfolio. */
  partners: z.array(
    z.object({
      id: Id,
      portfolio_id: Id,
      type: z.string(),
      day: DayText,
      account: z.string(),
      quantity: Unsure,
      gross: Unsure,
      acquired_on: z.nullable(DayText),
    }),
  ),
});

export const Correction = z.object({ reversal: Transaction, replacement: Transaction });
export const BatchCreated = z.object({ created: z.number(), ids: z.array(Id) });

export interface TransactionDraft {
  type: TransactionType;
  day?: Day;
  executed_at?: string;
  account?: string;
  cash_account?: string;
  asset_id?: string;
  symbol?: string;
  quantity?: Dec;
  unit_price?: Dec;
  gross?: Dec;
  fee?: Dec;
  fee_currency?: string;
  tax?: Dec;
  currency?: string;
  fx_rate?: Dec;
  settle_currency?: string;
  settle_amount?: Dec;
  ratio?: Dec;
  to_asset_id?: string;
  to_symbol?: string;
  to_quantity?: Dec;
  cost_fraction?: Dec;
  to_account?: string;
  legs?: { asset_id?: string; symbol?: string; quantity: Dec }[];
  acquired_on?: Day;
  lot_ids?: string[];
  lot_quantities?: Dec[];
  /** Transfers of the same group are partners. */
  group?: string;
  note?: string;
  tags?: string[];
  accept_missing?: boolean;
}

export type Transaction = z.infer<typeof Transaction>;
export type TransactionDetail = z.infer<typeof TransactionDetail>;
