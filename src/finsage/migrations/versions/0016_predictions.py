"""Forecasts as they were made, what came of them, what that adds up to, and the models that made them.

Nothing wrote the table ``predictions`` before; it is made anew, by years and append-only.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

YEARS = (2026, 2031)

SCRIPT = """
DROP TABLE predictions;

-- A forecast stays as it was made. ``user_id`` is who asked for it, NULL for the daily run.
CREATE TABLE predictions (
    tenant_id uuid NOT NULL,
    as_of date NOT NULL,
    id uuid NOT NULL,
    user_id uuid,
    subject_kind text NOT NULL CHECK (subject_kind IN ('asset', 'portfolio')),
    subject_id uuid NOT NULL,
    asset_class text NOT NULL,
    is_simulated boolean NOT NULL,
    horizon_days smallint NOT NULL CHECK (horizon_days BETWEEN 1 AND 365),
    matures_on date NOT NULL CHECK (matures_on > as_of),
    last_close numeric NOT NULL CHECK (last_close > 0),
    currency text NOT NULL,
    rung text NOT NULL CHECK (rung IN ('full', 'pooled', 'class')),
    model_id text NOT NULL,
    model_sha256 text NOT NULL,
    input_data jsonb NOT NULL,
    prediction_result jsonb NOT NULL,
    confidence_score numeric(6, 5) CHECK (confidence_score BETWEEN 0 AND 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, as_of, id)
) PARTITION BY RANGE (as_of);
CREATE UNIQUE INDEX idx_predictions_daily ON predictions (tenant_id, subject_id, horizon_days, as_of)
    WHERE user_id IS NULL;
CREATE INDEX idx_predictions_maturing ON predictions (tenant_id, matures_on);
CREATE INDEX idx_predictions_id ON predictions (tenant_id, id);
CREATE INDEX idx_predictions_user ON predictions (tenant_id, user_id, created_at);

CREATE TABLE prediction_outcomes (
    tenant_id uuid NOT NULL,
    as_of date NOT NULL,
    prediction_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('scored', 'unscorable')),
    realised_on date,
    realised_price numeric,
    log_return double precision,
    pit double precision,
    crps double precision,
    pinball double precision[],
    inside_80 boolean,
    inside_95 boolean,
    baseline_crps jsonb,
    scored_at timestamptz NOT NULL DEFAULT now(),
    -- No foreign key: one to a partitioned table opens every partition for each row.
    PRIMARY KEY (tenant_id, as_of, prediction_id)
) PARTITION BY RANGE (as_of);

-- Sums over the daily forecasts of a subject that matured in a week: what every figure of the scoreboard is made from.
CREATE TABLE prediction_scores (
    tenant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    horizon_days smallint NOT NULL,
    week date NOT NULL,
    subject_kind text NOT NULL,
    asset_class text NOT NULL,
    is_simulated boolean NOT NULL,
    matured integer NOT NULL DEFAULT 0,
    unscorable integer NOT NULL DEFAULT 0,
    crps double precision NOT NULL DEFAULT 0,
    random_walk_crps double precision NOT NULL DEFAULT 0,
    random_walk_matured integer NOT NULL DEFAULT 0,
    crps_beside_random_walk double precision NOT NULL DEFAULT 0,
    garch_crps double precision NOT NULL DEFAULT 0,
    garch_matured integer NOT NULL DEFAULT 0,
    crps_beside_garch double precision NOT NULL DEFAULT 0,
    inside_80 integer NOT NULL DEFAULT 0,
    inside_95 integer NOT NULL DEFAULT 0,
    beyond_95 integer NOT NULL DEFAULT 0,
    beyond_99 integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, subject_id, horizon_days, week)
);

-- What tomorrow's forecasts go on from; it spares work and decides nothing. Lost, it is worked out anew.
CREATE TABLE prediction_states (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    as_of date NOT NULL,
    model_sha256 text NOT NULL,
    history_rows integer NOT NULL,
    history_sha256 text NOT NULL,
    garch double precision[] NOT NULL,
    sigmas bytea NOT NULL,
    refused text,
    prepared_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, asset_id),
    FOREIGN KEY (tenant_id, asset_id) REFERENCES assets (tenant_id, id) ON DELETE CASCADE
);

-- Of the installation: models in the file store, which of them answers, and what happened to them.
CREATE TABLE models (
    family text NOT NULL CHECK (family IN ('price', 'risk', 'sentiment')),
    version text NOT NULL,
    sha256 text NOT NULL,
    card jsonb NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (family, version)
);
CREATE TABLE model_pointers (
    family text PRIMARY KEY CHECK (family IN ('price', 'risk', 'sentiment')),
    champion text,
    previous text,
    challenger text,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE model_events (
    id uuid PRIMARY KEY,
    family text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('added', 'challenged', 'promoted', 'rolled_back', 'kept', 'tampered', 'drift',
        'recovered')),
    version text NOT NULL,
    detail text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_model_events_when ON model_events (happened_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON models, model_pointers TO finsage_app;
GRANT SELECT, INSERT ON model_events TO finsage_app;
GRANT SELECT ON models, model_pointers, model_events TO finsage_backup;

GRANT SELECT, INSERT ON predictions, prediction_outcomes TO finsage_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON prediction_scores, prediction_states TO finsage_app;
GRANT SELECT ON predictions, prediction_outcomes, prediction_scores, prediction_states TO finsage_backup;

-- What is said about a portfolio or an asset of a tenant goes with it. SECURITY DEFINER, on the reviewed list.
CREATE FUNCTION forget_predictions() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    erasing text := coalesce(current_setting('finsage.erasing', true), '');
    tenant text := coalesce(current_setting('app.tenant', true), '');
BEGIN
    PERFORM set_config('finsage.erasing', current_user, true), set_config('app.tenant', OLD.tenant_id::text, true);
    DELETE FROM prediction_scores WHERE tenant_id = OLD.tenant_id AND subject_id = OLD.id;
    DELETE FROM prediction_outcomes o USING predictions p
        WHERE p.tenant_id = OLD.tenant_id AND p.subject_id = OLD.id
          AND o.tenant_id = p.tenant_id AND o.as_of = p.as_of AND o.prediction_id = p.id;
    DELETE FROM predictions WHERE tenant_id = OLD.tenant_id AND subject_id = OLD.id;
    PERFORM set_config('finsage.erasing', erasing, true), set_config('app.tenant', tenant, true);
    RETURN NULL;
END $$;
CREATE TRIGGER portfolios_forget_predictions AFTER DELETE ON portfolios
    FOR EACH ROW EXECUTE FUNCTION forget_predictions();
CREATE TRIGGER assets_forget_predictions AFTER DELETE ON assets
    FOR EACH ROW EXECUTE FUNCTION forget_predictions();
"""

SHARED = ("predictions", "prediction_outcomes", "prediction_scores")
"""What is said of everyone's assets may everyone read."""

TENANT_TABLES = (*SHARED, "prediction_states")
PARTITIONED = APPEND_ONLY = ("predictions", "prediction_outcomes")


def upgrade() -> None:
    _run(SCRIPT)
    _run("\n".join(line for table in PARTITIONED for line in _partitions(table)))
    _run("\n".join(_guard(table) for table in APPEND_ONLY))
    _run("\n".join(_row_level_security(table) for table in TENANT_TABLES))


def downgrade() -> None:
    msg = "Forecasts that were made are not thrown away by a downgrade; restore a backup instead."
    raise NotImplementedError(msg)


def _run(script: str) -> None:
    # The driver's own execute: SQLAlchemy would read the colons of a cast as bound parameters.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def _partitions(table: str) -> list[str]:
    template = "CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({start}) TO ({end});"
    made = [template.format(table=table, name="before", start="MINVALUE", end=f"'{YEARS[0]}-01-01'")]
    made += [
        template.format(table=table, name=year, start=f"'{year}-01-01'", end=f"'{year + 1}-01-01'")
        for year in range(YEARS[0], YEARS[1] + 1)
    ]
    made.append(template.format(table=table, name="after", start=f"'{YEARS[1] + 1}-01-01'", end="MAXVALUE"))
    return made


def _guard(table: str) -> str:
    return f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
    """


def _row_level_security(table: str) -> str:
    mine = "tenant_id = (SELECT current_setting('app.tenant')::uuid)"
    seen = f"({mine} OR tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)" if table in SHARED else mine
    return "\n".join(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
            f"CREATE POLICY reading ON {table} FOR SELECT USING ({seen});",
            f"CREATE POLICY inserting ON {table} FOR INSERT WITH CHECK ({mine});",
            f"CREATE POLICY updating ON {table} FOR UPDATE USING ({mine}) WITH CHECK ({mine});",
            f"CREATE POLICY deleting ON {table} FOR DELETE USING ({mine});",
        ]
    )
