"""What an asset is called at providers and on chains."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCRIPT = """
-- ``position`` is the order in which providers are asked; an asset without a row is never asked for.
CREATE TABLE asset_identifiers (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    scheme text NOT NULL CHECK (length(scheme) BETWEEN 1 AND 40),
    value text NOT NULL CHECK (length(value) BETWEEN 1 AND 200),
    position integer NOT NULL CHECK (position >= 0),
    PRIMARY KEY (tenant_id, asset_id, scheme),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE asset_identifiers ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_identifiers FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON asset_identifiers FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON asset_identifiers FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON asset_identifiers FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON asset_identifiers FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON asset_identifiers TO finsage_app;
GRANT SELECT ON asset_identifiers TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE asset_identifiers")
