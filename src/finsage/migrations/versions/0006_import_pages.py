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


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql(
        "DROP TABLE import_pages; ALTER TABLE imports DROP COLUMN job_id, DROP COLUMN preview;"
        " DELETE FROM imports WHERE state IN ('reading', 'booking');"
        " ALTER TABLE imports DROP CONSTRAINT imports_state_check;"
        " ALTER TABLE imports ADD CONSTRAINT imports_state_check"
        " CHECK (state IN ('preview', 'confirmed', 'reverted', 'discarded'))"
    )
