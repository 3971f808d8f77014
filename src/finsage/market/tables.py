"""The tables this slice owns; constraints and policies stand in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from finsage.platform.resealing import SealedColumn

metadata = MetaData()

assets = Table(
    "assets",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("symbol", Text),
    Column("name", Text),
    Column("asset_class", Text),
    Column("currency", Text),
    Column("isin", Text),
    Column("mic", Text),
    Column("is_simulated", Boolean),
    Column("created_at", DateTime(timezone=True)),
)

asset_identifiers = Table(
    "asset_identifiers",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("scheme", Text),
    Column("value", Text),
    Column("position", Integer),
    Column("told_symbol", Text),
    Column("told_name", Text),
    Column("told_isin", Text),
    Column("told_at", DateTime(timezone=True)),
    Column("doubt_reason", Text),
    Column("doubt", Text),
)

prices = Table(
    "prices",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("day", Date),
    Column("close", Numeric),
    Column("source", Text),
    Column("recorded_at", DateTime(timezone=True)),
)

price_years = Table(
    "price_years",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("year", Integer),
    Column("days", ARRAY(Date)),
    Column("closes", ARRAY(Numeric)),
    Column("packed", LargeBinary),
    Column("version", Uuid),
)

candles = Table(
    "candles",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("seconds", Integer),
    Column("start", DateTime(timezone=True)),
    Column("open", Numeric),
    Column("high", Numeric),
    Column("low", Numeric),
    Column("close", Numeric),
    Column("volume", Numeric),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("is_given", Boolean),
    Column("is_rolled_up", Boolean),
)

asset_splits = Table(
    "asset_splits",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("day", Date),
    Column("units_before", Numeric),
    Column("units_after", Numeric),
    Column("source", Text),
    Column("recorded_at", DateTime(timezone=True)),
)

exchange_rates = Table(
    "exchange_rates",
    metadata,
    Column("source", Text),
    Column("currency", Text),
    Column("year", Integer),
    Column("days", ARRAY(Date)),
    Column("rates", ARRAY(Numeric)),
)

rate_files = Table(
    "rate_files",
    metadata,
    Column("source", Text),
    Column("content_hash", LargeBinary),
    Column("last_day", Date),
    Column("loaded_at", DateTime(timezone=True)),
)

provider_keys = Table(
    "provider_keys",
    metadata,
    Column("provider", Text),
    Column("sealed", Text),
    Column("set_at", DateTime(timezone=True)),
)

json_sources = Table(
    "json_sources",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("url", Text),
    Column("price_path", Text),
    Column("as_of_path", Text),
    Column("currency_path", Text),
    Column("is_first", Boolean),
    Column("key_sent_as", Text),
    Column("key_name", Text),
    Column("sealed_key", Text),
    Column("set_at", DateTime(timezone=True)),
    Column("asked_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    Column("problem", Text),
    Column("detail", Text),
    Column("content_hash", LargeBinary),
)

asset_refreshes = Table(
    "asset_refreshes",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("claimed_by", Uuid),
    Column("claimed_until", DateTime(timezone=True)),
    Column("asked_at", DateTime(timezone=True)),
    Column("provider", Text),
    Column("as_of", DateTime(timezone=True)),
    Column("content_hashes", ARRAY(LargeBinary)),
    Column("flag", Text),
    Column("problem", Text),
    Column("backfill_job", Uuid),
    Column("deviation", Text),
    Column("compared_at", DateTime(timezone=True)),
    Column("candles_asked_at", DateTime(timezone=True)),
    Column("candles_given_at", DateTime(timezone=True)),
)

provider_states = Table(
    "provider_states",
    metadata,
    Column("provider", Text),
    Column("answered_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("problem", Text),
    Column("detail", Text),
    Column("newest_price_at", DateTime(timezone=True)),
    Column("is_circuit_open", Boolean),
    Column("resting_until", DateTime(timezone=True)),
    Column("retries_left", Double),
    Column("asks_per_minute", Double),
    Column("updated_at", DateTime(timezone=True)),
)

quarantined_prices = Table(
    "quarantined_prices",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("asset_id", Uuid),
    Column("provider", Text),
    Column("day", Date),
    Column("value", Text),
    Column("currency", Text),
    Column("reason", Text),
    Column("detail", Text),
    Column("content_hashes", ARRAY(LargeBinary)),
    Column("times", Integer),
    Column("found_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True)),
    Column("state", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("seconds", Integer),
)

watchlists = Table(
    "watchlists",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("name", Text),
    Column("position", Integer),
    Column("created_at", DateTime(timezone=True)),
)

watchlist_items = Table(
    "watchlist_items",
    metadata,
    Column("tenant_id", Uuid),
    Column("watchlist_id", Uuid),
    Column("asset_id", Uuid),
    Column("position", Integer),
    Column("added_at", DateTime(timezone=True)),
)

former_symbols = Table(
    "former_symbols",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("symbol", Text),
    Column("mic", Text),
    Column("until", DateTime(timezone=True)),
    Column("name", Text),
)

asset_merges = Table(
    "asset_merges",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("into_id", Uuid),
    Column("merged_at", DateTime(timezone=True)),
)

provider_answers = Table(
    "provider_answers",
    metadata,
    Column("provider", Text),
    Column("content_hash", LargeBinary),
    Column("url", Text),
    Column("received_at", DateTime(timezone=True)),
)

refresh_runs = Table(
    "refresh_runs",
    metadata,
    Column("name", Text),
    Column("due_at", DateTime(timezone=True)),
    Column("started_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("assets", Integer),
    Column("requests", Integer),
    Column("written", Integer),
    Column("unchanged", Integer),
    Column("flagged", Integer),
    Column("quarantined", Integer),
    Column("missing", Integer),
    Column("failures", JSONB),
)

news_feeds = Table(
    "news_feeds",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("url", Text),
    Column("title", Text),
    Column("added_at", DateTime(timezone=True)),
    Column("asked_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True)),
    Column("problem", Text),
)

news_items = Table(
    "news_items",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("url_hash", LargeBinary),
    Column("url", Text),
    Column("title", Text),
    Column("summary", Text),
    Column("publisher", Text),
    Column("language", Text),
    Column("provider", Text),
    Column("feed_id", Uuid),
    Column("mentions", ARRAY(Text)),
    Column("published_at", DateTime(timezone=True)),
    Column("fetched_at", DateTime(timezone=True)),
    Column("shown_at", DateTime(timezone=True)),
    Column("stored_at", DateTime(timezone=True)),
    Column("content_hash", LargeBinary),
    Column("sentiment_model", Text),
    Column("sentiment", Text),
    Column("sentiment_probabilities", ARRAY(Double)),
    Column("sentiment_words", JSONB),
)

news_links = Table(
    "news_links",
    metadata,
    Column("tenant_id", Uuid),
    Column("item_id", Uuid),
    Column("asset_id", Uuid),
    Column("matched_by", Text),
    Column("term", Text),
)

news_marks = Table(
    "news_marks",
    metadata,
    Column("tenant_id", Uuid),
    Column("names_hash", LargeBinary),
    Column("matched_until", DateTime(timezone=True)),
)

SEALED = (
    SealedColumn("provider_keys", "sealed", "provider"),
    SealedColumn("json_sources", "sealed_key", "asset_id", has_tenant=True),
)
"""What is encrypted, so that it can be sealed anew with another key."""
