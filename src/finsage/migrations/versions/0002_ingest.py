"""The ingest role may link a reversal with what it reverses: a large import is reverted by the path it came by."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCRIPT = """
GRANT SELECT, INSERT ON reversals TO finsage_ingest;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("REVOKE SELECT, INSERT ON reversals FROM finsage_ingest")
