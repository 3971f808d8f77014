"""Addresses of a tenant's own that answer JSON with the price of one asset."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SCRIPT = """
-- ``sealed_key`` is encrypted by platform/encryption.py. What came of asking last stands here and not with the
-- providers of the installation: an address is its tenant's.
CREATE TABLE json_sources (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    price_path text NOT NULL CHECK (length(price_path) BETWEEN 1 AND 300),
    as_of_path text CHECK (length(as_of_path) BETWEEN 1 AND 300),
    currency_path text CHECK (length(currency_path) BETWEEN 1 AND 300),
    is_first boolean NOT NULL,
    key_sent_as text CHECK (key_sent_as IN ('header', 'query')),
    key_name text CHECK (length(key_name) BETWEEN 1 AND 100),
    sealed_key text CHECK (starts_with(sealed_key, 'v1|') AND length(sealed_key) <= 4000),
    set_at timestamptz NOT NULL DEFAULT now(),
    asked_at timestamptz,
    answered_at timestamptz,
    problem text,
    detail text,
    content_hash bytea,
    PRIMARY KEY (tenant_id, asset_id),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE,
    CHECK (num_nulls(key_sent_as, key_name, sealed_key) IN (0, 3))
);
ALTER TABLE json_sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE json_sources FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON json_sources FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON json_sources FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON json_sources FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON json_sources FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON json_sources TO finsage_app;
GRANT SELECT ON json_sources TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE json_sources")
