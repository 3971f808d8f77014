"""An index of candles that led astray."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SCRIPT = """
-- Of a tenant whose candles have no statistics yet it was taken for looking up one asset's: every candle, for each.
DROP INDEX candles_by_age;
CREATE INDEX candles_by_age ON candles (tenant_id, seconds, start) WHERE is_rolled_up;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        DROP INDEX candles_by_age;
        CREATE INDEX candles_by_age ON candles (tenant_id, seconds, start);
    """)
