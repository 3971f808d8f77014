import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import * as shapes from '@/api/parse/assets';
import { useWrite } from './write';

const WATCHLISTS = ['watchlists'] as const;

export const watchlistsQuery = queryOptions({
  queryKey: [...WATCHLISTS, 'list'],
  queryFn: ({ signal }) => ask('/watchlists', shapes.Watchlists, { signal }),
});

export const watchlistQuery = (id: string) =>
  queryOptions({
    queryKey: [...WATCHLISTS, id],
    queryFn: ({ signal }) => ask('/watchlists/{id}', shapes.WatchlistDetail, { path: { id }, signal }),
  });

export function useCreateWatchlist() {
  return useWrite({
    send: (name: string, intent) =>
      order('post', '/watchlists', shapes.Watchlist, { body: { name }, intent }),
    stale: () => [WATCHLISTS],
  });
}

export function useChangeWatchlist() {
  return useWrite({
    send: ({ id, ...body }: { id: string; name?: string; position?: number }, intent) =>
      order('patch', '/watchlists/{id}', shapes.Watchlist, { path: { id }, body, intent }),
    stale: () => [WATCHLISTS],
  });
}

export function useDeleteWatchlist() {
  return useWrite({
    send: (id: string, intent) => order('delete', '/watchlists/{id}', Nothing, { path: { id }, intent }),
    stale: () => [[...WATCHLISTS, 'list']],
  });
}

/** All assets of a list in their order. */
export function usePutWatched() {
  return useWrite({
    send: ({ id, asset_ids }: { id: string; asset_ids: string[] }, intent) =>
      order('put', '/watchlists/{id}/items', shapes.Watchlist, { path: { id }, body: { asset_ids }, intent }),
    stale: () => [WATCHLISTS],
  });
}

export function useUnwatch() {
  return useWrite({
    send: ({ id, asset_id }: { id: string; asset_id: string }, intent) =>
      order('delete', '/watchlists/{id}/items/{asset_id}', shapes.Watchlist, {
        path: { id, asset_id },
        intent,
      }),
    stale: () => [WATCHLISTS],
  });
}

export function useWatch() {
  return useWrite({
    send: ({ id, asset_id }: { id: string; asset_id: string }, intent) =>
      order('post', '/watchlists/{id}/items', shapes.Watchlist, { path: { id }, body: { asset_id }, intent }),
    stale: () => [WATCHLISTS],
  });
}
