"""The first schema: tenants and people, assets and prices, the posting ledger, imports, predictions, jobs.

Rules kept here because no application code can break them:

- Row-level security by tenant is FORCEd on every table that has a ``tenant_id``; without a tenant nothing is seen.
- The postings of a transaction arrive in one INSERT and sum to zero per asset (statement trigger, ENABLE ALWAYS).
- Transactions and postings are append-only: UPDATE, DELETE and TRUNCATE are neither granted nor let through.
- ``balances`` is written by the trigger alone.
- Every key of a tenant's table starts with ``tenant_id``, every foreign key between them carries it.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FIRST_YEAR = 1990
LAST_YEAR = 2031

IDENTITY = """
CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    password_hash text NOT NULL,
    first_name text NOT NULL DEFAULT '' CHECK (length(first_name) <= 100),
    last_name text NOT NULL DEFAULT '' CHECK (length(last_name) <= 100),
    is_active boolean NOT NULL DEFAULT true,
    is_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
-- The seed's index, unique and on the normalised address, so that A@x and a@x are one person.
CREATE UNIQUE INDEX idx_users_email ON users (lower(email));

CREATE TABLE memberships (
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    role text NOT NULL CHECK (role IN ('owner', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX idx_memberships_user ON memberships (user_id);

-- A browser's session or an API client's family of refresh tokens. Only hashes of secrets are kept.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    acting_tenant uuid NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    kind text NOT NULL CHECK (kind IN ('session', 'token')),
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    idle_seconds integer NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    user_agent text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX idx_sessions_secret ON sessions (secret_hash);
CREATE INDEX idx_sessions_user ON sessions (user_id, created_at);

-- Refresh tokens that were exchanged already: using one again revokes its family.
CREATE TABLE spent_refresh_tokens (
    secret_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    spent_at timestamptz NOT NULL DEFAULT now()
);

-- Failed sign-ins per account and address, for the growing delay.
CREATE TABLE login_failures (
    subject text PRIMARY KEY,
    failures integer NOT NULL,
    last_failed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor_user_id uuid,
    action text NOT NULL,
    object_kind text NOT NULL DEFAULT '',
    object_id text NOT NULL DEFAULT '',
    address text NOT NULL DEFAULT '',
    trace_id text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,
    status integer,
    headers text NOT NULL DEFAULT '{}',
    body bytea NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idx_idempotency_keys_created ON idempotency_keys (created_at);
"""

MARKET = """
CREATE TABLE assets (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    symbol text NOT NULL CHECK (length(symbol) BETWEEN 1 AND 120),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    asset_class text NOT NULL CHECK (asset_class IN
        ('equity', 'etf', 'fund', 'bond', 'fx', 'commodity', 'index', 'crypto', 'cash')),
    currency text NOT NULL CHECK (length(currency) BETWEEN 1 AND 12),
    isin text CHECK (isin ~ '^[A-Z]{2}[A-Z0-9]{9}[0-9]$'),
    mic text NOT NULL DEFAULT '' CHECK (length(mic) <= 4),
    is_simulated boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, symbol, mic, currency)
);
CREATE INDEX idx_assets_isin ON assets (tenant_id, isin) WHERE isin IS NOT NULL;
CREATE INDEX idx_assets_symbol ON assets (tenant_id, lower(symbol) text_pattern_ops);
CREATE INDEX idx_assets_words ON assets USING gin (to_tsvector('simple', name));

CREATE TABLE prices (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    day date NOT NULL CHECK (day BETWEEN '1900-01-01' AND '2100-12-31'),
    close numeric NOT NULL CHECK (close > 0 AND scale(close) <= 36 AND close < 1e60),
    source text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, asset_id, day)
);

-- Prices for reading, one row per asset and year, rebuilt whenever its rows change.
CREATE TABLE price_years (
    tenant_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    year integer NOT NULL,
    days date[] NOT NULL,
    closes numeric[] NOT NULL,
    PRIMARY KEY (tenant_id, asset_id, year)
);

-- Units of ``currency`` for one euro, one row per currency, year and source.
CREATE TABLE exchange_rates (
    source text NOT NULL,
    currency text NOT NULL,
    year integer NOT NULL,
    days date[] NOT NULL,
    rates numeric[] NOT NULL,
    PRIMARY KEY (source, currency, year)
);

-- Rate files already read, so that a start does not read the same one again.
CREATE TABLE rate_files (
    source text NOT NULL,
    content_hash bytea NOT NULL,
    last_day date NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, content_hash)
);
"""

LEDGER = """
CREATE TABLE portfolios (
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    base_currency text NOT NULL CHECK (length(base_currency) = 3),
    lot_method text NOT NULL DEFAULT 'fifo' CHECK (lot_method IN ('fifo', 'lifo', 'hifo', 'average', 'specific')),
    lot_scope text NOT NULL DEFAULT 'account' CHECK (lot_scope IN ('account', 'portfolio', 'all')),
    cash text NOT NULL DEFAULT 'tracked' CHECK (cash IN ('tracked', 'implied')),
    fees_in_cost boolean NOT NULL DEFAULT true,
    time_zone text NOT NULL DEFAULT 'UTC',
    is_demo boolean NOT NULL DEFAULT false,
    sequence_next bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_portfolios_user_id ON portfolios (tenant_id, user_id);

CREATE TABLE imports (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    user_id uuid NOT NULL,
    file_name text NOT NULL CHECK (length(file_name) <= 300),
    format text NOT NULL,
    state text NOT NULL CHECK (state IN ('preview', 'confirmed', 'reverted', 'discarded')),
    content_hash text NOT NULL,
    content bytea NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    resolutions jsonb NOT NULL DEFAULT '{}',
    summary jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    reverted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE RESTRICT
);
CREATE INDEX idx_imports_portfolio ON imports (tenant_id, portfolio_id, created_at);

CREATE TABLE transactions (
    tenant_id uuid NOT NULL,
    booked_on date NOT NULL CHECK (booked_on BETWEEN '1900-01-01' AND '2100-12-31'),
    id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    user_id uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    executed_at timestamptz,
    account text NOT NULL DEFAULT 'Main' CHECK (length(account) BETWEEN 1 AND 200),
    asset_id uuid,
    symbol text CHECK (length(symbol) <= 120),
    quantity numeric CHECK (scale(quantity) <= 36 AND abs(quantity) < 1e60),
    price numeric CHECK (scale(price) <= 36 AND abs(price) < 1e60),
    total_amount numeric CHECK (scale(total_amount) <= 36 AND abs(total_amount) < 1e60),
    currency text,
    draft jsonb NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
    tags text[] NOT NULL DEFAULT '{}',
    import_id uuid,
    reverses_id uuid,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, booked_on, id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE RESTRICT
) PARTITION BY RANGE (booked_on);
CREATE INDEX idx_transactions_user_id ON transactions (tenant_id, user_id);
CREATE INDEX idx_transactions_executed_at ON transactions (tenant_id, portfolio_id, executed_at);
CREATE INDEX idx_transactions_portfolio ON transactions (tenant_id, portfolio_id, booked_on, sequence);
CREATE INDEX idx_transactions_id ON transactions (tenant_id, id);

CREATE TABLE postings (
    tenant_id uuid NOT NULL,
    booked_on date NOT NULL,
    transaction_id uuid NOT NULL,
    ordinal smallint NOT NULL,
    portfolio_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('asset', 'external', 'transfer', 'trading', 'income', 'fee', 'tax',
        'opening', 'adjustment')),
    account text NOT NULL,
    asset text NOT NULL,
    amount numeric NOT NULL CHECK (scale(amount) <= 36 AND abs(amount) < 1e60),
    -- The guard below checks that the transaction exists: a foreign key to a partitioned table plans and opens every
    -- partition for each row, which took 25 times as long as all the rest.
    PRIMARY KEY (tenant_id, booked_on, transaction_id, ordinal)
) PARTITION BY RANGE (booked_on);

-- Source records already booked. A reversal deletes its row, so that the record may come again.
CREATE TABLE fingerprints (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    transaction_id uuid NOT NULL,
    booked_on date NOT NULL,
    PRIMARY KEY (tenant_id, portfolio_id, fingerprint)
);
CREATE INDEX idx_fingerprints_transaction ON fingerprints (tenant_id, transaction_id);

-- A transaction is reversed at most once.
CREATE TABLE reversals (
    tenant_id uuid NOT NULL,
    reversed_id uuid NOT NULL,
    reversal_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, reversed_id)
);
CREATE INDEX idx_reversals_reversal ON reversals (tenant_id, reversal_id);

CREATE TABLE balances (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    account text NOT NULL,
    asset text NOT NULL,
    amount numeric NOT NULL,
    PRIMARY KEY (tenant_id, portfolio_id, account, asset)
);

CREATE TABLE lots (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    id text NOT NULL,
    account text NOT NULL,
    asset text NOT NULL,
    acquired_on date NOT NULL,
    quantity_acquired numeric NOT NULL,
    quantity numeric NOT NULL,
    cost_basis numeric NOT NULL,
    cost_basis_local numeric NOT NULL,
    fee_cost numeric NOT NULL,
    PRIMARY KEY (tenant_id, portfolio_id, id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE RESTRICT
);

CREATE TABLE holdings (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    asset text NOT NULL,
    symbol text NOT NULL,
    quantity numeric NOT NULL,
    average_price numeric,
    cost_basis numeric NOT NULL,
    missing_quantity numeric NOT NULL DEFAULT 0,
    purchased_on date,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, portfolio_id, asset),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE RESTRICT
);
CREATE INDEX idx_holdings_portfolio_id ON holdings (tenant_id, portfolio_id);

-- The last full valuation, refreshed by a job; reading a list of portfolios does not value them all again.
CREATE TABLE valuations (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    as_of date NOT NULL,
    market_value numeric,
    computed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, portfolio_id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE RESTRICT
);

CREATE TABLE predictions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    input_data jsonb NOT NULL,
    prediction_result jsonb NOT NULL,
    confidence_score numeric CHECK (confidence_score BETWEEN 0 AND 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX idx_predictions_user ON predictions (tenant_id, user_id, created_at);

CREATE TABLE job_states (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    progress double precision CHECK (progress BETWEEN 0 AND 1),
    result_url text,
    problem jsonb,
    tries integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
"""

# The job queue: what ``pgq sql install`` of pgqueuer 1.6.0 prints, so that its own upgrades apply. Rows carry ids,
# never data, and belong to no tenant: the worker takes them for everyone.
QUEUE = """
CREATE TYPE pgqueuer_status AS ENUM
    ('queued', 'picked', 'successful', 'exception', 'canceled', 'deleted', 'failed');

CREATE TABLE pgqueuer (
    id bigserial NOT NULL PRIMARY KEY,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    execute_after timestamp with time zone NOT NULL DEFAULT now(),
    status pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer NOT NULL DEFAULT 0,
    slot bigint
);

CREATE TABLE pgqueuer_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT now(),
    job_id bigint NOT NULL,
    status pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

CREATE TABLE pgqueuer_schedules (
    id bigserial NOT NULL PRIMARY KEY,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone NOT NULL DEFAULT now(),
    created timestamp with time zone NOT NULL DEFAULT now(),
    updated timestamp with time zone NOT NULL DEFAULT now(),
    next_run timestamp with time zone NOT NULL DEFAULT now(),
    last_run timestamp with time zone,
    status pgqueuer_status DEFAULT 'queued'::pgqueuer_status,
    UNIQUE (expression, entrypoint)
);

CREATE TABLE pgqueuer_statistics (
    id bigserial NOT NULL PRIMARY KEY,
    created timestamp with time zone NOT NULL DEFAULT date_trunc('sec'::text, now()),
    count bigint NOT NULL,
    priority integer NOT NULL,
    status pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);
CREATE INDEX pgqueuer_ep_ea_idx ON pgqueuer USING btree (entrypoint, execute_after)
    WHERE (status = 'queued'::pgqueuer_status);
CREATE INDEX pgqueuer_ep_prio_id_idx ON pgqueuer USING btree (entrypoint, priority DESC, id)
    WHERE (status = 'queued'::pgqueuer_status);
CREATE INDEX pgqueuer_log_created ON pgqueuer_log USING btree (created);
CREATE INDEX pgqueuer_log_job_id_status ON pgqueuer_log USING btree (job_id, created DESC);
CREATE INDEX pgqueuer_log_not_aggregated ON pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);
CREATE INDEX pgqueuer_log_status ON pgqueuer_log USING btree (status);
CREATE INDEX pgqueuer_picked_heartbeat_idx ON pgqueuer USING btree (heartbeat)
    WHERE (status = 'picked'::pgqueuer_status);
CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON pgqueuer USING btree (entrypoint, slot)
    WHERE ((status = 'picked'::pgqueuer_status) AND (slot IS NOT NULL));
CREATE INDEX pgqueuer_priority_id_id1_idx ON pgqueuer USING btree (priority, id DESC) INCLUDE (id)
    WHERE (status = 'queued'::pgqueuer_status);
CREATE INDEX pgqueuer_queue_manager_id_idx ON pgqueuer USING btree (queue_manager_id)
    WHERE (queue_manager_id IS NOT NULL);
CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON pgqueuer_statistics
    USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);
CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON pgqueuer USING btree (dedupe_key)
    WHERE ((status = ANY (ARRAY['queued'::pgqueuer_status, 'picked'::pgqueuer_status])) AND (dedupe_key IS NOT NULL));
CREATE INDEX pgqueuer_updated_id_id1_idx ON pgqueuer USING btree (updated, id DESC) INCLUDE (id)
    WHERE (status = 'picked'::pgqueuer_status);

CREATE FUNCTION fn_pgqueuer_changed() RETURNS TRIGGER AS $$
DECLARE
    to_emit BOOLEAN := false;  -- Flag to decide whether to emit a notification
BEGIN
    -- Check operation type and set the emit flag accordingly
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        to_emit := true;
    ELSIF TG_OP = 'DELETE' THEN
        to_emit := true;
    ELSIF TG_OP = 'INSERT' THEN
        to_emit := true;
    ELSIF TG_OP = 'TRUNCATE' THEN
        to_emit := true;
    END IF;

    -- Perform notification if the emit flag is set
    IF to_emit THEN
        PERFORM pg_notify(
            'ch_pgqueuer',
            json_build_object(
                'channel', 'ch_pgqueuer',
                'operation', lower(TG_OP),
                'sent_at', NOW(),
                'table', TG_TABLE_NAME,
                'type', 'table_changed_event'
            )::text
        );
    END IF;

    -- Return appropriate value based on the operation
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSE
        RETURN NULL; -- For TRUNCATE and other non-row-specific contexts
    END IF;

END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pgqueuer
EXECUTE FUNCTION fn_pgqueuer_changed();

-- A queue table is small and always changing: vacuum it early, and leave room for updates in place.
ALTER TABLE pgqueuer
    SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, fillfactor = 70);
"""

# The two guards. Both run for every role and under session_replication_role = replica (ENABLE ALWAYS). The path names
# pg_temp because one that does not searches it first: a caller's temporary table would stand before ours.
GUARDS = """
CREATE FUNCTION check_postings_sum_to_zero() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken record;
BEGIN
    SELECT transaction_id, asset, sum(amount) AS remainder INTO broken
    FROM inserted GROUP BY transaction_id, asset HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'postings of transaction % do not sum to zero: % of %',
            broken.transaction_id, broken.remainder, broken.asset USING ERRCODE = 'check_violation';
    END IF;
    -- All postings of a transaction come in one INSERT. Each INSERT must bring the posting with ordinal 0, and the
    -- primary key lets a transaction have one of those: it cannot grow. (Counting what is stored costs a look-up in
    -- every partition per transaction.)
    IF EXISTS (SELECT 1 FROM inserted GROUP BY tenant_id, transaction_id HAVING min(ordinal) <> 0) THEN
        RAISE EXCEPTION 'postings of a transaction must be inserted by one statement'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT tenant_id, booked_on, transaction_id, portfolio_id FROM inserted) AS fresh
        WHERE NOT EXISTS (
            SELECT 1 FROM transactions t
            WHERE t.tenant_id = fresh.tenant_id AND t.booked_on = fresh.booked_on AND t.id = fresh.transaction_id
              AND t.portfolio_id = fresh.portfolio_id)
    ) THEN
        RAISE EXCEPTION 'postings of a transaction that is not in this portfolio'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO balances AS b (tenant_id, portfolio_id, account, asset, amount)
    SELECT tenant_id, portfolio_id, account, asset, sum(amount)
    FROM inserted WHERE kind = 'asset' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (tenant_id, portfolio_id, account, asset) DO UPDATE SET amount = b.amount + excluded.amount;
    RETURN NULL;
END $$;

CREATE TRIGGER postings_sum_to_zero AFTER INSERT ON postings
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION check_postings_sum_to_zero();
ALTER TABLE postings ENABLE ALWAYS TRIGGER postings_sum_to_zero;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_setting('finsage.erasing', true) = current_user AND pg_has_role(current_user, 'finsage_owner', 'USAGE')
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: correct by a reversal', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# The only way to remove books: by their tenant, a whole portfolio at a time, recorded in the audit by the caller.
# SECURITY DEFINER, on the reviewed list of docs/reference/security.md.
ERASE = """
CREATE FUNCTION erase_portfolio(portfolio uuid) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mine uuid := current_setting('app.tenant')::uuid;
    erased bigint;
BEGIN
    PERFORM set_config('finsage.erasing', current_user, true);
    DELETE FROM fingerprints WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM reversals r USING transactions t
        WHERE r.tenant_id = mine AND t.tenant_id = mine AND t.portfolio_id = portfolio AND r.reversed_id = t.id;
    DELETE FROM postings WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM transactions WHERE tenant_id = mine AND portfolio_id = portfolio;
    GET DIAGNOSTICS erased = ROW_COUNT;
    DELETE FROM balances WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM lots WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM holdings WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM valuations WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM imports WHERE tenant_id = mine AND portfolio_id = portfolio;
    DELETE FROM portfolios WHERE tenant_id = mine AND id = portfolio;
    PERFORM set_config('finsage.erasing', '', true);
    RETURN erased;
END $$;
REVOKE EXECUTE ON FUNCTION erase_portfolio(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_portfolio(uuid) TO finsage_app;
"""

APPEND_ONLY = ("transactions", "postings", "audit_events")

TENANT_TABLES = (
    "memberships", "audit_events", "idempotency_keys", "assets", "prices", "price_years", "portfolios", "imports",
    "transactions", "postings", "fingerprints", "reversals", "balances", "lots", "holdings", "valuations",
    "predictions", "job_states",
)  # fmt: skip

# What everyone may read lives under the public tenant; only a provider's job, acting as that tenant, writes it.
SHARED_TABLES = ("assets", "prices", "price_years")

# Partitions are reached through their parent: a grant on one would go round the parent's policy and trigger.
GRANTS = """
GRANT USAGE ON SCHEMA public TO finsage_app, finsage_ingest, finsage_read, finsage_backup, finsage_audit;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    tenants, users, memberships, sessions, spent_refresh_tokens, login_failures, idempotency_keys,
    assets, prices, price_years, exchange_rates, rate_files, portfolios, imports, fingerprints, reversals, lots,
    holdings, valuations, predictions, job_states
    TO finsage_app;
GRANT SELECT, INSERT ON transactions, postings, audit_events TO finsage_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics
    TO finsage_app;
GRANT USAGE ON SEQUENCE
    pgqueuer_id_seq, pgqueuer_log_id_seq, pgqueuer_schedules_id_seq, pgqueuer_statistics_id_seq
    TO finsage_app;
GRANT SELECT ON balances TO finsage_app;
GRANT SELECT ON alembic_version TO finsage_app;
GRANT INSERT ON audit_events TO finsage_audit;
GRANT SELECT, INSERT ON transactions, postings TO finsage_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON fingerprints TO finsage_ingest;
GRANT SELECT, UPDATE ON portfolios TO finsage_ingest;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO finsage_backup;
"""


def upgrade() -> None:
    for script in (IDENTITY, MARKET, LEDGER, QUEUE, GUARDS):
        _run(script)
    _run("\n".join(_partitions("transactions") + _partitions("postings")))
    _run("\n".join(_guard(table) for table in APPEND_ONLY))
    _run("\n".join(_row_level_security(table) for table in TENANT_TABLES))
    _run(GRANTS)
    _run(ERASE)
    _run("INSERT INTO tenants (id, name) VALUES ('00000000-0000-0000-0000-000000000000', 'Everyone')")


def _run(script: str) -> None:
    # The driver's own execute: SQLAlchemy would read the colons of a cast as bound parameters.
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    msg = "The books are not thrown away by a downgrade; restore a backup instead."
    raise NotImplementedError(msg)


def _partitions(table: str) -> list[str]:
    template = "CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({start}) TO ({end});"
    made = [template.format(table=table, name="before", start="MINVALUE", end=f"'{FIRST_YEAR}-01-01'")]
    made += [
        template.format(table=table, name=year, start=f"'{year}-01-01'", end=f"'{year + 1}-01-01'")
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
    ]
    made.append(template.format(table=table, name="after", start=f"'{LAST_YEAR + 1}-01-01'", end="MAXVALUE"))
    return made


def _guard(table: str) -> str:
    return f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
    """


def _row_level_security(table: str) -> str:
    mine = "tenant_id = (SELECT current_setting('app.tenant')::uuid)"
    seen = mine
    if table in SHARED_TABLES:
        seen = f"({mine} OR tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)"
    if table == "memberships":
        seen = f"({mine} OR user_id = (SELECT current_setting('app.user')::uuid))"
    policies = [f"CREATE POLICY reading ON {table} FOR SELECT USING ({seen});"]
    policies += [
        f"CREATE POLICY inserting ON {table} FOR INSERT WITH CHECK ({mine});",
        f"CREATE POLICY updating ON {table} FOR UPDATE USING ({mine}) WITH CHECK ({mine});",
        f"CREATE POLICY deleting ON {table} FOR DELETE USING ({mine});",
    ]
    return "\n".join(
        [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;", *policies]
    )
