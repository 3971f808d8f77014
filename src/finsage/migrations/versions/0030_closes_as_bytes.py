"""The closes of an asset-year for models as one run of bytes: arrays were sent by element, each with its length.

Reading 250 assets over 12 years takes less than half the CPU; writing an asset-year takes a tenth of a millisecond
more.
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SCRIPT = """
-- Of each close the days since 1970 (4 bytes) and a float64 (8), both most significant byte first.
CREATE FUNCTION closes_as_bytes(days date[], closes numeric[]) RETURNS bytea LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    RETURN (SELECT coalesce(string_agg(int4send(day - date '1970-01-01') || float8send(close::float8), ''), '')
        FROM unnest(days, closes) AS pairs (day, close));
ALTER TABLE price_years
    DROP COLUMN floats,
    ADD COLUMN packed bytea NOT NULL GENERATED ALWAYS AS (public.closes_as_bytes(days, closes)) STORED;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("""
        ALTER TABLE price_years
            DROP COLUMN packed,
            ADD COLUMN floats double precision[] GENERATED ALWAYS AS (closes::double precision[]) STORED;
        DROP FUNCTION closes_as_bytes(date[], numeric[]);
    """)
