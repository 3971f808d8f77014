import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import { paced } from '@/api/following';
import { FeedAdded, Feeds, type Label, News, NewsHealth, type NewsItem } from '@/api/parse/news';
import { awaiting } from './awaiting';
import { useWrite } from './write';

const NEWS = ['news'] as const;
const FEEDS = [...NEWS, 'feeds'] as const;
const AGAIN_MS = 300_000;
const SOON_MS = 2_000;
const FRESH_MS = 120_000;

/** What just came, by whichever of the two clocks, is about to be read by the model. */
function isFresh({ sentiment, language, fetched_at }: NewsItem): boolean {
  return (
    !sentiment && (language ?? 'en') === 'en' && Math.abs(Date.now() - Date.parse(fetched_at)) < FRESH_MS
  );
}

export interface NewsFilters {
  owned?: true;
  portfolio?: string | undefined;
  asset?: string | undefined;
  sentiment?: Label | undefined;
  source?: string | undefined;
}

export const newsQuery = (filters: NewsFilters) =>
  infiniteQueryOptions({
    queryKey: [...NEWS, 'found', filters],
    queryFn: ({ signal, pageParam }) =>
      ask('/news', News, { query: { ...filters, limit: 30, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ items }) => items.some(isFresh)) ? paced(SOON_MS) : AGAIN_MS,
  });

export const assetNewsQuery = (id: string, limit: number) =>
  queryOptions({
    queryKey: [...NEWS, 'asset', id, limit],
    queryFn: ({ signal }) => ask('/assets/{id}/news', News, { path: { id }, query: { limit }, signal }),
    refetchInterval: AGAIN_MS,
  });

/** Asked again soon while a feed that was just added has not been read. */
export const feedsQuery = queryOptions({
  queryKey: FEEDS,
  queryFn: ({ signal }) => ask('/news/feeds', Feeds, { signal }),
  refetchInterval: awaiting(
    ({ items }: Feeds) => items.filter(({ asked_at }) => !asked_at).map(({ id }) => id),
    { every: SOON_MS, most: FRESH_MS, rest: false },
  ),
});

export const newsHealthQuery = queryOptions({
  queryKey: [...NEWS, 'health'],
  queryFn: ({ signal }) => ask('/data-health/news', NewsHealth, { signal }),
  refetchInterval: 60_000,
});

export function useAddFeed() {
  return useWrite({
    send: (url: string, intent) => order('post', '/news/feeds', FeedAdded, { body: { url }, intent }),
    stale: () => [FEEDS],
  });
}

export function useDeleteFeed() {
  return useWrite({
    send: (id: string, intent) => order('delete', '/news/feeds/{id}', Nothing, { path: { id }, intent }),
    stale: () => [NEWS],
  });
}
