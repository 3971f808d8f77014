"""What tells that the keys fit the database, and when somebody last proved who they are."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCRIPT = """
-- One row that must decrypt, or the keys beside the database are not those it was written with.
CREATE TABLE key_canary (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    sealed text NOT NULL CHECK (starts_with(sealed, 'v1|') AND length(sealed) <= 2000)
);
GRANT SELECT, INSERT, UPDATE ON key_canary TO finsage_app;
GRANT SELECT ON key_canary TO finsage_backup;

-- Signing in is a proof; typing the password again is another.
ALTER TABLE sessions ADD COLUMN proved_at timestamptz;
UPDATE sessions SET proved_at = created_at;
ALTER TABLE sessions ALTER COLUMN proved_at SET DEFAULT now(), ALTER COLUMN proved_at SET NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("ALTER TABLE sessions DROP COLUMN proved_at; DROP TABLE key_canary")
