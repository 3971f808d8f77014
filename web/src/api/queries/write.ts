import { type QueryKey, type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef } from 'react';
import { type Intent, newIntent } from '@/api/intent';
import { type ApiError, isRejection } from '@/api/problem';

export interface Write<V, T> {
  /** Sends the change; `intent` goes into its Idempotency-Key. */
  send: (values: V, intent: Intent) => Promise<T>;
  /** Keys whose data the change makes old. */
  stale: (values: V, answer: T) => readonly QueryKey[];
}

interface Told<V, T> {
  onSuccess?: (answer: T, values: V) => void;
  onError?: (error: ApiError, values: V) => void;
}

export type Writing<V, T> = Omit<UseMutationResult<T, ApiError, V>, 'mutate'> & {
  /** Sends the change. What came of it is told even if what asked has left the page by then. */
  mutate: (values: V, told?: Told<V, T>) => void;
};

/**
 * A change to server data. The same values sent again after a failure carry the same intent, so that a lost answer
 * cannot book twice; other values are another intent. So are the same after a refusal: the server keeps one that follows
 * from the state of the books beside its key, and would repeat it when that state is another.
 */
export function useWrite<V, T>({ send, stale }: Write<V, T>): Writing<V, T> {
  const cache = useQueryClient();
  const last = useRef<{ values: string; intent: Intent }>(undefined);
  const mutation = useMutation<T, ApiError, V>({
    mutationFn: (values) => {
      const text = fingerprint(values);
      if (last.current?.values !== text) last.current = { values: text, intent: newIntent() };
      return send(values, last.current.intent);
    },
    onError: (error) => {
      if (isRejection(error)) last.current = undefined;
    },
    onSuccess: async (answer, values) => {
      last.current = undefined;
      await Promise.all(stale(values, answer).map((queryKey) => cache.invalidateQueries({ queryKey })));
    },
  });
  const { mutateAsync } = mutation;
  // The library forgets the callbacks of a component that is gone, and what a change makes old may replace it before
  // the answer is dealt with: a promise is kept.
  const mutate = useCallback(
    (values: V, { onSuccess, onError }: Told<V, T> = {}) =>
      void mutateAsync(values).then(
        (answer) => onSuccess?.(answer, values),
        (error: ApiError) => onError?.(error, values),
      ),
    [mutateAsync],
  );
  return { ...mutation, mutate };
}

function fingerprint(values: unknown): string {
  // In a list, because a change without values has no text of its own.
  return JSON.stringify([values], (_, value) =>
    value instanceof File ? [value.name, value.size, value.lastModified] : value,
  );
}
