"""Places in time for requests to hosts outside, shared by all processes."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCRIPT = """
-- Of the installation, not of a tenant. Unlogged: after a crash everyone begins anew, and no backup needs it.
CREATE UNLOGGED TABLE outbound_buckets (
    name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 300),
    arrival timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON outbound_buckets TO finsage_app;
GRANT SELECT ON outbound_buckets TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE outbound_buckets")
