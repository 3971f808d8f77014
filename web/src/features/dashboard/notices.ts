import type { Holdings, MissingAcquisition } from '@/api/parse/portfolios';
import { partialValue, staleOf } from './partial-value';

export const NOTICES_ID = 'notices';
// Said by a notice of its own, with a remedy.
const OWN_NOTICE = new Set(['no_price', 'missing_acquisition']);

interface Other {
  code: string;
  text: string;
}

interface Notices {
  missing: readonly MissingAcquisition[];
  atCost: Holdings['items'];
  without: readonly string[];
  stale: readonly (readonly string[])[];
  others: readonly Other[];
}

export function noticesOf(holdings: Holdings): Notices {
  const stale = staleOf(holdings).map(({ symbol }) => symbol);
  const held = new Set(holdings.items.map(({ asset_id }) => asset_id));
  const isSaid = (code: string, asset: string | null) =>
    OWN_NOTICE.has(code) && (code !== 'no_price' || (asset !== null && held.has(asset)));
  return {
    missing: holdings.missing_acquisitions,
    atCost: holdings.items.filter(({ is_at_cost }) => is_at_cost),
    without: partialValue(holdings).without,
    stale: stale.length ? [stale] : [],
    others: holdings.warnings
      .filter(({ code, asset_id }) => !isSaid(code, asset_id))
      .map(({ code, message }) => ({ code, text: sentence(message) })),
  };
}

export function countNotices(holdings: Holdings): number {
  return Object.values(noticesOf(holdings)).reduce((total, list) => total + list.length, 0);
}

/** Details of the server begin small and end open. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
