import { type Asked, answerWith } from '@test/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { ask, askTagged, downloadUrl, Nothing, order } from '@/api/client';
import { type ApiError, isApiError } from '@/api/problem';
import { onSessionExpired, rememberCsrf } from '@/api/session';

const Thing = z.object({ id: z.string() });

afterEach(() => {
  vi.unstubAllGlobals();
  rememberCsrf(null);
});

const failure = (promise: Promise<unknown>): Promise<ApiError> =>
  promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: ApiError) => error,
  );

describe('asking', () => {
  it('writes path and query, leaves out what is not set, and sends no CSRF token', async () => {
    rememberCsrf('secret');
    const asked = answerWith([200, { id: 'a', more: 1 }]);
    const thing = await ask('/things/{id}', Thing, {
      path: { id: 'a/b' },
      query: { from: '2026-01-01', to: undefined },
    });
    expect(thing.id).toBe('a');
    const [{ url, headers }] = asked as [Asked];
    expect(url.pathname + url.search).toBe('/api/v1/things/a%2Fb?from=2026-01-01');
    expect(headers.has('X-CSRF-Token')).toBe(false);
  });

  it('gives the ETag for a later change', async () => {
    answerWith([200, { id: 'a' }, { ETag: '"7"' }]);
    expect(await askTagged('/things/a', Thing)).toEqual({ value: { id: 'a' }, etag: '"7"' });
  });

  it('refuses an answer of another shape, with the request id', async () => {
    answerWith([200, { id: 5 }, { traceparent: '00-4bf92f-00f0-01' }]);
    const error = await failure(ask('/things/a', Thing));
    expect(error).toMatchObject({ trouble: 'unreadable', traceId: '4bf92f' });
  });

  it('turns a problem into a typed error', async () => {
    const problem = {
      type: 'https://finsage.example/problems/insufficient-quantity',
      title: 'There is not enough to sell.',
      status: 409,
      detail: 'You hold 3.',
      trace_id: 'abc',
      held: '3',
      errors: [{ pointer: '/quantity', detail: 'Sell at most 3.' }],
    };
    answerWith([409, problem, { 'Content-Type': 'application/problem+json' }]);
    const error = await failure(order('post', '/things', Thing));
    expect(isApiError(error, 'insufficient-quantity')).toBe(true);
    expect(error.members.held).toBe('3');
    expect(error.faultOf('quantity')).toBe('Sell at most 3.');
    expect(error.traceId).toBe('abc');
  });

  it('survives a proxy’s page instead of a problem', async () => {
    answerWith([502, '<html>Bad gateway</html>', { 'Content-Type': 'text/html' }]);
    expect(await failure(ask('/things', Thing))).toMatchObject({
      status: 502,
      title: 'The server answered 502',
    });
  });

  it('says for how long to wait', async () => {
    answerWith([429, { title: 'Asked too often.' }, { 'Retry-After': '30' }]);
    expect(await failure(ask('/things', Thing))).toMatchObject({ status: 429, retryAfter: 30 });
  });

  it('knows a lost connection', async () => {
    answerWith('unreachable');
    expect(await failure(ask('/things', Thing))).toMatchObject({ trouble: 'offline' });
  });

  it('waits for a read no longer than its limit', async () => {
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
    vi.stubGlobal(
      'fetch',
      ({ signal }: Request) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const asked = failure(ask('/things', Thing, { signal: new AbortController().signal }));
    await Promise.resolve();
    limit.abort(new DOMException('too late', 'TimeoutError'));
    const error = await asked;
    expect(error).toMatchObject({ trouble: 'offline', detail: 'The server did not answer.' });
    expect(error.cause).toBeInstanceOf(DOMException);
    expect(timeout).toHaveBeenCalledOnce();
    timeout.mockRestore();
  });
});

describe('changing', () => {
  it('says that a change whose answer was lost may be sent again', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network error')));
    const error = await failure(order('post', '/things', Thing, { body: {}, intent: 'once' }));
    expect(error.detail).toBe(
      'The server did not answer. Your input is kept; trying again does it only once.',
    );
    // Without an intent it may be done twice.
    expect((await failure(order('post', '/things', Thing, { body: {} }))).detail).toBe(
      'The server did not answer.',
    );
  });

  it('carries token, intent and ETag, and takes an empty answer', async () => {
    rememberCsrf('secret');
    const asked = answerWith([204]);
    await order('delete', '/things/{id}', Nothing, { path: { id: 'a' }, intent: 'once', ifMatch: '"7"' });
    const { headers, method } = asked[0] as (typeof asked)[0];
    expect(method).toBe('DELETE');
    expect(headers.get('X-CSRF-Token')).toBe('secret');
    expect(headers.get('Idempotency-Key')).toBe('once');
    expect(headers.get('If-Match')).toBe('"7"');
  });

  it('announces an ended session, but not a wrong password', async () => {
    const expired = vi.fn();
    const stop = onSessionExpired(expired);
    answerWith([401, { title: 'Sign in first, or sign in again.' }]);
    await failure(order('post', '/auth/login', Thing, { body: {} }));
    expect(expired).not.toHaveBeenCalled();
    await failure(ask('/portfolios', Thing));
    expect(expired).toHaveBeenCalledOnce();
    stop();
  });

  it('writes addresses for downloads', () => {
    expect(downloadUrl('/portfolios/p/export', { format: 'csv' })).toBe(
      '/api/v1/portfolios/p/export?format=csv',
    );
  });
});
