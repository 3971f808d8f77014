// The event stream: what is new is asked for again, and a job's state comes by itself. One stream per browser where its
// tabs can agree on one, because HTTP/1.1 allows six connections; without a stream everything is asked for as before.
import type { QueryClient, QueryKey } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { setFollowing } from './following';
import { Job } from './parse/system';
import { PORTFOLIOS } from './queries/portfolios';
import { PRICES_STALE } from './queries/prices-stale';

const ADDRESS = '/api/v1/events';
const NAME = 'finsage-events';
const KINDS = ['job', 'changed', 'gap', 'end'] as const;
const AGAIN_MS = 30_000;

const STALE: Record<string, readonly QueryKey[]> = {
  prices: PRICES_STALE,
  news: [['news']],
  forecasts: [['predictions']],
  runs: [['data-health'], ['news', 'health']],
  books: [PORTFOLIOS, ['imports'], ['watchlists'], ['predictions']],
};
/** What a job changes that is no topic: where its progress is shown, and what only its end makes old. */
const MOVED: [prefix: string, keys: readonly QueryKey[]][] = [['market.', [['data-health']]]];
const DONE: [prefix: string, keys: readonly QueryKey[]][] = [
  ['market.fetch_feed', [['news']]],
  ['portfolio.', [['imports']]],
];

const Changed = z.object({ topics: z.array(z.string()) });

/** What tabs tell each other: an event as it came, whether there is a stream, and that somebody wants to know. */
type Told =
  | { kind: (typeof KINDS)[number]; data: string }
  | { kind: 'following'; is: boolean }
  | { kind: 'who' };

/** Follows the stream for a page; returns what ends it. */
export function follow(client: QueryClient): () => void {
  if (!('EventSource' in globalThis)) return () => {};
  const stop = new AbortController();
  const take = (told: Told) => hear(client, told);
  // Locks are there in a secure context alone.
  if (navigator.locks && 'BroadcastChannel' in globalThis) share(take, stop.signal);
  else whileVisible(take, stop.signal);
  return () => {
    stop.abort();
    setFollowing(false);
  };
}

/** One tab holds the stream and passes on what it hears; when it goes, the next one does. */
function share(take: (told: Told) => void, signal: AbortSignal): void {
  const channel = new BroadcastChannel(NAME);
  let isMine: boolean | undefined;
  channel.onmessage = ({ data }: MessageEvent<Told>) => {
    if (data.kind !== 'who') take(data);
    else if (isMine !== undefined) channel.postMessage({ kind: 'following', is: isMine } satisfies Told);
  };
  channel.postMessage({ kind: 'who' } satisfies Told);
  let pass = () => {};
  signal.addEventListener('abort', () => {
    pass();
    channel.close();
  });
  const hold = () =>
    new Promise<void>((release) => {
      isMine = false;
      const close = connect((told) => {
        if (told.kind === 'following') isMine = told.is;
        take(told);
        channel.postMessage(told);
      });
      pass = () => {
        channel.postMessage({ kind: 'following', is: false } satisfies Told);
        close();
        release();
      };
    });
  navigator.locks.request(NAME, { signal }, hold).catch((cause: unknown) => {
    // A page that leaves before its turn gives up its place in the queue.
    if (!(cause instanceof DOMException && cause.name === 'AbortError')) throw cause;
  });
}

/** Tabs that cannot agree, as over plain http in a home network: each has a stream while it is looked at. */
function whileVisible(take: (told: Told) => void, signal: AbortSignal): void {
  let close: (() => void) | undefined;
  const look = () => {
    if (document.visibilityState === 'visible') close ??= connect(take);
    else {
      close?.();
      close = undefined;
      take({ kind: 'following', is: false });
    }
  };
  look();
  document.addEventListener('visibilitychange', look, { signal });
  signal.addEventListener('abort', () => close?.());
}

/** Holds a stream open. The browser comes back after a break, naming the last event; after a refusal we do, later. */
function connect(take: (told: Told) => void): () => void {
  let source: EventSource;
  let again: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(ADDRESS);
    source.onopen = () => take({ kind: 'following', is: true });
    source.onerror = () => {
      take({ kind: 'following', is: false });
      if (source.readyState === EventSource.CLOSED) later();
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        take({ kind, data });
        if (kind !== 'end') return;
        take({ kind: 'following', is: false });
        later();
      });
    }
  };
  const later = () => {
    source.close();
    clearTimeout(again);
    again = setTimeout(open, AGAIN_MS);
  };
  open();
  return () => {
    clearTimeout(again);
    source.close();
  };
}

function hear(client: QueryClient, told: Told): void {
  switch (told.kind) {
    case 'following':
      setFollowing(told.is);
      // Before a stream there was a moment nobody was told of, and after it jobs are asked for often again.
      void client.invalidateQueries({ queryKey: ['jobs'] });
      return;
    case 'changed':
      for (const topic of Changed.parse(JSON.parse(told.data)).topics) makeOld(client, STALE[topic] ?? []);
      return;
    case 'job':
      hearOfJob(client, Job.parse(JSON.parse(told.data)));
      return;
    case 'gap':
      makeOld(client, [...Object.values(STALE).flat(), ['jobs']]);
  }
}

function hearOfJob(client: QueryClient, job: Job): void {
  const key = ['jobs', job.id];
  // Only where a page shows it: jobs nobody asked for would fill the memory.
  if (client.getQueryState(key)) client.setQueryData(key, job);
  const table = job.state === 'done' ? [...MOVED, ...DONE] : MOVED;
  for (const [prefix, keys] of table) if (job.name.startsWith(prefix)) makeOld(client, keys);
}

/** Asked for again at once where it is on the screen, else when it is looked at. */
function makeOld(client: QueryClient, keys: readonly QueryKey[]): void {
  const refetchType = document.visibilityState === 'visible' ? 'active' : 'none';
  for (const queryKey of keys) void client.invalidateQueries({ queryKey, refetchType });
}
