"""How each provider stands, what it calls an asset, and what other sources say of a price."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCRIPT = """
-- Of the installation. Written by whichever worker asked last: a page may be served by a process that never asks.
CREATE TABLE provider_states (
    provider text PRIMARY KEY CHECK (length(provider) BETWEEN 1 AND 40),
    is_usable boolean NOT NULL,
    answered_at timestamptz,
    failed_at timestamptz,
    problem text,
    detail text,
    newest_price_at timestamptz,
    is_circuit_open boolean,
    resting_until timestamptz,
    retries_left double precision,
    asks_per_minute double precision,
    updated_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_states TO finsage_app;
GRANT SELECT ON provider_states TO finsage_backup;

-- ``deviation`` is what other sources said when they were compared last, where it differed.
ALTER TABLE asset_refreshes ADD COLUMN backfill_job uuid, ADD COLUMN deviation text,
    ADD COLUMN compared_at timestamptz;

-- What a provider called an asset when it was first asked, and why it may be another one now.
ALTER TABLE asset_identifiers ADD COLUMN told_symbol text, ADD COLUMN told_name text, ADD COLUMN told_isin text,
    ADD COLUMN told_at timestamptz, ADD COLUMN doubt_reason text, ADD COLUMN doubt text;
"""

REMOVAL = """
ALTER TABLE asset_identifiers DROP COLUMN told_symbol, DROP COLUMN told_name, DROP COLUMN told_isin,
    DROP COLUMN told_at, DROP COLUMN doubt_reason, DROP COLUMN doubt;
ALTER TABLE asset_refreshes DROP COLUMN backfill_job, DROP COLUMN deviation, DROP COLUMN compared_at;
DROP TABLE provider_states;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql(REMOVAL)
