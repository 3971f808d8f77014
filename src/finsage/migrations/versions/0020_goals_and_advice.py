"""Goals, the answers to the ten questions, and advice as it was given; all of a portfolio, and gone with it."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SCRIPT = """
CREATE TABLE goals (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    target_amount numeric NOT NULL CHECK (target_amount > 0 AND scale(target_amount) <= 36),
    target_on date NOT NULL,
    monthly_contribution numeric NOT NULL CHECK (scale(monthly_contribution) <= 36),
    fee_rate double precision NOT NULL CHECK (fee_rate BETWEEN 0 AND 0.1),
    inflation_rate double precision NOT NULL CHECK (inflation_rate BETWEEN -0.05 AND 0.5),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_goals_portfolio ON goals (tenant_id, portfolio_id, id);

CREATE TABLE risk_profiles (
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    answers jsonb NOT NULL,
    monthly_spending numeric NOT NULL CHECK (monthly_spending >= 0 AND scale(monthly_spending) <= 36),
    cash_elsewhere numeric NOT NULL CHECK (cash_elsewhere >= 0 AND scale(cash_elsewhere) <= 36),
    premia jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, portfolio_id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);

-- As it was given: nothing may change it. It goes with its portfolio.
CREATE TABLE advices (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    user_id uuid NOT NULL,
    seed bigint NOT NULL,
    input_data jsonb NOT NULL,
    result jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, portfolio_id) REFERENCES portfolios (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_advices_portfolio ON advices (tenant_id, portfolio_id, id);
"""

TABLES = {
    "goals": "SELECT, INSERT, UPDATE, DELETE",
    "risk_profiles": "SELECT, INSERT, UPDATE",
    "advices": "SELECT, INSERT",
}

POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON {table} FOR SELECT
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY inserting ON {table} FOR INSERT
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY updating ON {table} FOR UPDATE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid))
    WITH CHECK (tenant_id = (SELECT current_setting('app.tenant')::uuid));
CREATE POLICY deleting ON {table} FOR DELETE
    USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT {rights} ON {table} TO finsage_app;
GRANT SELECT ON {table} TO finsage_backup;
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SCRIPT)
    for table, rights in TABLES.items():
        connection.exec_driver_sql(POLICIES.format(table=table, rights=rights))


def downgrade() -> None:
    op.get_bind().exec_driver_sql(f"DROP TABLE {', '.join(TABLES)}")
