import { assetLabel } from '@/lib/asset-name';
import { messages } from '@/lib/i18n';

const WORDS = {
  equity: 'Share',
  etf: 'ETF',
  fund: 'Fund',
  bond: 'Bond',
  fx: 'Currency pair',
  commodity: 'Commodity',
  index: 'Index',
  crypto: 'Crypto',
  cash: 'Cash',
} as const;
const t = messages(WORDS);

export type AssetClassName = keyof typeof WORDS;

export function assetClassLabel(name: AssetClassName): string {
  return t(name);
}

/** What tells assets of one name apart: class, market and currency. */
export function assetFacts(asset: { asset_class: AssetClassName; mic: string; currency: string }): string {
  return [assetClassLabel(asset.asset_class), asset.mic, asset.currency].filter(Boolean).join(' · ');
}

interface Choosable {
  id: string;
  symbol: string;
  name: string;
  asset_class: AssetClassName;
  mic: string;
  currency: string;
}

/** An asset as one of the choices of a search. */
export function assetOption(asset: Choosable) {
  return { id: asset.id, label: assetLabel(asset), note: assetFacts(asset) };
}

/** Classes of what a person can create: money and exchange rates are there already. */
export const CREATABLE_CLASSES: readonly AssetClassName[] = [
  'equity',
  'etf',
  'fund',
  'bond',
  'commodity',
  'index',
  'crypto',
];
