"""Which transaction stands in the place of which.

A correction, a restoring, a booking anew and a file read again each put a transaction in the place of one that is
reversed. Where that is not kept, the old one can be restored beside the new one, and the money is there twice.
The fingerprint of a source record stays with the transaction that carries it and counts while that is in force, so
reversals no longer delete it.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE successors (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    successor_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, transaction_id, successor_id),
    -- Erased with its portfolio.
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_successors_portfolio ON successors (tenant_id, portfolio_id);

ALTER TABLE successors ENABLE ROW LEVEL SECURITY;
ALTER TABLE successors FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON successors FOR SELECT USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON successors FOR INSERT WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON successors FOR UPDATE USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON successors FOR DELETE USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));

GRANT SELECT, INSERT ON successors TO finsage_app, finsage_ingest;
GRANT SELECT ON successors TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    # The version before takes every fingerprint for booked, also those of what is reversed.
    msg = "The books are not thrown away by a downgrade; restore a backup instead."
    raise NotImplementedError(msg)
