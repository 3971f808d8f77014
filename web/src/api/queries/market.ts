import { queryOptions } from '@tanstack/react-query';
import { ask, order } from '@/api/client';
import * as shapes from '@/api/parse/market';
import type { Day } from '@/lib/dates';
import type { Dec } from '@/lib/decimal';
import { ASSETS, PRICES_STALE } from './prices-stale';
import { useWrite } from './write';

export const assetsQuery = (query: string, limit = 20) =>
  queryOptions({
    queryKey: [...ASSETS, 'found', query, limit],
    queryFn: ({ signal }) => ask('/assets', shapes.Assets, { query: { query, limit }, signal }),
    staleTime: 60_000,
  });

export const assetQuery = (id: string) =>
  queryOptions({
    queryKey: [...ASSETS, id, 'itself'],
    queryFn: ({ signal }) => ask('/assets/{id}', shapes.Asset, { path: { id }, signal }),
  });

/** Closes of days, the last one included, in units of today: days on both sides of a split compare. */
export const pricesQuery = (id: string, from?: Day, to?: Day) =>
  queryOptions({
    queryKey: [...ASSETS, id, 'prices', from ?? '', to ?? ''],
    queryFn: ({ signal }) =>
      ask('/assets/{id}/prices', shapes.Prices, {
        path: { id },
        query: { from, to, interval: '1d', prices_are: 'split_adjusted' },
        signal,
      }),
  });

export const currenciesQuery = queryOptions({
  queryKey: ['currencies'],
  queryFn: ({ signal }) => ask('/currencies', shapes.Currencies, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const rateQuery = (base: string, quote: string, day?: Day) =>
  queryOptions({
    queryKey: ['fx', base, quote, day ?? ''],
    queryFn: ({ signal }) =>
      ask('/fx/{base}/{quote}', shapes.Rate, { path: { base, quote }, query: { day }, signal }),
    staleTime: 300_000,
  });

export interface NewAsset {
  symbol: string;
  name: string;
  asset_class: shapes.AssetClass;
  currency: string;
  isin?: string;
  mic?: string;
}

export function useCreateAsset() {
  return useWrite({
    send: (body: NewAsset, intent) => order('post', '/assets', shapes.Asset, { body, intent }),
    stale: () => [ASSETS],
  });
}

export function useWritePrices() {
  return useWrite({
    send: ({ id, items }: { id: string; items: { day: Day; close: Dec }[] }, intent) =>
      order('put', '/assets/{id}/prices', shapes.PricesWritten, { path: { id }, body: { items }, intent }),
    stale: () => PRICES_STALE,
  });
}

export interface PriceFile {
  file: File;
  create_assets: boolean;
  currency?: string;
}

export function useImportPrices() {
  return useWrite({
    send: ({ file, create_assets, currency }: PriceFile, intent) => {
      const body = new FormData();
      body.append('file', file);
      body.append('create_assets', String(create_assets));
      if (currency) body.append('currency', currency);
      return order('post', '/prices/import', shapes.PriceImport, { body, intent });
    },
    stale: () => PRICES_STALE,
  });
}
