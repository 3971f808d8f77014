import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ask, Nothing, order } from '@/api/client';
import { newIntent } from '@/api/intent';
import { AuthStatus, Me, Registered, Sessions, SignedIn } from '@/api/parse/identity';
import type { ApiError } from '@/api/problem';
import { rememberCsrf } from '@/api/session';
import { useWrite } from './write';

export const ME = ['me'] as const;

export const authStatusQuery = queryOptions({
  queryKey: ['auth', 'status'],
  queryFn: ({ signal }) => ask('/auth/status', AuthStatus, { signal }),
  staleTime: 60_000,
});

/** Who is signed in; also brings the CSRF token back after a reload. */
export const meQuery = queryOptions({
  queryKey: ME,
  queryFn: async ({ signal }) => {
    const me = await ask('/me', Me, { signal });
    rememberCsrf(me.csrf_token);
    return me;
  },
  staleTime: 300_000,
  retry: false,
});

export const sessionsQuery = infiniteQueryOptions({
  queryKey: [...ME, 'sessions'],
  queryFn: ({ signal, pageParam }) => ask('/me/sessions', Sessions, { signal, query: { cursor: pageParam } }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

export interface Credentials {
  email: string;
  password: string;
  remember?: boolean;
}

export interface NewUser {
  email: string;
  password: string;
  first_name?: string;
  last_name?: string;
  tenant_name?: string;
}

export function useLogin() {
  const cache = useQueryClient();
  return useMutation<Me, ApiError, Credentials>({
    mutationFn: (body) =>
      order('post', '/auth/login', SignedIn, { body: { ...body, mode: 'session' }, intent: newIntent() }),
    onSuccess: async (me) => {
      rememberCsrf(me.csrf_token);
      // What another user saw must not flash up: a session of somebody else starts from nothing.
      const before = cache.getQueryData(meQuery.queryKey);
      if (before && before.user.id !== me.user.id) cache.clear();
      cache.setQueryData(meQuery.queryKey, me);
      await cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
    },
  });
}

export function useRegister() {
  return useWrite({
    send: (body: NewUser, intent) => order('post', '/auth/register', Registered, { body, intent }),
    // The login that follows makes everything old; before it, the first steps would take the new user for a stranger.
    stale: () => [],
  });
}

export function useLogout() {
  const cache = useQueryClient();
  return useMutation<undefined, ApiError, void>({
    mutationFn: () => order('post', '/auth/logout', Nothing, { intent: newIntent() }),
    onSuccess: () => {
      rememberCsrf(null);
      cache.clear();
    },
  });
}

export interface ProfileChange {
  first_name?: string;
  last_name?: string;
  email?: string;
  current_password?: string;
}

export function useChangeProfile() {
  return useWrite({
    send: (body: ProfileChange, intent) => order('patch', '/me', Me, { body, intent }),
    stale: () => [ME],
  });
}

export function useChangePassword() {
  return useWrite({
    send: (body: { current_password: string; new_password: string }, intent) =>
      order('post', '/me/password', Nothing, { body, intent }),
    stale: () => [[...ME, 'sessions']],
  });
}

export function useRevokeSession() {
  return useWrite({
    send: (id: string, intent) => order('delete', '/me/sessions/{id}', Nothing, { path: { id }, intent }),
    stale: () => [[...ME, 'sessions']],
  });
}
