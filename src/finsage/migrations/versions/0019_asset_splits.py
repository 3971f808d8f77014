"""Splits that providers tell of, so that prices of both sides can be compared."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SCRIPT = """
-- From ``day`` on, ``units_before`` old units are ``units_after`` new ones. What the books know of is not here again.
CREATE TABLE asset_splits (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    day date NOT NULL,
    units_before numeric NOT NULL CHECK (units_before > 0 AND units_before < 'Infinity'::numeric),
    units_after numeric NOT NULL CHECK (units_after > 0 AND units_after < 'Infinity'::numeric),
    source text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, asset_id, day),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE asset_splits ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_splits FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON asset_splits FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid)
        OR tenant_id = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE POLICY inserting ON asset_splits FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON asset_splits FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON asset_splits FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON asset_splits TO finsage_app;
GRANT SELECT ON asset_splits TO finsage_backup;

-- The few splits of an asset among the transactions of a tenant.
CREATE INDEX idx_transactions_splits ON transactions (tenant_id, asset_id) WHERE type IN ('split', 'bonus');
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP INDEX idx_transactions_splits; DROP TABLE asset_splits")
