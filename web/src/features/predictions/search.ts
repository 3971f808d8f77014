import type { Dec } from '@/lib/decimal';
import { isDec } from '@/lib/decimal';
import { parseText } from '@/ui/search-state';

export const TABS = ['forecast', 'track', 'risk', 'news'] as const;
export type TabName = (typeof TABS)[number];

export const HORIZONS = [1, 7, 30, 90, 180, 365] as const;
export const HORIZON_MAX = 365;
const HORIZON_DEFAULT = 30;
/** The horizons that are forecast each day and scored. */
export const SCORED = [1, 7, 30] as const;
const CHANGE_MAX = 10;

export function isHorizon(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= HORIZON_MAX;
}

/** A typed number of days; undefined where it is none, or too many. */
export function parseHorizon(text: string): number | undefined {
  const days = /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : undefined;
  return isHorizon(days) ? days : undefined;
}

/** What the page shows, in the URL; nonsense is the default. */
export const SEARCH = {
  asset: parseText,
  portfolio: parseText,
  goal: parseText,
  days: (value: unknown): number => (isHorizon(value) ? value : HORIZON_DEFAULT),
  tab: (value: unknown): TabName => TABS.find((one) => one === value) ?? 'forecast',
  /** Horizon of the risk tab. */
  risk: (value: unknown): (typeof SCORED)[number] => SCORED.find((one) => one === value) ?? 1,
  /** The price whose odds are asked for, or the change from the last price as a fraction. */
  price: (value: unknown): Dec | undefined => {
    const text = parseText(value);
    return isDec(text) && !text.startsWith('-') ? text : undefined;
  },
  change: (value: unknown): number | undefined =>
    typeof value === 'number' && value >= -1 && value <= CHANGE_MAX ? value : undefined,
};
