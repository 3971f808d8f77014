"""The guard finds the transactions of postings as a set, whatever the planner takes a table for.

While rows that are not committed yet fill a partition, autovacuum may note that it has many pages and no rows, and a
plan made for the empty partition is kept. Every index that starts with the tenant is then as good as the key, and a
look-up per transaction read all of the tenant's transactions of the year: 30,000 of them took minutes.
"""

from __future__ import annotations

from importlib import import_module

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Planned each time: the plan of an empty partition would be kept while it fills. At worst it reads the tenant's
# transactions of the years once. Ids sort as they were made, so that those of a chunk lie together.
GUARD = """
CREATE OR REPLACE FUNCTION check_postings_sum_to_zero() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off AS $$
DECLARE
    broken record;
    reach record;
    strays bigint;
BEGIN
    SELECT transaction_id, asset, sum(amount) AS remainder INTO broken
    FROM inserted GROUP BY transaction_id, asset HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'postings of transaction % do not sum to zero: % of %',
            broken.transaction_id, broken.remainder, broken.asset USING ERRCODE = 'check_violation';
    END IF;
    -- All postings of a transaction come in one INSERT. Each INSERT must bring the posting with ordinal 0, and the
    -- primary key lets a transaction have one of those: it cannot grow. (Counting what is stored costs a look-up in
    -- every partition per transaction.)
    IF EXISTS (SELECT 1 FROM inserted GROUP BY tenant_id, transaction_id HAVING min(ordinal) <> 0) THEN
        RAISE EXCEPTION 'postings of a transaction must be inserted by one statement'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT min(booked_on) AS first_day, max(booked_on) AS last_day,
        min(transaction_id::text)::uuid AS first_id, max(transaction_id::text)::uuid AS last_id
    INTO reach FROM inserted;
    EXECUTE 'SELECT count(*) FROM (
            SELECT tenant_id, booked_on, transaction_id, portfolio_id FROM inserted
            EXCEPT SELECT tenant_id, booked_on, id, portfolio_id FROM transactions
            WHERE booked_on BETWEEN $1 AND $2 AND id BETWEEN $3 AND $4
        ) AS stray' INTO strays USING reach.first_day, reach.last_day, reach.first_id, reach.last_id;
    IF strays > 0 THEN
        RAISE EXCEPTION 'postings of a transaction that is not in this portfolio'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO balances AS b (tenant_id, portfolio_id, account, asset, amount)
    SELECT tenant_id, portfolio_id, account, asset, sum(amount)
    FROM inserted WHERE kind = 'asset' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, portfolio_id, account, asset) DO UPDATE SET amount = b.amount + excluded.amount;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(GUARD.replace("%", "%%"))


def downgrade() -> None:
    before = import_module("finsage.migrations.versions.0006_import_pages")
    op.get_bind().exec_driver_sql(before.GUARD.replace("%", "%%"))
