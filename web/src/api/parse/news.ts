import * as z from 'zod/mini';
import { SOURCE_STATES } from './data-health';
import { Failure, Id, Instant, listOf } from './scalars';

export const LABELS = ['positive', 'neutral', 'negative'] as const;
const Label = z.enum(LABELS);

const Sentiment = z.object({
  label: Label,
  probabilities: z.object({ positive: z.number(), neutral: z.number(), negative: z.number() }),
  score: z.number(),
  /** What each word adds to the log odds of positive over negative, the strongest first. */
  words: z.array(z.object({ word: z.string(), log_odds: z.number() })),
  model: z.string(),
});

const NamedAsset = z.object({
  asset_id: Id,
  symbol: z.string(),
  name: z.string(),
  matched_by: z.enum(['tag', 'identifier', 'cashtag', 'name']),
  term: z.string(),
});

export const NewsItem = z.object({
  id: Id,
  title: z.string(),
  url: z.string(),
  publisher: z.string(),
  summary: z.string(),
  language: z.nullable(z.string()),
  provider: z.string(),
  published_at: z.nullable(Instant),
  fetched_at: Instant,
  assets: z.array(NamedAsset),
  sentiment: z.nullable(Sentiment),
});

export const News = z.extend(listOf(NewsItem), {
  asked_at: z.nullable(Instant),
  failing: z.array(z.object({ provider: z.string(), failed_at: z.nullable(Instant), problem: z.string() })),
});

const feed = {
  id: Id,
  url: z.string(),
  title: z.nullable(z.string()),
  items: z.number(),
  added_at: Instant,
  asked_at: z.nullable(Instant),
  answered_at: z.nullable(Instant),
  problem: z.nullable(z.string()),
};
export const Feed = z.object(feed);
export const FeedAdded = z.object({ ...feed, job_id: Id });
export const Feeds = z.object({ items: z.array(Feed), next_cursor: z.null(), feeds_max: z.number() });

export const NewsHealth = z.object({
  sources: z.array(
    z.object({
      provider: z.string(),
      state: z.enum(SOURCE_STATES),
      answered_at: z.nullable(Instant),
      failed_at: z.nullable(Instant),
      problem: z.nullable(z.string()),
      resting_until: z.nullable(Instant),
      newest_at: z.nullable(Instant),
    }),
  ),
  runs: z.array(
    z.object({
      due_at: Instant,
      started_at: Instant,
      finished_at: Instant,
      assets: z.number(),
      requests: z.number(),
      new: z.number(),
      known: z.number(),
      unusable: z.number(),
      failures: z.array(Failure),
    }),
  ),
  next_run_at: Instant,
  is_late: z.boolean(),
});

export type Label = z.infer<typeof Label>;
export type Sentiment = z.infer<typeof Sentiment>;
export type NewsItem = z.infer<typeof NewsItem>;
export type News = z.infer<typeof News>;
export type Feed = z.infer<typeof Feed>;
export type NewsHealth = z.infer<typeof NewsHealth>;
export type Feeds = z.infer<typeof Feeds>;
