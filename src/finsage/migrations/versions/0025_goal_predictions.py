"""Forecasts of goals as they were made; they go with their goal."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SCRIPT = """
-- Nothing may change one. They are not scored, so they stand apart from ``predictions``, and need none of its columns.
CREATE TABLE goal_predictions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    goal_id uuid NOT NULL,
    user_id uuid NOT NULL,
    as_of date NOT NULL,
    matures_on date NOT NULL CHECK (matures_on > as_of),
    prediction_result jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, goal_id) REFERENCES goals (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_goal_predictions_goal ON goal_predictions (tenant_id, goal_id, id);

ALTER TABLE goal_predictions ENABLE ROW LEVEL SECURITY;
ALTER TABLE goal_predictions FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON goal_predictions FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON goal_predictions FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON goal_predictions FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON goal_predictions FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT, INSERT ON goal_predictions TO finsage_app;
GRANT SELECT ON goal_predictions TO finsage_backup;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SCRIPT)


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP TABLE goal_predictions")
