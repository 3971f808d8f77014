"""The tables this slice owns; constraints and policies stand in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
)

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
