import { FLOW_TIMINGS, type Performance } from '@/api/parse/performance';
import { ALLOCATION_KEYS, type Allocation } from '@/api/parse/portfolios';
import { parseText as text } from '@/ui/search-state';

export const TABS = ['holdings', 'performance', 'realised', 'allocation'] as const;
export const METRICS = ['twr', 'mwr_period', 'modified_dietz', 'simple_return', 'roai_net'] as const;
export const PERIODS = ['all', 'this', 'last'] as const;

const among =
  <const T extends readonly [string, ...string[]]>(choices: T) =>
  (value: unknown): T[number] =>
    choices.includes(value as T[number]) ? (value as T[number]) : choices[0];

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
  /** account:Broker, asset:<id> or tag:name; nothing is the whole portfolio. */
  scope: (value: unknown) => {
    const read = text(value);
    return read && /^(account|asset|tag):./.test(read) ? read : undefined;
  },
  metric: among(METRICS),
  timing: among(FLOW_TIMINGS),
  fees: (value: unknown): 'in' | 'apart' | undefined =>
    value === 'in' || value === 'apart' ? value : undefined,
  /** The id of an asset. */
  benchmark: text,
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
  scope: string | undefined;
  metric: (typeof METRICS)[number];
  timing: Performance['flow_timing'];
  fees: 'in' | 'apart' | undefined;
  benchmark: string | undefined;
  dialog: 'prices' | undefined;
}
export type Change = { [K in keyof Search]?: Search[K] | undefined };
