"""Under a former symbol an asset had a name, too: headlines of then are about what it was called."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what was renamed before, the name is not known.
    op.get_bind().exec_driver_sql("ALTER TABLE former_symbols ADD COLUMN name text NOT NULL DEFAULT ''")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE former_symbols DROP COLUMN name")
