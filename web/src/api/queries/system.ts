import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import { paced } from '@/api/following';
import { Demo, Job, SystemStatus } from '@/api/parse/system';
import { isApiError } from '@/api/problem';
import { PRICES_STALE } from './prices-stale';
import { useWrite } from './write';

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => ask('/demo', Demo, { signal }),
  staleTime: 60_000,
});

export function useCreateDemo() {
  return useWrite({
    send: (_: undefined, intent) => order('post', '/demo', Demo, { intent }),
    stale: () => [['demo'], ...PRICES_STALE],
  });
}

export function useRemoveDemo() {
  return useWrite({
    send: (_: undefined, intent) => order('delete', '/demo', Nothing, { intent }),
    stale: () => [['demo'], ...PRICES_STALE],
  });
}

/** How a job ended; gone: so long ago that nobody knows it any more. */
export type JobEnd = 'done' | 'failed' | 'gone';

/** undefined while it waits or runs, and while that cannot be asked. */
export function jobEnd({ data, error }: { data?: Job | undefined; error: unknown }): JobEnd | undefined {
  if (isApiError(error) && error.status === 404) return 'gone';
  return data?.state === 'done' || data?.state === 'failed' ? data.state : undefined;
}

/** Asks every second until the job has ended, less often while the event stream tells of it. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['jobs', id],
    queryFn: ({ signal }) => ask('/jobs/{id}', Job, { path: { id }, signal }),
    refetchInterval: ({ state }) => (jobEnd(state) ? false : paced(1000)),
  });

export function useClearCaches() {
  return useWrite({
    send: (_: undefined, intent) =>
      order('post', '/system/caches/clear', Nothing, { body: { tag: 'everything' }, intent }),
    stale: () => [['system']],
  });
}

export const systemStatusQuery = queryOptions({
  queryKey: ['system', 'status'],
  queryFn: ({ signal }) => ask('/system/status', SystemStatus, { signal }),
});
