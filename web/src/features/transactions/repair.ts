import type { MissingAcquisition, Repair } from '@/api/parse/changes';
import { repairName } from '@/ui/repair-name';
import { emptyValues, type FormValues } from './draft';

export function findRepair(
  records: readonly MissingAcquisition[],
  name: string,
): { record: MissingAcquisition; repair: Repair } | undefined {
  for (const record of records)
    for (const [at, repair] of record.repairs.entries())
      if ([repairName(record, at), repairName(record, repair.way)].includes(name)) return { record, repair };
  return undefined;
}

/** The form filled with what the books know; cost and days that nobody recorded stay empty. */
export function repairValues(record: MissingAcquisition, repair: Repair, baseCurrency: string): FormValues {
  const currency = record.currency ?? baseCurrency;
  const asset = record.asset_id
    ? { id: record.asset_id, symbol: record.symbol, name: record.symbol, currency }
    : undefined;
  const values = emptyValues({
    day: repair.day ?? '',
    account: repair.from_account ?? repair.account,
    currency,
  });
  return {
    ...values,
    type: repair.way,
    asset,
    quantity: repair.quantity,
    unitPrice: repair.unit_price ?? undefined,
    toAccount: repair.way === 'transfer' ? repair.account : '',
  };
}
