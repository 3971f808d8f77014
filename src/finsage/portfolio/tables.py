"""The tables this slice owns; constraints, policies and guards stand in the migrations."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

portfolios = Table(
    "portfolios",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("user_id", Uuid),
    Column("name", Text),
    Column("base_currency", Text),
    Column("lot_method", Text),
    Column("lot_scope", Text),
    Column("cash", Text),
    Column("fees_in_cost", Boolean),
    Column("oversell", Text),
    Column("time_zone", Text),
    Column("is_demo", Boolean),
    Column("sequence_next", BigInteger),
    Column("created_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True)),
)

imports = Table(
    "imports",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("user_id", Uuid),
    Column("file_name", Text),
    Column("format", Text),
    Column("state", Text),
    Column("content_hash", Text),
    Column("content", LargeBinary),
    Column("options", JSONB),
    Column("resolutions", JSONB),
    Column("summary", JSONB),
    Column("created_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("reverted_at", DateTime(timezone=True)),
    Column("job_id", Uuid),
    Column("preview", LargeBinary),
)

import_pages = Table(
    "import_pages",
    metadata,
    Column("tenant_id", Uuid),
    Column("import_id", Uuid),
    Column("ordinal", Integer),
    Column("line_first", Integer),
    Column("line_last", Integer),
    Column("counts", JSONB),
    Column("rows", LargeBinary),
    Column("requests", LargeBinary),
)

import_templates = Table(
    "import_templates",
    metadata,
    Column("tenant_id", Uuid),
    Column("id", Uuid),
    Column("user_id", Uuid),
    Column("name", Text),
    Column("signature", Text),
    Column("header", ARRAY(Text)),
    Column("mapping", JSONB),
    Column("created_at", DateTime(timezone=True)),
)

transactions = Table(
    "transactions",
    metadata,
    Column("tenant_id", Uuid),
    Column("booked_on", Date),
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("user_id", Uuid),
    Column("sequence", BigInteger),
    Column("type", Text),
    Column("executed_at", DateTime(timezone=True)),
    Column("account", Text),
    Column("asset_id", Uuid),
    Column("symbol", Text),
    Column("quantity", Numeric),
    Column("price", Numeric),
    Column("total_amount", Numeric),
    Column("currency", Text),
    Column("draft", JSONB),
    Column("note", Text),
    Column("tags", ARRAY(Text)),
    Column("import_id", Uuid),
    Column("reverses_id", Uuid),
    Column("recorded_at", DateTime(timezone=True)),
)

postings = Table(
    "postings",
    metadata,
    Column("tenant_id", Uuid),
    Column("booked_on", Date),
    Column("transaction_id", Uuid),
    Column("ordinal", SmallInteger),
    Column("portfolio_id", Uuid),
    Column("kind", Text),
    Column("account", Text),
    Column("asset", Text),
    Column("amount", Numeric),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("fingerprint", LargeBinary),
    Column("transaction_id", Uuid),
    Column("booked_on", Date),
)

reversals = Table(
    "reversals",
    metadata,
    Column("tenant_id", Uuid),
    Column("reversed_id", Uuid),
    Column("reversal_id", Uuid),
)

successors = Table(
    "successors",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("transaction_id", Uuid),
    Column("successor_id", Uuid),
)

transaction_labels = Table(
    "transaction_labels",
    metadata,
    Column("tenant_id", Uuid),
    Column("transaction_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("user_id", Uuid),
    Column("note", Text),
    Column("tags", ARRAY(Text)),
    Column("updated_at", DateTime(timezone=True)),
)

balances = Table(
    "balances",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("account", Text),
    Column("asset", Text),
    Column("amount", Numeric),
)

lots = Table(
    "lots",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("id", Text),
    Column("account", Text),
    Column("asset", Text),
    Column("acquired_on", Date),
    Column("quantity_acquired", Numeric),
    Column("quantity", Numeric),
    Column("cost_basis", Numeric),
    Column("cost_basis_local", Numeric),
    Column("fee_cost", Numeric),
)

holdings = Table(
    "holdings",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("asset", Text),
    Column("symbol", Text),
    Column("quantity", Numeric),
    Column("average_price", Numeric),
    Column("cost_basis", Numeric),
    Column("missing_quantity", Numeric),
    Column("purchased_on", Date),
    Column("updated_at", DateTime(timezone=True)),
)

valuations = Table(
    "valuations",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("as_of", Date),
    Column("market_value", Numeric),
    Column("computed_at", DateTime(timezone=True)),
)

targets = Table(
    "targets",
    metadata,
    Column("tenant_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("division", Text),
    Column("key", Text),
    Column("weight", Numeric),
)

asset_merge_transactions = Table(
    "asset_merge_transactions",
    metadata,
    Column("tenant_id", Uuid),
    Column("asset_id", Uuid),
    Column("transaction_id", Uuid),
    Column("replacement_id", Uuid),
)
