import type { MissingAcquisition, Repair } from '@/api/parse/changes';

/**
 * A repair as it stands in the address of the transactions: the sale that lacks units, of which asset, and the way to
 * mend it: its place among the repairs, or a word where only one is of its kind.
 */
export function repairName(
  { transaction_id, asset_id, symbol }: Pick<MissingAcquisition, 'transaction_id' | 'asset_id' | 'symbol'>,
  way: number | Repair['way'],
): string {
  return `${transaction_id}.${asset_id ?? symbol}.${way}`;
}
