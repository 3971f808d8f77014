"""Large imports are read and booked by jobs; what was read is kept in pages.

A page holds some thousand rows, packed: what is shown of them in the order of the file, and what is to be booked in the
order of time. So a page of a list, or the confirmation, does not read the file again. ``preview`` holds the rest of
what there is to decide on. Both can be made anew from the file.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCRIPT = """
ALTER TABLE imports DROP CONSTRAINT imports_state_check;
ALTER TABLE imports ADD CONSTRAINT imports_state_check
    CHECK (state IN ('reading', 'preview', 'booking', 'confirmed', 'reverted', 'discarded'));
ALTER TABLE imports ADD COLUMN job_id uuid, ADD COLUMN preview bytea;

CREATE TABLE import_pages (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    ordinal integer NOT NULL,
    line_first integer NOT NULL,
    line_last integer NOT NULL,
    counts jsonb NOT NULL,
    rows bytea NOT NULL,
    requests bytea NOT NULL,
    PRIMARY KEY (tenant_id, import_id, ordinal),
    FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE import_pages ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_pages FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON import_pages FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON import_pages FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON import_pages FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON import_pages FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON import_pages TO finsage_app;
GRANT SELECT ON import_pages TO finsage_backup;
"""

# Within one transaction the planner takes a growing table for the empty one it was, and the plan of the guard is kept:
# for each chunk of an import it read all that had come before. A look-up by key per transaction cannot be planned
# otherwise, and costs the same however many there are.
GUARD = """
CREATE OR REPLACE FUNCTION check_postings_sum_to_zero() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    broken record;
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
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT tenant_id, booked_on, transaction_id, portfolio_id FROM inserted) AS fresh
        WHERE (
            SELECT t.portfolio_id FROM transactions t
            WHERE t.tenant_id = fresh.tenant_id AND t.booked_on = fresh.booked_on AND t.id = fresh.transaction_id
        ) IS DISTINCT FROM fresh.portfolio_id
    ) THEN
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
    op.get_bind().exec_driver_sql(SCRIPT)
    op.get_bind().exec_driver_sql(GUARD.replace("%", "%%"))


def downgrade() -> None:
    # The version before knows no import that is being read or booked, and the owner of the tables, who is under their
    # policies too, sees no tenant's.
    msg = "Imports are not thrown away by a downgrade; restore a backup instead."
    raise NotImplementedError(msg)
