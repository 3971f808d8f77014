"""Targets of a portfolio's allocation, and its policy for units sold that were never bought."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCRIPT = """
ALTER TABLE portfolios ADD COLUMN oversell text NOT NULL DEFAULT 'missing' CHECK (oversell IN ('missing', 'short'));

-- Wishes, no facts: they are replaced and go with their portfolio.
CREATE TABLE targets (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    division text NOT NULL CHECK (division IN ('asset', 'asset_class', 'currency')),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 36),
    weight numeric NOT NULL CHECK (weight > 0 AND weight <= 1 AND scale(weight) <= 36),
    PRIMARY KEY (tenant_id, portfolio_id, division, key),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE targets ENABLE ROW LEVEL SECURITY;
ALTER TABLE targets FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON targets FOR SELECT USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON targets FOR INSERT WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON targets FOR UPDATE USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON targets FOR DELETE USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON targets TO finsage_app;
GRANT SELECT ON targets TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE targets; ALTER TABLE portfolios DROP COLUMN oversell")
