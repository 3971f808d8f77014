import * as z from 'zod/mini';
import { DayText, Decimal, Failure, Id, Instant } from './scalars';

export const SOURCE_STATES = [
  'answers',
  'failing',
  'resting',
  'refused',
  'needs_key',
  'not_set_up',
  'never_asked',
] as const;

const Run = z.object({
  due_at: Instant,
  started_at: Instant,
  finished_at: Instant,
  assets: z.number(),
  requests: z.number(),
  written: z.number(),
  unchanged: z.number(),
  flagged: z.number(),
  quarantined: z.number(),
  missing: z.number(),
  failures: z.array(Failure),
});

const Source = z.object({
  provider: z.string(),
  state: z.enum(SOURCE_STATES),
  answered_at: z.nullable(Instant),
  failed_at: z.nullable(Instant),
  problem: z.nullable(z.string()),
  failure: z.nullable(z.string()),
  circuit: z.nullable(z.enum(['closed', 'open'])),
  resting_until: z.nullable(Instant),
  retries_left: z.nullable(z.number()),
  asks_per_minute: z.nullable(z.number()),
  assets: z.number(),
  newest_price_at: z.nullable(Instant),
});

const FollowedAsset = z.object({
  asset_id: Id,
  symbol: z.string(),
  name: z.string(),
  provider: z.nullable(z.string()),
  price: z.nullable(Decimal),
  currency: z.string(),
  day: z.nullable(DayText),
  age_days: z.nullable(z.number()),
  is_stale: z.boolean(),
  asked_at: z.nullable(Instant),
  flag: z.nullable(z.string()),
  problem: z.nullable(z.string()),
  backfill: z.nullable(
    z.object({
      job_id: Id,
      state: z.enum(['queued', 'running', 'failed']),
      progress: z.nullable(z.number()),
    }),
  ),
});

export const PutAside = z.object({
  id: Id,
  asset_id: Id,
  symbol: z.string(),
  provider: z.string(),
  day: DayText,
  value: z.string(),
  currency: z.nullable(z.string()),
  reason: z.string(),
  detail: z.string(),
  times: z.number(),
  found_at: Instant,
  seen_at: Instant,
  state: z.enum(['open', 'accepted', 'dismissed']),
  /** What it is the last price of. */
  interval: z.enum(['5m', '1h', '1d']),
  /** Whether it is a close of its asset at all. */
  is_acceptable: z.boolean(),
});

export const DataHealth = z.object({
  sources: z.array(Source),
  rates: z.object({
    is_live: z.boolean(),
    last_day: z.nullable(DayText),
    age_days: z.nullable(z.number()),
    is_stale: z.boolean(),
    last_run: z.nullable(Run),
  }),
  assets: z.array(FollowedAsset),
  assets_total: z.number(),
  quarantine: z.array(PutAside),
  quarantine_total: z.number(),
  runs: z.array(Run),
  next_run_at: Instant,
  lag_seconds: z.nullable(z.number()),
  is_late: z.boolean(),
});

export const RefreshAsked = z.object({ job_id: Id });

export const ProviderKeys = z.object({
  items: z.array(
    z.object({
      provider: z.string(),
      source: z.nullable(z.enum(['settings', 'entered'])),
      set_at: z.nullable(Instant),
    }),
  ),
  next_cursor: z.null(),
});

export type DataHealth = z.infer<typeof DataHealth>;
export type Source = z.infer<typeof Source>;
export type FollowedAsset = z.infer<typeof FollowedAsset>;
export type PutAside = z.infer<typeof PutAside>;
export type Run = z.infer<typeof Run>;
export type ProviderKey = z.infer<typeof ProviderKeys>['items'][number];
