import * as z from 'zod/mini';
import { PutAside } from './data-health';
import { Asset, AssetClass, overDays } from './market';
import { Holding } from './portfolios';
import { DayText, Decimal, Failure, Id, Instant, Ratio } from './scalars';

const Merged = z.object({ asset_id: Id, symbol: z.string(), name: z.string(), merged_at: Instant });

export const AssetDetail = z.extend(Asset, {
  former_symbols: z.array(z.object({ symbol: z.string(), mic: z.string(), until: Instant })),
  merged_into: z.nullable(Merged),
  merged: z.array(Merged),
});

export const AssetAdded = z.extend(Asset, { job_id: z.nullable(Id) });

export const AssetChanged = z.object({
  id: Id,
  symbol: z.string(),
  name: z.string(),
  asset_class: AssetClass,
  currency: z.string(),
  isin: z.nullable(z.string()),
  mic: z.string(),
});

/** The order is that in which providers are asked; caip19 is no provider. */
export const SCHEMES = ['coingecko', 'stooq', 'yahoo', 'exchanges', 'caip19'] as const;
const Identifier = z.object({ scheme: z.enum(SCHEMES), value: z.string() });
export const Identifiers = z.object({ items: z.array(Identifier) });
export const IdentifiersPut = z.extend(Identifiers, { job_id: z.nullable(Id) });

/** An address that answers JSON, and paths to what it says. The secret that goes with it is never told. */
const JsonSource = z.object({
  asset_id: Id,
  url: z.string(),
  price_path: z.string(),
  as_of_path: z.nullable(z.string()),
  currency_path: z.nullable(z.string()),
  is_first: z.boolean(),
  key: z.nullable(z.object({ sent_as: z.enum(['header', 'query']), name: z.string() })),
  set_at: Instant,
  asked_at: z.nullable(Instant),
  answered_at: z.nullable(Instant),
  problem: z.nullable(z.string()),
  detail: z.nullable(z.string()),
});
export const JsonSourceOfAsset = z.object({ source: z.nullable(JsonSource) });
export const JsonSourcePut = z.extend(JsonSource, { job_id: Id });
/** What a source says now; the price as it states it, which may be none. */
export const JsonReading = z.object({
  price: z.string(),
  currency: z.nullable(z.string()),
  as_of: z.nullable(Instant),
  received_at: Instant,
  days: z.number(),
  newest: z.array(z.object({ day: DayText, price: Decimal })),
  decision: z.enum(['keep', 'flag', 'quarantine']),
  detail: z.string(),
});

export const PriceQuality = z.object({
  asset_id: Id,
  price: z.nullable(Decimal),
  currency: z.string(),
  as_of: z.nullable(DayText),
  quoted_at: z.nullable(Instant),
  age_days: z.nullable(z.number()),
  stale_after_days: z.number(),
  is_stale: z.boolean(),
  is_followed: z.boolean(),
  provider: z.nullable(z.string()),
  asked_at: z.nullable(Instant),
  flag: z.nullable(z.string()),
  problem: z.nullable(z.string()),
  sources: z.array(z.object({ source: z.string(), closes: z.number(), first: DayText, last: DayText })),
  quarantine: z.array(PutAside),
});

export const Candles = z.object({
  ...overDays,
  asset_id: Id,
  currency: z.string(),
  interval: z.string(),
  kept_days: z.nullable(z.number()),
  items: z.array(
    z.object({
      start: Instant,
      open: Decimal,
      high: Decimal,
      low: Decimal,
      close: Decimal,
      volume: z.nullable(Decimal),
    }),
  ),
});

export const AssetHoldings = z.object({
  items: z.array(
    z.object({
      portfolio_id: Id,
      portfolio_name: z.string(),
      base_currency: z.string(),
      as_of: DayText,
      holding: z.nullable(Holding),
    }),
  ),
  next_cursor: z.null(),
});

export const Merge = z.object({ asset_id: Id, rebooked: z.number() });

export const Hit = z.object({
  symbol: z.string(),
  name: z.string(),
  asset_class: z.nullable(AssetClass),
  currency: z.nullable(z.string()),
  mic: z.string(),
  isin: z.nullable(z.string()),
  identifiers: z.array(Identifier),
  asset_id: z.nullable(Id),
  is_own: z.boolean(),
  is_simulated: z.boolean(),
  providers: z.array(z.string()),
});

export const MarketSearch = z.object({
  items: z.array(Hit),
  /** Borne by several of the items: nothing may be chosen by one of them. */
  ambiguous_symbols: z.array(z.string()),
  asked: z.array(z.string()),
  failures: z.array(Failure),
  next_cursor: z.nullable(z.null()),
});

export const Watchlist = z.object({
  id: Id,
  name: z.string(),
  asset_ids: z.array(Id),
  created_at: Instant,
});
export const Watchlists = z.object({ items: z.array(Watchlist), next_cursor: z.null() });

const Watched = z.object({
  asset: Asset,
  day_return: Ratio,
  day_return_since: z.nullable(DayText),
  price_history: z.array(z.number()),
});
export const WatchlistDetail = z.extend(Watchlist, {
  items: z.array(Watched),
  next_cursor: z.nullable(z.null()),
});

export type AssetDetail = z.infer<typeof AssetDetail>;
export type Identifier = z.infer<typeof Identifier>;
export type JsonSource = z.infer<typeof JsonSource>;
export type JsonReading = z.infer<typeof JsonReading>;
export type PriceQuality = z.infer<typeof PriceQuality>;
export type AssetHoldings = z.infer<typeof AssetHoldings>;
export type Hit = z.infer<typeof Hit>;
export type MarketSearch = z.infer<typeof MarketSearch>;
export type Watchlist = z.infer<typeof Watchlist>;
export type WatchlistDetail = z.infer<typeof WatchlistDetail>;
export type Watched = z.infer<typeof Watched>;
