import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import * as shapes from '@/api/parse/assets';
import { addDays, type Day } from '@/lib/dates';
import type { NewAsset } from './market';
import { PORTFOLIOS } from './portfolios';
import { ASSETS, PRICES_STALE } from './prices-stale';
import { useWrite } from './write';

export const assetDetailQuery = (id: string) =>
  queryOptions({
    queryKey: [...ASSETS, id, 'detail'],
    queryFn: ({ signal }) => ask('/assets/{id}', shapes.AssetDetail, { path: { id }, signal }),
  });

export const identifiersQuery = (id: string) =>
  queryOptions({
    queryKey: [...ASSETS, id, 'identifiers'],
    queryFn: ({ signal }) => ask('/assets/{id}/identifiers', shapes.Identifiers, { path: { id }, signal }),
  });

export const priceQualityQuery = (id: string) =>
  queryOptions({
    queryKey: [...ASSETS, id, 'price-quality'],
    queryFn: ({ signal }) => ask('/assets/{id}/price-quality', shapes.PriceQuality, { path: { id }, signal }),
  });

export type Interval = '5m' | '1h' | '1d';

/** Candles of the days of a range in units of today, the last one included; without a first day the newest. */
export const candlesQuery = (id: string, from?: Day, to?: Day, interval: Interval = '1d') =>
  queryOptions({
    queryKey: [...ASSETS, id, 'candles', interval, from ?? '', to ?? ''],
    queryFn: ({ signal }) =>
      ask('/assets/{id}/candles', shapes.Candles, {
        path: { id },
        query: {
          interval,
          prices_are: 'split_adjusted',
          from: from && `${from}T00:00:00Z`,
          to: to && `${addDays(to, 1)}T00:00:00Z`,
        },
        signal,
      }),
  });

export const assetHoldingsQuery = (id: string) =>
  queryOptions({
    // Under portfolios: a booking makes it old.
    queryKey: [...PORTFOLIOS, 'all', 'of-asset', id],
    queryFn: ({ signal }) => ask('/assets/{id}/holdings', shapes.AssetHoldings, { path: { id }, signal }),
  });

/** Kept here, and with `providers` what these know. Each answer is of what was typed then. */
export const marketSearchQuery = (query: string, providers: boolean) =>
  queryOptions({
    queryKey: [...ASSETS, 'search', query, providers],
    queryFn: ({ signal }) =>
      ask('/market/search', shapes.MarketSearch, { query: { query, providers, limit: 30 }, signal }),
    staleTime: 60_000,
  });

interface FoundAsset extends NewAsset {
  identifiers: shapes.Identifier[];
}

/** Adds what was found; its history is asked for by the job of the answer. */
export function useAddFound() {
  return useWrite({
    send: (body: FoundAsset, intent) => order('post', '/assets', shapes.AssetAdded, { body, intent }),
    stale: () => [ASSETS, ['data-health']],
  });
}

export interface AssetChange {
  symbol?: string;
  name?: string;
  asset_class?: NewAsset['asset_class'];
  currency?: string;
  isin?: string;
  mic?: string;
}

export function useChangeAsset(id: string) {
  return useWrite({
    send: (body: AssetChange, intent) =>
      order('patch', '/assets/{id}', shapes.AssetChanged, { path: { id }, body, intent }),
    stale: () => PRICES_STALE,
  });
}

export function usePutIdentifiers(id: string) {
  return useWrite({
    send: (items: shapes.Identifier[], intent) =>
      order('put', '/assets/{id}/identifiers', shapes.IdentifiersPut, {
        path: { id },
        body: { items },
        intent,
      }),
    stale: () => [[...ASSETS, id], ['data-health']],
  });
}

export const jsonSourceQuery = (id: string) =>
  queryOptions({
    queryKey: [...ASSETS, id, 'json-source'],
    queryFn: ({ signal }) =>
      ask('/assets/{id}/json-source', shapes.JsonSourceOfAsset, { path: { id }, signal }),
  });

export interface JsonSourceDraft {
  url: string;
  price_path: string;
  as_of_path: string | null;
  currency_path: string | null;
  is_first: boolean;
  /** Without a value the key that was entered before stays. */
  key: { sent_as: 'header' | 'query'; name: string; value: string | null } | null;
}

/** Asks it once; nothing is kept. */
export function useTryJsonSource(id: string) {
  return useWrite({
    send: (body: JsonSourceDraft, intent) =>
      order('post', '/assets/{id}/json-source/reading', shapes.JsonReading, { path: { id }, body, intent }),
    stale: () => [],
  });
}

export function usePutJsonSource(id: string) {
  return useWrite({
    send: (body: JsonSourceDraft, intent) =>
      order('put', '/assets/{id}/json-source', shapes.JsonSourcePut, { path: { id }, body, intent }),
    stale: () => [[...ASSETS, id], ['data-health']],
  });
}

export function useDeleteJsonSource(id: string) {
  return useWrite({
    send: (_: undefined, intent) =>
      order('delete', '/assets/{id}/json-source', Nothing, { path: { id }, intent }),
    stale: () => [[...ASSETS, id], ['data-health']],
  });
}

export function useMergeAsset(id: string) {
  return useWrite({
    send: (into_id: string, intent) =>
      order('post', '/assets/{id}/merge', shapes.Merge, { path: { id }, body: { into_id }, intent }),
    stale: () => PRICES_STALE,
  });
}

export function useUnmergeAsset() {
  return useWrite({
    send: (id: string, intent) =>
      order('delete', '/assets/{id}/merge', shapes.Merge, { path: { id }, intent }),
    stale: () => PRICES_STALE,
  });
}
