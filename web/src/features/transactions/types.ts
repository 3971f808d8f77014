import { TRANSACTION_TYPES, type Transaction, type TransactionType } from '@/api/parse/transactions';
import { symbolOf } from '@/lib/asset-name';
import { quantity } from '@/lib/format';
import { preference } from '@/lib/preferences';
import { veil } from '@/lib/privacy';
import { transactionTypeLabel } from '@/ui/transaction-types';
import { t } from './messages';

/** What the form offers; a transfer between own accounts is two transactions of one group. */
export const FORM_TYPES = [
  'buy',
  'sell',
  'deposit',
  'withdrawal',
  'dividend',
  'interest',
  'transfer',
  'fee',
  'tax',
  'split',
  'bonus',
  'spin_off',
  'swap',
  'merger',
  'stake',
  'unstake',
  'lp_add',
  'lp_remove',
  'opening_balance',
  'reward',
  'airdrop',
  'interest_paid',
  'fee_refund',
  'tax_refund',
  'short_sell',
  'cover',
  'transfer_in',
  'transfer_out',
] as const;
export type FormType = (typeof FORM_TYPES)[number];

/** Types the form can show again; the list gives back every field of them, so that nothing is lost. */
export function isRepeatable(type: string): type is Exclude<FormType, 'transfer'> {
  return type !== 'transfer' && FORM_TYPES.some((known) => known === type);
}

export function isTransactionType(type: unknown): type is TransactionType {
  return TRANSACTION_TYPES.includes(type as TransactionType);
}

export function typeLabel(type: string): string {
  return type === 'transfer' ? t('transfer') : transactionTypeLabel(type);
}

/** The asset it is about, as far as its row tells. */
export function assetOf({ symbol, asset_name }: Pick<Transaction, 'symbol' | 'asset_name'>) {
  return { symbol, name: asset_name };
}

/** "Buy 3 ABC" for a line about it; the quantity obeys privacy. */
export function describe(item: Pick<Transaction, 'type' | 'quantity' | 'symbol' | 'asset_name'>): string {
  const units = item.quantity && item.symbol && veil(item.quantity, preference('privacy'), quantity);
  return [typeLabel(item.type), units, symbolOf(assetOf(item))].filter(Boolean).join(' ');
}
