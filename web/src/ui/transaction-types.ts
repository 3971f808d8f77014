import { messages } from '@/lib/i18n';

const WORDS = {
  buy: 'Buy',
  sell: 'Sell',
  deposit: 'Deposit',
  withdrawal: 'Withdrawal',
  dividend: 'Dividend',
  interest: 'Interest',
  interest_paid: 'Interest paid',
  fee: 'Fee',
  tax: 'Tax',
  fee_refund: 'Fee refund',
  tax_refund: 'Tax refund',
  split: 'Split',
  opening_balance: 'Opening balance',
  transfer_in: 'Transfer in',
  transfer_out: 'Transfer out',
  swap: 'Swap',
  short_sell: 'Short sale',
  cover: 'Cover',
  reward: 'Reward',
  airdrop: 'Airdrop',
  bonus: 'Bonus shares',
  spin_off: 'Spin-off',
  merger: 'Merger or new ticker',
  stake: 'Stake',
  unstake: 'Unstake',
  lp_add: 'Join a pool',
  lp_remove: 'Leave a pool',
} as const;
const t = messages(WORDS);

/** The word for a type of transaction. A type that this version does not know is shown by its name. */
export function transactionTypeLabel(type: string): string {
  return type in WORDS ? t(type as keyof typeof WORDS) : type;
}
