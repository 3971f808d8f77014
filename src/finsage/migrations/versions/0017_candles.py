"""Prices within a day: candles of a minute, five minutes, an hour and a day."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SCRIPT = """
-- ``is_given``: a provider said it in this width; else it was made from prices or narrower candles, and is made anew
-- where one of those changes. ``is_rolled_up``: the wider one that holds it knows it.
CREATE TABLE candles (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    seconds integer NOT NULL CHECK (seconds IN (60, 300, 3600, 86400)),
    start timestamptz NOT NULL,
    open numeric NOT NULL CHECK (open > 0),
    high numeric NOT NULL CHECK (high >= open AND high >= close),
    low numeric NOT NULL CHECK (low <= open AND low <= close AND low > 0),
    close numeric NOT NULL,
    volume numeric CHECK (volume >= 0),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz NOT NULL CHECK (closed_at >= opened_at),
    is_given boolean NOT NULL,
    is_rolled_up boolean NOT NULL,
    PRIMARY KEY (tenant_id, asset_id, seconds, start),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX candles_to_roll_up ON candles (tenant_id, seconds) WHERE NOT is_rolled_up;
CREATE INDEX candles_by_age ON candles (tenant_id, seconds, start);
ALTER TABLE candles ENABLE ROW LEVEL SECURITY;
ALTER TABLE candles FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON candles FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid)
        OR tenant_id = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE POLICY inserting ON candles FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON candles FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON candles FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON candles TO finsage_app;
GRANT SELECT ON candles TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE candles")
