import * as z from 'zod/mini';
import { Id, Instant } from './scalars';

export const Demo = z.object({ is_present: z.boolean(), portfolio_ids: z.array(Id) });

export const Job = z.object({
  id: Id,
  name: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  progress: z.nullable(z.number()),
  stage: z.nullable(z.string()),
  done: z.nullable(z.number()),
  total: z.nullable(z.number()),
  result_url: z.nullable(z.string()),
  problem: z.nullable(z.record(z.string(), z.unknown())),
  created_at: Instant,
  finished_at: z.nullable(Instant),
});

export const SystemStatus = z.object({
  version: z.string(),
  database: z.object({ server_version: z.string(), embedded: z.boolean(), size_bytes: z.number() }),
  worker: z.object({ queued: z.number(), held: z.number() }),
  started_at: Instant,
  caches: z.array(
    z.object({
      name: z.string(),
      hits: z.number(),
      misses: z.number(),
      outdated: z.number(),
      failed: z.number(),
      evicted: z.number(),
      held_bytes: z.nullable(z.number()),
    }),
  ),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

export type Job = z.infer<typeof Job>;
export type Cache = SystemStatus['caches'][number];
export type SystemStatus = z.infer<typeof SystemStatus>;
