"""How wide outcomes lay, per subject and horizon; variance and place of outcomes in the sums; runs over portfolios."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SCRIPT = """
-- Two counts that nothing read. Beside the scores: variance forecasts against EWMA's, and where in its forecast each
-- outcome lay, in tenths of probability.
ALTER TABLE prediction_scores
    DROP COLUMN random_walk_matured,
    DROP COLUMN garch_matured,
    ADD COLUMN qlike double precision NOT NULL DEFAULT 0,
    ADD COLUMN ewma_qlike double precision NOT NULL DEFAULT 0,
    ADD COLUMN qlike_matured integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_0 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_1 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_2 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_3 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_4 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_5 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_6 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_7 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_8 integer NOT NULL DEFAULT 0,
    ADD COLUMN pit_9 integer NOT NULL DEFAULT 0;

-- How far outcomes lay from the median, over half the width of the unscaled 80 % band: the last 250, oldest first.
CREATE TABLE prediction_scales (
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    horizon_days smallint NOT NULL,
    asset_class text NOT NULL,
    is_simulated boolean NOT NULL,
    ratios double precision[] NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, subject_id, horizon_days)
);

-- The last whole day a portfolio was forecast after, whatever came of it.
CREATE TABLE prediction_portfolio_runs (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    ran_for date NOT NULL,
    refused text,
    PRIMARY KEY (tenant_id, portfolio_id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);

CREATE INDEX idx_predictions_subject ON predictions (tenant_id, subject_id, as_of);

GRANT SELECT, INSERT, UPDATE, DELETE ON prediction_scales, prediction_portfolio_runs TO finsage_app;
GRANT SELECT ON prediction_scales, prediction_portfolio_runs TO finsage_backup;

CREATE OR REPLACE FUNCTION forget_predictions() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    erasing text := coalesce(current_setting('finsage.erasing', true), '');
    tenant text := coalesce(current_setting('app.tenant', true), '');
BEGIN
    PERFORM set_config('finsage.erasing', current_user, true), set_config('app.tenant', OLD.tenant_id::text, true);
    DELETE FROM prediction_scales WHERE tenant_id = OLD.tenant_id AND subject_id = OLD.id;
    DELETE FROM prediction_scores WHERE tenant_id = OLD.tenant_id AND subject_id = OLD.id;
    DELETE FROM prediction_outcomes o USING predictions p
        WHERE p.tenant_id = OLD.tenant_id AND p.subject_id = OLD.id
          AND o.tenant_id = p.tenant_id AND o.as_of = p.as_of AND o.prediction_id = p.id;
    DELETE FROM predictions WHERE tenant_id = OLD.tenant_id AND subject_id = OLD.id;
    PERFORM set_config('finsage.erasing', erasing, true), set_config('app.tenant', tenant, true);
    RETURN NULL;
END $$;
"""
MINE = "tenant_id = (SELECT current_setting('app.tenant')::uuid)"
SEEN = f"({MINE} OR tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)"
TENANT_TABLES = {"prediction_scales": SEEN, "prediction_portfolio_runs": MINE}
"""Who sees what; how wide outcomes of everyone's assets lay may everyone read."""


def upgrade() -> None:
    _run(SCRIPT)
    for table, seen in TENANT_TABLES.items():
        _run(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY reading ON {table} FOR SELECT USING ({seen});
            CREATE POLICY inserting ON {table} FOR INSERT WITH CHECK ({MINE});
            CREATE POLICY updating ON {table} FOR UPDATE USING ({MINE}) WITH CHECK ({MINE});
            CREATE POLICY deleting ON {table} FOR DELETE USING ({MINE});
            """
        )


def downgrade() -> None:
    msg = "What was learned from outcomes is not thrown away by a downgrade; restore a backup instead."
    raise NotImplementedError(msg)


def _run(script: str) -> None:
    # The driver's own execute: SQLAlchemy would read the colons of a cast as bound parameters.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))
