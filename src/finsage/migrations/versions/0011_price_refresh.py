"""Asking providers for prices: how each asset stands, what was not believed, what was received, and the runs."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCRIPT = """
-- One row per asset that was ever asked for. ``claimed_by`` is the run that is asking now: another leaves it alone.
CREATE TABLE asset_refreshes (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    claimed_by uuid,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    asked_at timestamptz,
    provider text,
    as_of timestamptz,
    content_hashes bytea[] NOT NULL DEFAULT '{}',
    flag text,
    problem text,
    PRIMARY KEY (tenant_id, asset_id),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE asset_refreshes ENABLE ROW LEVEL SECURITY;
ALTER TABLE asset_refreshes FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON asset_refreshes FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON asset_refreshes FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON asset_refreshes FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON asset_refreshes FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON asset_refreshes TO finsage_app;
GRANT SELECT ON asset_refreshes TO finsage_backup;

-- What a provider said and nobody believed. ``value`` is its text: it may be no number.
CREATE TABLE quarantined_prices (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    provider text NOT NULL,
    day date NOT NULL,
    value text NOT NULL CHECK (length(value) <= 400),
    currency text,
    reason text NOT NULL,
    detail text NOT NULL,
    content_hashes bytea[] NOT NULL,
    times integer NOT NULL DEFAULT 1,
    found_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'dismissed')),
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, asset_id, provider, day, reason, value),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE quarantined_prices ENABLE ROW LEVEL SECURITY;
ALTER TABLE quarantined_prices FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON quarantined_prices FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON quarantined_prices FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON quarantined_prices FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON quarantined_prices FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON quarantined_prices TO finsage_app;
GRANT SELECT ON quarantined_prices TO finsage_backup;

-- Of the installation: what was received, to be compared with what a provider says later.
CREATE TABLE provider_answers (
    provider text NOT NULL,
    content_hash bytea NOT NULL,
    url text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (provider, content_hash)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_answers TO finsage_app;
GRANT SELECT ON provider_answers TO finsage_backup;

CREATE TABLE refresh_runs (
    name text NOT NULL,
    due_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now(),
    assets integer NOT NULL,
    requests integer NOT NULL,
    written integer NOT NULL,
    unchanged integer NOT NULL,
    flagged integer NOT NULL,
    quarantined integer NOT NULL,
    missing integer NOT NULL,
    failures jsonb NOT NULL,
    PRIMARY KEY (name, due_at)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_runs TO finsage_app;
GRANT SELECT ON refresh_runs TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE refresh_runs, provider_answers, quarantined_prices, asset_refreshes")
