import { QueryClient } from '@tanstack/react-query';
import { isApiError } from '@/api/problem';

const RETRIES_MAX = 2;

/** A refusal stays one however often it is asked; a lost connection or a busy server may pass. */
export function mayRetry(failures: number, error: Error): boolean {
  if (!isApiError(error) || error.trouble === 'unreadable') return false;
  // Whoever waited until the limit is told, and decides about waiting once more.
  if (error.cause instanceof DOMException) return false;
  const mayPass = error.trouble === 'offline' || error.status >= 500;
  return mayPass && failures < RETRIES_MAX;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, retry: mayRetry, networkMode: 'always' },
    // A write that waits for the network would surprise its author hours later: it fails at once instead.
    mutations: { retry: false, networkMode: 'always' },
  },
});
