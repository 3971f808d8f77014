import { queryOptions } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import * as shapes from '@/api/parse/data-health';
import { awaiting } from './awaiting';
import { HEALTH, PRICES_STALE } from './prices-stale';
import { useWrite } from './write';

const KEYS = ['provider-keys'] as const;

/** Ages grow by themselves; while a history is under way its progress is looked at more often. */
export const dataHealthQuery = queryOptions({
  queryKey: HEALTH,
  queryFn: ({ signal }) => ask('/data-health', shapes.DataHealth, { signal }),
  refetchInterval: awaiting(
    ({ assets }: shapes.DataHealth) =>
      assets
        .filter(({ backfill }) => backfill && backfill.state !== 'failed')
        .map(({ backfill }) => `${backfill?.job_id} ${backfill?.progress}`),
    { every: 3_000, most: 300_000, rest: 60_000 },
  ),
});

export function useRefreshNow() {
  return useWrite({
    send: (_: undefined, intent) => order('post', '/data-health/refresh', shapes.RefreshAsked, { intent }),
    stale: () => [HEALTH],
  });
}

export function useDecide() {
  return useWrite({
    send: ({ id, as }: { id: string; as: 'accept' | 'dismiss' }, intent) =>
      order('post', `/data-health/quarantine/{id}/${as}`, shapes.PutAside, { path: { id }, intent }),
    stale: () => PRICES_STALE,
  });
}

export const providerKeysQuery = queryOptions({
  queryKey: KEYS,
  queryFn: ({ signal }) => ask('/provider-keys', shapes.ProviderKeys, { signal }),
});

interface EnteredKey {
  provider: string;
  key: string;
  current_password: string;
}

/** The password is given first: setting a key wants that within five minutes. Neither request keeps an intent. */
export function useSetProviderKey() {
  return useWrite({
    send: async ({ provider, key, current_password }: EnteredKey) => {
      await order('post', '/me/proof', Nothing, { body: { current_password } });
      return order('put', '/provider-keys/{provider}', Nothing, { path: { provider }, body: { key } });
    },
    stale: () => [KEYS, HEALTH],
  });
}

export function useDeleteProviderKey() {
  return useWrite({
    send: async ({ provider, current_password }: Omit<EnteredKey, 'key'>, intent) => {
      await order('post', '/me/proof', Nothing, { body: { current_password } });
      return order('delete', '/provider-keys/{provider}', Nothing, { path: { provider }, intent });
    },
    stale: () => [KEYS, HEALTH],
  });
}
