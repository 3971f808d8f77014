"""Lists of assets to watch; what assets were called before, and which of them are one."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE watchlists (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    position integer NOT NULL CHECK (position >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);

-- An asset may be everyone's: no key leads to it.
CREATE TABLE watchlist_items (
    tenant_id uuid NOT NULL,
    watchlist_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    position integer NOT NULL CHECK (position >= 0),
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, watchlist_id, asset_id),
    FOREIGN KEY (tenant_id, watchlist_id) REFERENCES watchlists (tenant_id, id) ON DELETE CASCADE
);

-- What an asset of the tenant was called before: a file that still says so means it, while nothing else is called so.
CREATE TABLE former_symbols (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    symbol text NOT NULL CHECK (length(symbol) BETWEEN 1 AND 120),
    mic text NOT NULL CHECK (length(mic) <= 4),
    until timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, asset_id, symbol, mic),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_former_symbols_symbol ON former_symbols (tenant_id, lower(symbol));

-- For this tenant ``asset_id`` is ``into_id``. Either may be everyone's.
CREATE TABLE asset_merges (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    into_id uuid NOT NULL CHECK (into_id <> asset_id),
    merged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, asset_id)
);
CREATE INDEX idx_asset_merges_into ON asset_merges (tenant_id, into_id);

-- Which transaction was booked anew as which, so that a merge can be undone.
CREATE TABLE asset_merge_transactions (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    replacement_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, asset_id, transaction_id),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES asset_merges (tenant_id, asset_id) ON DELETE CASCADE
);
"""

TABLES = ("watchlists", "watchlist_items", "former_symbols", "asset_merges", "asset_merge_transactions")

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON {table} FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON {table} FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON {table} FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON {table} FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO finsage_app;
GRANT SELECT ON {table} TO finsage_backup;
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SCRIPT)
    for table in TABLES:
        connection.exec_driver_sql(POLICIES.format(table=table))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(f"DROP TABLE {', '.join(reversed(TABLES))}")
