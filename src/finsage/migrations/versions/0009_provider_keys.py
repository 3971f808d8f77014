"""Keys of providers that an administrator enters, encrypted."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCRIPT = """
-- Of the installation: what a provider answers is everybody's. Sealed by platform/encryption.py.
CREATE TABLE provider_keys (
    provider text PRIMARY KEY CHECK (length(provider) BETWEEN 1 AND 40),
    sealed text NOT NULL CHECK (starts_with(sealed, 'v1|') AND length(sealed) <= 2000),
    set_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON provider_keys TO finsage_app;
GRANT SELECT ON provider_keys TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE provider_keys")
