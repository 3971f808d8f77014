"""What a long job is at, and how many of how many it has done."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SCRIPT = """
-- ``stage`` says what is counted, as 'rows read'; of how many is not always known before.
ALTER TABLE job_states
    ADD COLUMN stage text CHECK (length(stage) <= 80),
    ADD COLUMN done bigint CHECK (done >= 0),
    ADD COLUMN total bigint CHECK (total >= 0);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE job_states DROP COLUMN stage, DROP COLUMN done, DROP COLUMN total;")
