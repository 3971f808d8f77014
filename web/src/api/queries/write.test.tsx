import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { answerWith } from '@test/server';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { Nothing, order } from '@/api/client';
import { useWrite } from './write';

afterEach(() => vi.unstubAllGlobals());

function setup() {
  const cache = new QueryClient();
  cache.setQueryData(['holdings'], 1);
  cache.setQueryData(['other'], 1);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={cache}>{children}</QueryClientProvider>
  );
  const { result, unmount } = renderHook(
    () =>
      useWrite({
        send: (body: { quantity: string }, intent) => order('post', '/things', Nothing, { body, intent }),
        stale: () => [['holdings']],
      }),
    { wrapper },
  );
  const send = (quantity: string) =>
    act(() => result.current.mutateAsync({ quantity }).catch(() => undefined));
  return { cache, send, result, unmount };
}

it('repeats the key of an intent that failed, and takes another for other values', async () => {
  const asked = answerWith([503, {}], 'unreachable', [503, {}], [204]);
  const { send } = setup();
  for (const quantity of ['1', '1', '2', '2', '2']) await send(quantity);
  const keys = asked.map(({ headers }) => headers.get('Idempotency-Key'));
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
  expect(keys[3]).toBe(keys[2]);
  // The fourth succeeded: the same values again are a second purchase, not a retry.
  expect(keys[4]).not.toBe(keys[3]);
});

it.each([404, 409, 422])('takes another key after a refusal by %i', async (status) => {
  // The server keeps a refusal beside its key: with the same one it would say no although the books say yes by now.
  const asked = answerWith([status, {}], [204]);
  const { send } = setup();
  for (const quantity of ['1', '1']) await send(quantity);
  const [refused, again] = asked.map(({ headers }) => headers.get('Idempotency-Key'));
  expect(again).not.toBe(refused);
});

it('makes old what the change touched, and only that', async () => {
  answerWith([204]);
  const { cache, send, result } = setup();
  await send('1');
  await waitFor(() => expect(result.current.isSuccess).toBe(true));
  expect(cache.getQueryState(['holdings'])?.isInvalidated).toBe(true);
  expect(cache.getQueryState(['other'])?.isInvalidated).toBe(false);
});

it.each([
  ['answer', [204]],
  ['refusal', [409, {}]],
] as const)('tells the %s to what has left the page', async (what, answer) => {
  answerWith([...answer]);
  const { result, unmount } = setup();
  const told = vi.fn();
  act(() =>
    result.current.mutate(
      { quantity: '1' },
      { onSuccess: () => told('answer'), onError: () => told('refusal') },
    ),
  );
  unmount();
  await waitFor(() => expect(told.mock.calls).toEqual([[what]]));
});

it('sends a change that has no values', async () => {
  const asked = answerWith([204]);
  const cache = new QueryClient();
  const { result } = renderHook(
    () =>
      useWrite({
        send: (_: undefined, intent) => order('post', '/demo', Nothing, { intent }),
        stale: () => [],
      }),
    {
      wrapper: ({ children }: { children: ReactNode }) => (
        <QueryClientProvider client={cache}>{children}</QueryClientProvider>
      ),
    },
  );
  await act(() => result.current.mutateAsync(undefined));
  expect(asked[0]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/);
});
