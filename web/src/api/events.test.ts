import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { follow } from './events';
import { paced } from './following';

const JOB = {
  id: '0198f2f0-0000-7000-8000-000000000001',
  name: 'market.backfill_asset',
  state: 'running',
  progress: 0.45,
  stage: null,
  done: null,
  total: null,
  result_url: null,
  problem: null,
  created_at: '2026-01-02T03:04:05Z',
  finished_at: null,
};

/** What a browser gives: streams that were opened, and what the server says on them. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 0;
  onopen?: () => void;
  onerror?: () => void;

  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }

  close() {
    this.readyState = Source.CLOSED;
  }

  say(kind: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

/** Locks of one browser: each is held by the first who asks, then by the next. */
function browserLocks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) => {
      last = last.then(() => (signal.aborted ? undefined : hold()));
      return last;
    },
  };
}

let stops: (() => void)[];

function page(): QueryClient {
  const client = new QueryClient();
  for (const key of [['assets', 'x'], ['data-health'], ['news', 'found'], ['predictions'], ['me']])
    client.setQueryData(key, 1);
  client.setQueryData(['jobs', JOB.id], { ...JOB, progress: null });
  stops.push(follow(client));
  return client;
}

const old = (client: QueryClient, ...key: string[]) => client.getQueryState(key)?.isInvalidated;

beforeEach(() => {
  stops = [];
  Source.all = [];
  vi.stubGlobal('EventSource', Source);
});
afterEach(() => {
  for (const stop of stops) stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function only(): Source {
  const [source] = Source.all;
  if (!source) throw new Error('no stream was opened');
  return source;
}

it('asks less often while it follows, and as before when it does not', () => {
  page();
  expect(only().url).toBe('/api/v1/events');
  expect(paced(1000)).toBe(1000);
  only().onopen?.();
  expect([paced(1000), paced(60_000)]).toEqual([15_000, 60_000]);
  only().onerror?.();
  expect(paced(1000)).toBe(1000);
});

it('asks again for what is new, and for nothing else', () => {
  const client = page();
  only().say('changed', { topics: ['prices', 'something later'] });
  expect([old(client, 'assets', 'x'), old(client, 'data-health')]).toEqual([true, true]);
  expect([old(client, 'news', 'found'), old(client, 'predictions'), old(client, 'me')]).toEqual([
    false,
    false,
    false,
  ]);
  only().say('changed', { topics: ['news', 'forecasts'] });
  expect([old(client, 'news', 'found'), old(client, 'predictions')]).toEqual([true, true]);
});

it('looks at how fresh the data is once sources were asked, whether or not they told anything new', () => {
  const client = page();
  only().say('changed', { topics: ['runs'] });
  expect([old(client, 'data-health'), old(client, 'news', 'found')]).toEqual([true, false]);
});

it('shows a job as it moves, and keeps none that no page shows', () => {
  const client = page();
  only().say('job', JOB);
  expect(client.getQueryData(['jobs', JOB.id])).toEqual(JOB);
  expect(old(client, 'data-health')).toBe(true);
  only().say('job', { ...JOB, id: '0198f2f0-0000-7000-8000-000000000002' });
  expect(client.getQueryState(['jobs', '0198f2f0-0000-7000-8000-000000000002'])).toBeUndefined();
});

it('asks for everything after a gap', () => {
  const client = page();
  only().say('gap', {});
  expect([old(client, 'assets', 'x'), old(client, 'predictions'), old(client, 'jobs', JOB.id)]).toEqual([
    true,
    true,
    true,
  ]);
  expect(old(client, 'me')).toBe(false);
});

it('comes back later after a refusal and after the end of the session', () => {
  vi.useFakeTimers();
  page();
  only().onopen?.();
  only().say('end', { reason: 'session' });
  expect([only().readyState, paced(1000)]).toEqual([Source.CLOSED, 1000]);
  vi.advanceTimersByTime(30_000);
  expect(Source.all).toHaveLength(2);
  // A refusal: the browser gives up by itself.
  Source.all[1]?.close();
  Source.all[1]?.onerror?.();
  vi.advanceTimersByTime(30_000);
  expect(Source.all).toHaveLength(3);
});

it('has no stream while nobody looks at a tab that cannot agree with others', () => {
  page();
  only().onopen?.();
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  expect([only().readyState, paced(1000)]).toEqual([Source.CLOSED, 1000]);
  visibility.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  expect(Source.all).toHaveLength(2);
});

it('leaves a browser without streams as it is', () => {
  vi.unstubAllGlobals();
  page();
  expect([Source.all.length, paced(1000)]).toEqual([0, 1000]);
});

it('is one for all tabs of a browser, and goes to the next tab', async () => {
  vi.stubGlobal('navigator', { locks: browserLocks() });
  const [first, second] = [page(), page()];
  await vi.waitFor(() => expect(Source.all).toHaveLength(1));
  only().say('changed', { topics: ['news'] });
  await vi.waitFor(() => expect(old(second, 'news', 'found')).toBe(true));
  expect(old(first, 'news', 'found')).toBe(true);
  stops[0]?.();
  await vi.waitFor(() => expect(Source.all).toHaveLength(2));
  Source.all[1]?.say('changed', { topics: ['forecasts'] });
  expect([old(first, 'predictions'), old(second, 'predictions')]).toEqual([false, true]);
});
