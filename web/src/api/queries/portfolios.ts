import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, askTagged, downloadUrl, Nothing, order } from '@/api/client';
import { LotMethods, Performance } from '@/api/parse/performance';
import * as shapes from '@/api/parse/portfolios';
import type { Page } from '@/api/parse/scalars';
import type { Day } from '@/lib/dates';
import { awaiting } from './awaiting';
import { useWrite } from './write';

export const PORTFOLIOS = ['portfolios'] as const;

/** Everything that hangs on one portfolio; a booking makes all of it old. */
export const portfolioKey = (id: string) => [...PORTFOLIOS, id] as const;

/** What becomes old when something is booked, imported or reverted in a portfolio. */
export const bookingStale = (id: string) => [
  portfolioKey(id),
  [...PORTFOLIOS, 'list'],
  [...PORTFOLIOS, 'all'],
  // A split that is booked changes the prices before it, in units of today.
  ['assets'],
  ['watchlists'],
  ['demo'],
];

export const portfoliosQuery = queryOptions({
  queryKey: [...PORTFOLIOS, 'list'],
  queryFn: ({ signal }) => ask('/portfolios', shapes.Portfolios, { signal }),
  // A value follows a change of the books by a job: asked for again until it is there, for a minute at most.
  refetchInterval: awaiting(
    ({ items }: Page<shapes.Portfolio>) =>
      items.filter(isBeingValued).map(({ id, transactions_count }) => `${id} ${transactions_count}`),
    { every: 2_000, most: 60_000, rest: false },
  ),
});

/** Whether the value of a portfolio has not been worked out yet. */
export function isBeingValued(portfolio: { transactions_count: number; as_of: string | null }): boolean {
  return portfolio.transactions_count > 0 && portfolio.as_of === null;
}

/** The portfolio and its ETag, which `useChangePortfolio` needs. */
export const portfolioQuery = (id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'itself'],
    queryFn: ({ signal }) => askTagged('/portfolios/{id}', shapes.Portfolio, { path: { id }, signal }),
  });

export const holdingsQuery = (id: string, asOf?: Day) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'holdings', asOf ?? ''],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/holdings', shapes.Holdings, { path: { id }, query: { as_of: asOf }, signal }),
    placeholderData: keepPreviousData,
  });

export const lotsQuery = (id: string, assetId?: string, asOf?: Day) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'lots', assetId ?? '', asOf ?? ''],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/lots', shapes.Lots, {
        path: { id },
        query: { asset_id: assetId, as_of: asOf },
        signal,
      }),
  });

export const realisedGainsQuery = (id: string, from?: Day, to?: Day) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'realised-gains', from ?? '', to ?? ''],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/realised-gains', shapes.RealisedGains, {
        path: { id },
        query: { from, to },
        signal,
      }),
  });

/** What to measure beside the period: a part of the portfolio, policies, a benchmark. */
export interface Question {
  account?: string;
  asset_id?: string;
  tag?: string;
  flow_timing?: Performance['flow_timing'];
  fees_in_cost?: boolean;
  benchmark?: string;
}

/** No `id`: of all portfolios as one, in the currency of the first. No `from`: since inception. */
export const performanceQuery = (id: string | undefined, from?: Day, to?: Day, question: Question = {}) =>
  queryOptions({
    queryKey: [...portfolioKey(id ?? 'all'), 'performance', from ?? '', to ?? '', question],
    queryFn: ({ signal }) => {
      const query = { from, to, ...question };
      return id === undefined
        ? ask('/performance', Performance, { query, signal })
        : ask('/portfolios/{id}/performance', Performance, { path: { id }, query, signal });
    },
    placeholderData: keepPreviousData,
  });

export const allocationQuery = (id: string, by: shapes.Allocation['by'], asOf?: Day) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'allocation', by, asOf ?? ''],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/allocation', shapes.Allocation, {
        path: { id },
        query: { by, as_of: asOf },
        signal,
      }),
    placeholderData: keepPreviousData,
  });

/** What each lot method would make of the portfolio. */
export const lotMethodsQuery = (id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'lot-methods'],
    queryFn: ({ signal }) => ask('/portfolios/{id}/lot-methods', LotMethods, { path: { id }, signal }),
  });

export interface TargetsChange {
  id: string;
  by: Exclude<shapes.Allocation['by'], 'account'>;
  items: { key: string; weight: string }[];
}

/** All targets of one division at once; none removes them. */
export function usePutTargets() {
  return useWrite({
    send: ({ id, by, items }: TargetsChange, intent) =>
      order('put', '/portfolios/{id}/targets', shapes.Targets, { path: { id }, body: { by, items }, intent }),
    stale: ({ id }) => [[...portfolioKey(id), 'allocation']],
  });
}

export const accountsQuery = (id: string) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'accounts'],
    queryFn: ({ signal }) => ask('/portfolios/{id}/accounts', shapes.Accounts, { path: { id }, signal }),
  });

export const cashFlowsQuery = (id: string, from?: Day, to?: Day) =>
  queryOptions({
    queryKey: [...portfolioKey(id), 'cash-flows', from ?? '', to ?? ''],
    queryFn: ({ signal }) =>
      ask('/portfolios/{id}/cash-flows', shapes.CashFlows, { path: { id }, query: { from, to }, signal }),
  });

export const exportUrl = (id: string, format: 'csv' | 'json' | 'beancount') =>
  downloadUrl(`/portfolios/${encodeURIComponent(id)}/export`, { format });

export interface NewPortfolio {
  name: string;
  base_currency: string;
  lot_method?: shapes.Portfolio['lot_method'];
  cash?: shapes.Portfolio['cash'];
  time_zone?: string;
}

export function useCreatePortfolio() {
  return useWrite({
    send: (body: NewPortfolio, intent) => order('post', '/portfolios', shapes.Portfolio, { body, intent }),
    stale: () => [[...PORTFOLIOS, 'list']],
  });
}

export interface PortfolioChange {
  id: string;
  etag: string | undefined;
  change: Partial<
    Pick<
      shapes.Portfolio,
      'name' | 'lot_method' | 'lot_scope' | 'oversell' | 'fees_in_cost' | 'cash' | 'time_zone'
    >
  >;
}

export function useChangePortfolio() {
  return useWrite({
    send: ({ id, etag, change }: PortfolioChange, intent) =>
      order('patch', '/portfolios/{id}', shapes.Portfolio, {
        path: { id },
        body: change,
        intent,
        ifMatch: etag,
      }),
    stale: ({ id }) => bookingStale(id),
  });
}

/** `confirm` is the portfolio's name, typed by the person, where the books are not empty. */
export function useDeletePortfolio() {
  return useWrite({
    send: ({ id, confirm }: { id: string; confirm?: string }, intent) =>
      order('delete', '/portfolios/{id}', Nothing, { path: { id }, query: { confirm }, intent }),
    stale: () => [PORTFOLIOS, ['demo']],
  });
}
