// What an asset is called. Other programs name what is their user's own by a UUID: nobody knows a flat by that.

import { isUuid } from './uuid';

interface Called {
  symbol: string | null;
  name?: string | null | undefined;
}

/** In a word: the symbol, or the name where the symbol is a UUID. */
export function symbolOf({ symbol, name }: Called): string {
  return (symbol && isUuid(symbol) && name) || (symbol ?? '');
}

/** The name, where it says more than the word does. */
export function nameBeside(asset: Called): string | undefined {
  return asset.name && asset.name !== symbolOf(asset) ? asset.name : undefined;
}

/** Both, as one of the choices of a list: "OAK · Old Oak Fund". */
export function assetLabel(asset: Called): string {
  return [symbolOf(asset), nameBeside(asset)].filter(Boolean).join(' · ');
}
