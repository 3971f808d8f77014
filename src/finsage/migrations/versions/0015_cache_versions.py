"""Versions of what may be kept in memory: of everything under a tag, and of each array of closes."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SCRIPT = """
-- Of the installation. Logged: after a crash an old version must not come again.
CREATE TABLE cache_versions (
    tag text PRIMARY KEY CHECK (length(tag) BETWEEN 1 AND 100),
    version uuid NOT NULL DEFAULT gen_random_uuid()
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON cache_versions TO finsage_app;
GRANT SELECT ON cache_versions TO finsage_backup;

-- For models, which read many: numbers without conversion, and what tells whether an array is the one that is known.
ALTER TABLE price_years
    ADD COLUMN floats double precision[] GENERATED ALWAYS AS (closes::double precision[]) STORED,
    ADD COLUMN version uuid NOT NULL DEFAULT gen_random_uuid();
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql(
        "DROP TABLE cache_versions; ALTER TABLE price_years DROP COLUMN floats, DROP COLUMN version"
    )
