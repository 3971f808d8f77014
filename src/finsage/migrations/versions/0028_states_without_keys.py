"""Whether a provider has the key it needs is told by the settings and the keys that were entered, not by its state."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE provider_states DROP COLUMN is_usable")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE provider_states ADD COLUMN is_usable boolean NOT NULL DEFAULT true")
