import { ALLOCATION_KEYS, type Allocation } from '@/api/parse/portfolios';

export const TABS = ['holdings', 'performance', 'realised', 'allocation'] as const;
export const PERIODS = ['all', 'this', 'last'] as const;

const among =
  <const T extends readonly [string, ...string[]]>(choices: T) =>
  (value: unknown): T[number] =>
    choices.includes(value as T[number]) ? (value as T[number]) : choices[0];

const text = (value: unknown): string | undefined => {
  // The router reads ?find=123 as a number.
  const read = typeof value === 'number' ? String(value) : value;
  return typeof read === 'string' && read ? read : undefined;
};

/** What the page shows, in the URL; nonsense is the default. */
export const SEARCH = {
  tab: among(TABS),
  period: among(PERIODS),
  by: among(ALLOCATION_KEYS as readonly ['asset', ...Allocation['by'][]]),
  sort: (value: unknown): string => text(value) ?? '-value',
  /** The asset whose lots are open. */
  asset: text,
  find: text,
  class: text,
  currency: text,
  /** What the dashboard sends here to do: load prices. */
  dialog: (value: unknown) => (value === 'prices' ? value : undefined),
};

export interface Search {
  tab: (typeof TABS)[number];
  period: (typeof PERIODS)[number];
  by: Allocation['by'];
  sort: string;
  asset: string | undefined;
  /** Filters of the holdings. */
  find: string | undefined;
  class: string | undefined;
  currency: string | undefined;
  dialog: 'prices' | undefined;
}
export type Change = { [K in keyof Search]?: Search[K] | undefined };
