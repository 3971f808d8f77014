import type { TransactionFilter } from '@/api/queries/transactions';
import { type Day, today } from '@/lib/dates';
import { parseRange, type Range, span } from '@/lib/range';
import { parseText as text } from '@/ui/search-state';
import { isTransactionType } from './types';

export const SORTABLE = ['day', 'type', 'symbol', 'account', 'total_amount'] as const;
export const SORT_DEFAULT = '-day';
export const ALL_TIME: Range = 'Max';

const flag = (value: unknown) => (value === true ? true : undefined);

/** What stands in the URL of the page. */
export const SEARCH = {
  query: text,
  type: (value: unknown) => (isTransactionType(value) ? value : undefined),
  asset: text,
  account: text,
  period: (value: unknown) => parseRange(value, ALL_TIME),
  import: text,
  tag: text,
  reversed: flag,
  sort: (value: unknown) => {
    const wanted = text(value) ?? '';
    return SORTABLE.some((id) => id === wanted.replace(/^-/, '')) ? wanted : SORT_DEFAULT;
  },
  add: flag,
  edit: text,
  again: text,
  open: text,
  /** What the form starts with, from a line of what is missing: "transaction way place". */
  repair: text,
} as const;

export type Search = { [K in keyof typeof SEARCH]: ReturnType<(typeof SEARCH)[K]> };
export type Change = { [K in keyof Search]?: Search[K] | undefined };

export const CLEARED: Change = {
  query: undefined,
  type: undefined,
  asset: undefined,
  account: undefined,
  period: undefined,
  import: undefined,
  tag: undefined,
};

export function countFilters(search: Search): number {
  const { query, type, asset, account, period } = search;
  return [query, type, asset, account, search.import, search.tag, period !== ALL_TIME].filter(Boolean).length;
}

/** The filters as the API takes them. All time has no last day: what is dated ahead is part of it. */
export function filterOf(search: Search, now: Day = today()): TransactionFilter {
  const days = search.period === ALL_TIME ? undefined : span(search.period, now);
  return {
    type: search.type,
    asset_id: search.asset,
    account: search.account,
    from: days?.from,
    to: days?.to,
    query: search.query,
    import_id: search.import,
    tag: search.tag,
    sort: search.sort,
    include_reversed: search.reversed,
  };
}
