import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import { Demo, Job, SystemStatus } from '@/api/parse/system';
import { PORTFOLIOS } from './portfolios';
import { useWrite } from './write';

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => ask('/demo', Demo, { signal }),
  staleTime: 60_000,
});

export function useCreateDemo() {
  return useWrite({
    send: (_: undefined, intent) => order('post', '/demo', Demo, { intent }),
    stale: () => [['demo'], PORTFOLIOS, ['assets']],
  });
}

export function useRemoveDemo() {
  return useWrite({
    send: (_: undefined, intent) => order('delete', '/demo', Nothing, { intent }),
    stale: () => [['demo'], PORTFOLIOS, ['assets']],
  });
}

/** Asks every second until the job has ended. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ['jobs', id],
    queryFn: ({ signal }) => ask('/jobs/{id}', Job, { path: { id }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.state === 'done' || state.data?.state === 'failed' ? false : 1000,
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
