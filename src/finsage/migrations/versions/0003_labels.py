"""Notes and tags beside transactions.

A transaction is append-only, and what somebody writes beside it is no fact of the ledger: it stands in a table of its
own and may change. A row stands before the note and tags the transaction was recorded with.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE transaction_labels (
    tenant_id uuid NOT NULL,
    transaction_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    user_id uuid NOT NULL,
    note text NOT NULL CHECK (length(note) <= 4000),
    tags text[] NOT NULL CHECK (cardinality(tags) <= 50),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, transaction_id),
    -- Erased with its portfolio.
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_transaction_labels_portfolio ON transaction_labels (tenant_id, portfolio_id);

-- The partners of a transfer, also in another portfolio.
CREATE INDEX idx_transactions_group ON transactions (tenant_id, (draft ->> 'group'))
    WHERE draft ->> 'group' IS NOT NULL;

ALTER TABLE transaction_labels ENABLE ROW LEVEL SECURITY;
ALTER TABLE transaction_labels FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON transaction_labels FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON transaction_labels FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON transaction_labels FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON transaction_labels FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));

GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_labels TO finsage_app;
GRANT SELECT ON transaction_labels TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLE)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP INDEX idx_transactions_group; DROP TABLE transaction_labels")
