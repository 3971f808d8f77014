"""Candles within a day as providers give them: when they were asked for, and those that were not believed."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SCRIPT = """
ALTER TABLE asset_refreshes ADD COLUMN candles_asked_at timestamptz, ADD COLUMN candles_given_at timestamptz;

-- ``seconds``: what interval a price put aside is of. Only that of a day can become a close.
ALTER TABLE quarantined_prices
    ADD COLUMN seconds integer NOT NULL DEFAULT 86400 CHECK (seconds IN (300, 3600, 86400)),
    DROP CONSTRAINT quarantined_prices_tenant_id_asset_id_provider_day_reason_v_key,
    ADD UNIQUE (tenant_id, asset_id, provider, day, seconds, reason, value);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        DELETE FROM quarantined_prices WHERE seconds < 86400;
        ALTER TABLE quarantined_prices DROP COLUMN seconds;
        ALTER TABLE quarantined_prices ADD UNIQUE (tenant_id, asset_id, provider, day, reason, value);
        ALTER TABLE asset_refreshes DROP COLUMN candles_asked_at, DROP COLUMN candles_given_at;
    """)
