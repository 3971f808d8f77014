"""A large import is taken back by a job: while it is, the state is ``reverting``."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATES = """
ALTER TABLE imports DROP CONSTRAINT imports_state_check;
ALTER TABLE imports ADD CONSTRAINT imports_state_check
    CHECK (state IN ('reading', 'preview', 'booking', 'confirmed',{reverting} 'reverted', 'discarded'));
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(STATES.format(reverting=" 'reverting',"))


def downgrade() -> None:
    # Nothing of such an import was taken back yet; the owner is under the policies too, which then show no tenant's.
    op.get_bind().exec_driver_sql("ALTER TABLE imports NO FORCE ROW LEVEL SECURITY")
    op.get_bind().exec_driver_sql("UPDATE imports SET state = 'confirmed' WHERE state = 'reverting'")
    op.get_bind().exec_driver_sql("ALTER TABLE imports FORCE ROW LEVEL SECURITY")
    op.get_bind().exec_driver_sql(STATES.format(reverting=""))
