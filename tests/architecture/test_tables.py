"""The database as migrated: what the code believes about it, and what no code can make it do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from contract.state import State, changed
from psycopg import sql
from sqlalchemy import MetaData, create_engine, inspect, pool
from sqlalchemy.dialects import postgresql
from support import Server

from finsage.identity import tables as identity
from finsage.market import tables as market
from finsage.platform.caller import PUBLIC_TENANT
from finsage.portfolio import tables as portfolio
from finsage.prediction import tables as prediction

SLICES: dict[str, MetaData] = {
    "identity": identity.METADATA,
    "market": market.metadata,
    "portfolio": portfolio.metadata,
    "prediction": prediction.metadata,
}

PLATFORM = {
    "alembic_version", "cache_versions", "idempotency_keys", "job_states", "key_canary", "outbound_buckets", "pgqueuer",
    "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics",
}  # fmt: skip
"""Tables no slice owns."""

BEHIND = {
    ("audit_events", "trace_id"): "written by platform.audit, read by nobody yet",
    ("audit_events", "detail"): "written by platform.audit, read by nobody yet",
}
"""Columns no slice's table mentions, and why."""

REVIEWED = {
    "check_postings_sum_to_zero": "the guard writes balances, which its callers may not",
    "forget_predictions": "forecasts of a portfolio or asset go with it, of its own tenant alone",
    "erase_portfolio": "the only way to remove books, of the tenant of the transaction alone",
}
"""SECURITY DEFINER functions that were looked at, and why they are."""

SHARED = {
    "asset_splits",
    "candles",
    "assets",
    "prices",
    "price_years",
    "news_items",
    "news_links",
    "predictions",
    "prediction_outcomes",
    "prediction_scores",
    "prediction_scales",
}

TENANT_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
)


def tenant_tables(server: Server) -> list[str]:
    return [name for (name,) in server.query(TENANT_TABLES)]


def test_the_tables_in_the_code_are_those_in_the_database(server: Server):
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(server.owner_dsn), poolclass=pool.NullPool
    )
    looked = inspect(engine)
    dialect = postgresql.dialect()
    for metadata in SLICES.values():
        for table in metadata.tables.values():
            declared = {column.name: column.type.compile(dialect) for column in table.columns}
            found = {
                column["name"]: column["type"].compile(dialect)
                for column in looked.get_columns(table.name)
                if (table.name, column["name"]) not in BEHIND
            }
            assert declared == found, table.name


def test_every_table_has_one_owner(server: Server):
    owned = [name for metadata in SLICES.values() for name in metadata.tables]
    assert len(owned) == len(set(owned))
    found = server.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition"
    )
    assert {name for (name,) in found} == set(owned) | PLATFORM
    assert server.query(
        "SELECT count(*) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    ) == [(0,)]


def test_row_level_security_is_forced_and_says_something_for_every_command(server: Server):
    tables = tenant_tables(server)
    assert len(tables) >= 18
    forced = server.query("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    assert set(tables) <= {name for (name,) in forced}
    for table in tables:
        policies = server.query(
            "SELECT cmd, permissive, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies WHERE tablename = %s",
            table,
        )
        assert {command for command, _, _ in policies} == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table
        for command, permissive, rule in policies:
            assert "current_setting('app.tenant'::text)" in rule, (table, command)
            assert permissive == "PERMISSIVE"
            if command != "SELECT":
                assert str(PUBLIC_TENANT) not in rule, (table, command)
                assert " OR " not in rule, (table, command)
            elif table not in SHARED:
                assert str(PUBLIC_TENANT) not in rule, table


def test_every_unique_index_of_a_tenants_table_starts_with_the_tenant(server: Server):
    indexes = server.query(
        "SELECT c.relname, i.indexrelid::regclass::text, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]"
        " WHERE i.indisunique AND c.relname = ANY (%s)",
        tenant_tables(server),
    )
    assert len(indexes) >= len(tenant_tables(server))
    assert [item for item in indexes if item[2] != "tenant_id"] == []


def test_foreign_keys_between_tenants_tables_carry_the_tenant(server: Server):
    tables = tenant_tables(server)
    keys = server.query(
        "SELECT conname, conrelid::regclass::text, confrelid::regclass::text,"
        " ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)),"
        " ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = confrelid AND attnum = ANY (confkey))"
        " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
    )
    between = [key for key in keys if key[1] in tables and key[2] in tables]
    assert len(between) >= 5
    for name, _, _, here, there in between:
        assert "tenant_id" in here, name
        assert "tenant_id" in there, name
    cascading = server.query("SELECT conname FROM pg_constraint WHERE contype = 'f' AND confdeltype = 'c'")
    # Books are never erased by a cascade; what is written beside them goes with their portfolio.
    beside = {
        "transaction_labels_tenant_id_portfolio_id_fkey",
        "successors_tenant_id_portfolio_id_fkey",
        "targets_tenant_id_portfolio_id_fkey",
        "import_pages_tenant_id_import_id_fkey",
        "asset_identifiers_tenant_id_asset_id_fkey",
        "asset_refreshes_tenant_id_asset_id_fkey",
        "json_sources_tenant_id_asset_id_fkey",
        "asset_splits_tenant_id_asset_id_fkey",
        "candles_tenant_id_asset_id_fkey",
        "quarantined_prices_tenant_id_asset_id_fkey",
        "watchlist_items_tenant_id_watchlist_id_fkey",
        "former_symbols_tenant_id_asset_id_fkey",
        "asset_merge_transactions_tenant_id_asset_id_fkey",
        "news_items_tenant_id_feed_id_fkey",
        "prediction_states_tenant_id_asset_id_fkey",
        "goals_tenant_id_portfolio_id_fkey",
        "risk_profiles_tenant_id_portfolio_id_fkey",
        "advices_tenant_id_portfolio_id_fkey",
        "goal_predictions_tenant_id_goal_id_fkey",
        "prediction_portfolio_runs_tenant_id_portfolio_id_fkey",
    }
    assert {name for (name,) in cascading} - beside == {"spent_refresh_tokens_session_id_fkey"}


def test_partitions_are_reached_through_their_parent_alone(server: Server):
    privileges = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"
    open_ones = server.query(
        "SELECT c.relname, r.rolname FROM pg_class c, pg_roles r WHERE c.relispartition AND c.relkind = 'r'"
        " AND r.rolname IN ('finsage_app', 'finsage_ingest', 'finsage_audit', 'finsage_read')"
        f" AND (has_table_privilege(r.oid, c.oid, '{privileges}') OR has_any_column_privilege(r.oid, c.oid, 'SELECT'))"
    )
    assert open_ones == []
    assert server.query("SELECT count(*) > 80 FROM pg_class WHERE relispartition AND relkind = 'r'") == [(True,)]


def test_functions_with_the_owners_rights_are_reviewed_and_find_no_tables_but_ours(server: Server):
    found = server.query(
        "SELECT proname, proconfig, pg_get_userbyid(proowner), proacl::text, prorettype = 'trigger'::regtype FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {name for name, *_ in found} == set(REVIEWED)
    for name, config, owner, rights, is_trigger in found:
        # A path that does not name pg_temp searches it first: anybody's temporary table would stand before ours.
        assert "search_path=pg_catalog, public, pg_temp" in config, name
        assert owner == "finsage_owner"
        assert is_trigger or ("finsage_app=X" in rights and not rights.startswith("{=X")), name


def test_run_time_roles_are_weak(server: Server):
    roles = server.query(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'finsage\\_%' AND rolname <> 'finsage_owner'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit)"
    )
    assert roles == []
    member_of = server.query(
        "SELECT pg_get_userbyid(roleid), inherit_option, admin_option FROM pg_auth_members"
        " WHERE member = 'finsage_app'::regrole"
    )
    assert member_of == [("finsage_ingest", False, False)]  # it may switch, and gains nothing before it does


# Two tenants with books.


class Tenant:
    """A tenant with a person, a portfolio and a deposit, made behind the application's back."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.id, self.user, self.portfolio, self.transaction = (uuid4() for _ in range(4))
        with psycopg.connect(server.owner_dsn) as connection:
            run = connection.execute
            # The guard writes balances as the owner of the tables, who is under the policies like anybody.
            run("SELECT set_config('app.tenant', %s, true)", [str(self.id)])
            run("INSERT INTO tenants (id, name) VALUES (%s, 'House')", [self.id])
            run(
                "INSERT INTO users (id, email, password_hash) VALUES (%s, %s, 'x')",
                [self.user, f"{self.user}@example.com"],
            )
            run("INSERT INTO memberships VALUES (%s, %s, 'owner')", [self.id, self.user])
            run(
                "INSERT INTO portfolios (tenant_id, id, user_id, name, base_currency) VALUES (%s, %s, %s, 'P', 'EUR')",
                [self.id, self.portfolio, self.user],
            )
            run("INSERT INTO audit_events (tenant_id, id, action) VALUES (%s, %s, 'made')", [self.id, uuid4()])
            run("INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency)"
                " VALUES (%s, %s, 'X', 'X', 'equity', 'EUR')", [self.id, uuid4()])  # fmt: skip
            self.book(connection, self.transaction)

    def book(self, connection: psycopg.Connection[Any], transaction: UUID, *amounts: str) -> None:
        """Insert a transaction and its postings in one statement each."""
        self.head(connection, transaction)
        self.post(connection, transaction, *(amounts or ("100", "-100")))

    def head(self, connection: psycopg.Connection[Any], transaction: UUID) -> None:
        connection.execute(
            "INSERT INTO transactions (tenant_id, booked_on, id, portfolio_id, user_id, sequence, type, draft)"
            " VALUES (%s, '2024-01-02', %s, %s, %s, 1, 'deposit', '{}')",
            [self.id, transaction, self.portfolio, self.user],
        )

    def post(self, connection: psycopg.Connection[Any], transaction: UUID, *amounts: str, first: int = 0) -> None:
        rows = sql.SQL(", ").join(
            sql.SQL("({}, '2024-01-02', {}, {}, {}, {}, 'Main', 'EUR', {}::numeric)").format(
                self.id, transaction, first + index, self.portfolio, "asset" if index == 0 else "external", amount
            )
            for index, amount in enumerate(amounts)
        )
        connection.execute(
            sql.SQL(
                "INSERT INTO postings (tenant_id, booked_on, transaction_id, ordinal, portfolio_id, kind, account,"
                " asset, amount) VALUES {}"
            ).format(rows)
        )


@pytest.fixture(scope="module")
def mine(server: Server) -> Tenant:
    return Tenant(server)


@pytest.fixture(scope="module")
def theirs(server: Server) -> Tenant:
    return Tenant(server)


@pytest.fixture(scope="module")
def state(server: Server, mine: Tenant, theirs: Tenant) -> Iterator[State]:
    with psycopg.connect(server.owner_dsn, autocommit=True) as connection:
        yield State(connection)


@pytest.fixture
def app(server: Server, mine: Tenant) -> Iterator[psycopg.Connection[Any]]:
    """The application's connection, acting in the tenant ``mine``."""
    with psycopg.connect(server.app_dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('app.tenant', %s, false), set_config('app.user', %s, false)",
            [str(mine.id), str(mine.user)],
        )
        yield connection


TAMPERING = (
    "UPDATE transactions SET total_amount = 1",
    "UPDATE postings SET amount = amount + 1",
    "UPDATE audit_events SET action = 'nothing'",
    "DELETE FROM transactions",
    "DELETE FROM postings",
    "DELETE FROM audit_events",
    "TRUNCATE postings",
    "TRUNCATE transactions CASCADE",
    "TRUNCATE audit_events",
    "UPDATE balances SET amount = 1000000",
    "INSERT INTO balances VALUES ({mine}, {portfolio}, 'Other', 'EUR', 1)",
    "DELETE FROM balances",
    "SELECT * FROM postings_2024",
    "DELETE FROM postings_2024",
    "INSERT INTO postings_2024 VALUES ({mine}, '2024-01-02', {transaction}, 9, {portfolio}, 'asset', 'Main', 'EUR', 1)",
    "INSERT INTO postings VALUES ({mine}, '2024-01-02', {transaction}, 9, {portfolio}, 'asset', 'Main', 'EUR', 1)",
    (
        "INSERT INTO postings VALUES ({mine}, '2024-01-02', {transaction}, 9, {portfolio}, 'asset', 'Main', 'EUR', 1),"
        " ({mine}, '2024-01-02', {transaction}, 10, {portfolio}, 'external', 'Main', 'EUR', -1)"
    ),
    (
        "INSERT INTO portfolios (tenant_id, id, user_id, name, base_currency)"
        " VALUES ({theirs}, gen_random_uuid(), {user}, 'P', 'EUR')"
    ),
    "UPDATE portfolios SET tenant_id = {theirs}",
    "INSERT INTO memberships VALUES ({theirs}, {user}, 'owner')",
    (
        "INSERT INTO assets (tenant_id, id, symbol, name, asset_class, currency)"
        " VALUES ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'X', 'X', 'equity', 'EUR')"
    ),
    "INSERT INTO audit_events (tenant_id, id, action) VALUES ({theirs}, gen_random_uuid(), 'forged')",
    "ALTER TABLE postings DISABLE TRIGGER postings_sum_to_zero",
    "ALTER TABLE postings DISABLE ROW LEVEL SECURITY",
    "DROP TRIGGER transactions_append_only ON transactions",
    "DROP TABLE fingerprints",
    "ALTER TABLE portfolios ADD COLUMN x text",
    "CREATE TABLE own (a int)",
    "CREATE POLICY mine ON portfolios USING (true)",
    "CREATE FUNCTION public.check_anything() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "GRANT finsage_owner TO finsage_app",
    "SET session_replication_role = replica",
    "SET ROLE finsage_owner",
    "SET SESSION AUTHORIZATION finsage_owner",
    "ALTER ROLE finsage_app BYPASSRLS",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY transactions FROM STDIN",
    "SET row_security = off; SELECT * FROM portfolios",
    "DELETE FROM alembic_version",
    "SELECT set_config('finsage.erasing', current_user, false); DELETE FROM postings",
    "SELECT set_config('finsage.erasing', 'finsage_owner', false); DELETE FROM transactions",
)  # fmt: skip


@pytest.mark.parametrize("statement", TAMPERING, ids=lambda statement: statement.partition("(")[0][:60])
def test_tampering_as_the_application_is_refused(
    statement: str, app: psycopg.Connection[Any], mine: Tenant, theirs: Tenant, state: State
):
    names = {
        "mine": mine.id, "theirs": theirs.id, "user": mine.user, "portfolio": mine.portfolio, "transaction": mine.transaction,
    }  # fmt: skip
    before = state.snapshot()
    with pytest.raises(psycopg.Error) as refused:
        app.execute(statement.format(**{name: f"'{value}'" for name, value in names.items()}))
    assert refused.value.sqlstate in {"42501", "23514", "0A000"}, refused.value  # 0A000: COPY knows no policies
    assert changed(before, state.snapshot()) == {}


def test_a_grant_of_what_one_has_not_gives_nothing(app: psycopg.Connection[Any], server: Server):
    app.execute("GRANT UPDATE, DELETE, TRUNCATE ON postings, balances TO finsage_app, PUBLIC")  # a warning, no more
    for table in ("postings", "balances"):
        held = "SELECT has_table_privilege('finsage_app', %s, 'UPDATE, DELETE, TRUNCATE')"
        assert server.query(held, table) == [(False,)]


def test_erasing_reaches_no_other_tenant(app: psycopg.Connection[Any], theirs: Tenant, state: State):
    before = state.snapshot()
    app.execute("SELECT erase_portfolio(%s)", [theirs.portfolio])
    assert changed(before, state.snapshot()) == {}


def test_temporary_tables_do_not_stand_before_ours(app: psycopg.Connection[Any], mine: Tenant, server: Server):
    for table in ("balances", "postings"):
        app.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        app.execute(f"GRANT ALL ON pg_temp.{table} TO PUBLIC")
    balance = "SELECT amount FROM balances WHERE tenant_id = %s"
    [(before,)] = server.query(balance, mine.id)
    values = [mine.id, uuid4(), mine.portfolio, mine.user]
    app.execute(
        "INSERT INTO public.transactions (tenant_id, booked_on, id, portfolio_id, user_id, sequence, type, draft)"
        " VALUES (%s, '2024-01-02', %s, %s, %s, 1, 'deposit', '{}')",
        values,
    )
    app.execute(
        "INSERT INTO public.postings VALUES (%s, '2024-01-02', %s, 0, %s, 'asset', 'Main', 'EUR', 7),"
        " (%s, '2024-01-02', %s, 1, %s, 'external', 'Main', 'EUR', -7)",
        [*values[:3], *values[:3]],
    )
    assert server.query(balance, mine.id) == [(before + 7,)]


def test_without_a_tenant_every_table_refuses(server: Server, mine: Tenant):
    for table in tenant_tables(server):
        for spoilt in ("", "SELECT set_config('app.tenant', '', false), set_config('app.user', '', false)"):
            with psycopg.connect(server.app_dsn, autocommit=True) as connection:
                if spoilt:
                    connection.execute(spoilt)
                with pytest.raises((psycopg.errors.UndefinedObject, psycopg.errors.InvalidTextRepresentation)):
                    connection.execute(f"SELECT * FROM {table}").fetchall()


def test_a_tenant_sees_its_own_and_another_sees_none(server: Server, mine: Tenant, theirs: Tenant):
    def seen(tenant: UUID, user: UUID) -> dict[str, set[UUID]]:
        with psycopg.connect(server.app_dsn, autocommit=True) as connection:
            connection.execute(
                "SELECT set_config('app.tenant', %s, false), set_config('app.user', %s, false)",
                [str(tenant), str(user)],
            )
            return {
                table: {owner for (owner,) in connection.execute(f"SELECT tenant_id FROM {table}")}
                for table in tenant_tables(server)
            }

    own = seen(mine.id, mine.user)
    filled = {"memberships", "portfolios", "audit_events", "assets", "transactions", "postings", "balances"}
    assert all(own[table] - {PUBLIC_TENANT} == {mine.id} for table in filled)
    assert all(owners <= {mine.id, PUBLIC_TENANT} for owners in own.values())
    nobody = seen(uuid4(), uuid4())
    assert all(owners <= ({PUBLIC_TENANT} if table in SHARED else set()) for table, owners in nobody.items())
    assert seen(theirs.id, theirs.user)["postings"] == {theirs.id}


# The guard, as the superuser: nobody is above it.


@pytest.fixture(params=["origin", "replica"])
def superuser(server: Server, mine: Tenant, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.owner_dsn, autocommit=True) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(mine.id)])
        connection.execute(f"SET session_replication_role = {request.param}")
        yield connection


@pytest.mark.parametrize(
    "amounts",
    [("1",), ("1", "-2"), ("1", "-1", "0.000000000000000000000000000000000001"), ("1e59", "-1e59", "1"), ("NaN", "NaN"),
     ("Infinity", "-Infinity"), ("1e60", "-1e60"), ("0.0000000000000000000000000000000000001",) * 2],
    ids=str,
)  # fmt: skip
def test_the_guard_refuses_one_transaction(
    superuser: psycopg.Connection[Any], mine: Tenant, state: State, amounts: tuple[str, ...]
):
    before = state.snapshot()
    with pytest.raises(psycopg.errors.CheckViolation), superuser.transaction():
        mine.book(superuser, uuid4(), *amounts)
    assert changed(before, state.snapshot()) == {}


@pytest.mark.parametrize("first", [0, 1, 20])
def test_the_guard_refuses_a_transaction_that_grows(
    superuser: psycopg.Connection[Any], mine: Tenant, state: State, first: int
):
    before = state.snapshot()
    with pytest.raises(psycopg.IntegrityError):
        mine.post(superuser, mine.transaction, "5", "-5", first=first)
    assert changed(before, state.snapshot()) == {}


MANY = """
WITH made AS (
    INSERT INTO transactions (tenant_id, booked_on, id, portfolio_id, user_id, sequence, type, draft)
    SELECT %(tenant)s, date '2020-01-01' + n %% 1500, gen_random_uuid(), %(portfolio)s, %(user)s, n, 'deposit', '{}'
    FROM generate_series(1, 5000) n RETURNING booked_on, id, sequence
)
INSERT INTO postings
SELECT %(tenant)s, booked_on, id, ordinal, %(portfolio)s, CASE ordinal WHEN 0 THEN 'asset' ELSE 'external' END, 'Main',
    'EUR', CASE ordinal WHEN 0 THEN sequence ELSE -sequence END + CASE WHEN sequence = 4321 THEN %(error)s::numeric ELSE 0 END
FROM made, generate_series(0, 1) ordinal
"""


def test_the_guard_refuses_one_wrong_among_many_and_lets_the_right_ones_in(
    superuser: psycopg.Connection[Any], mine: Tenant, state: State
):
    values = {"tenant": mine.id, "portfolio": mine.portfolio, "user": mine.user}
    before = state.snapshot()
    with pytest.raises(psycopg.errors.CheckViolation, match="do not sum to zero"):
        superuser.execute(MANY, {**values, "error": "1e-30"})
    assert changed(before, state.snapshot()) == {}
    superuser.execute(MANY, {**values, "error": "0"})
    counted = changed(before, state.snapshot())
    assert (counted["postings"], counted["transactions"], counted["balances"]) == (10_000, 5_000, 0)
    drift = superuser.execute(
        "SELECT b.amount - sum(p.amount) FROM balances b JOIN postings p USING (tenant_id, portfolio_id, account, asset)"
        " WHERE p.kind = 'asset' AND b.portfolio_id = %s GROUP BY b.amount",
        [mine.portfolio],
    ).fetchall()
    assert drift == [(0,)]


def test_the_guard_refuses_a_copy(superuser: psycopg.Connection[Any], mine: Tenant, state: State):
    before, transaction = state.snapshot(), uuid4()
    row = f"{mine.id}\t2024-01-02\t{transaction}\t0\t{mine.portfolio}\tasset\tMain\tEUR\t1\n"

    def copy_in() -> None:
        with superuser.transaction():
            mine.head(superuser, transaction)
            with superuser.cursor().copy("COPY postings FROM STDIN") as copy:
                copy.write(row)

    with pytest.raises(psycopg.errors.CheckViolation, match="do not sum to zero"):
        copy_in()
    assert changed(before, state.snapshot()) == {}


@pytest.mark.parametrize("table", ["transactions", "postings", "audit_events"])
def test_even_the_superuser_appends_only(superuser: psycopg.Connection[Any], mine: Tenant, state: State, table: str):
    before = state.snapshot()
    for statement in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            superuser.execute(statement)
    assert changed(before, state.snapshot()) == {}


def test_the_guard_refuses_postings_of_no_transaction(superuser: psycopg.Connection[Any], mine: Tenant, state: State):
    before = state.snapshot()
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="not in this portfolio"):
        mine.post(superuser, uuid4(), "1", "-1")
    assert changed(before, state.snapshot()) == {}


HEADS = """
INSERT INTO transactions (tenant_id, booked_on, id, portfolio_id, user_id, sequence, type, draft)
SELECT %(tenant)s, date '2011-01-01' + n %% 300, gen_random_uuid(), %(portfolio)s, %(user)s, n, 'deposit', '{}'
FROM generate_series(1, 30000) n
"""
THEIR_POSTINGS = """
INSERT INTO postings
SELECT tenant_id, booked_on, id, ordinal, portfolio_id, CASE ordinal WHEN 0 THEN 'asset' ELSE 'external' END, 'Main',
    'EUR', 1 - 2 * ordinal
FROM transactions, generate_series(0, 1) ordinal
WHERE tenant_id = %(tenant)s AND booked_on BETWEEN '2011-01-01' AND '2011-12-31'
"""


def test_the_guard_reads_transactions_once_whatever_the_planner_knows(server: Server, mine: Tenant):
    values = {"tenant": mine.id, "portfolio": mine.portfolio, "user": mine.user}
    with psycopg.connect(server.owner_dsn) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(mine.id)])
        connection.execute(HEADS, values)
        with psycopg.connect(server.owner_dsn, autocommit=True) as beside:
            # As autovacuum does while a large import is on its way: it counts no row that is not committed.
            beside.execute("VACUUM transactions_2011")
        assert server.query("SELECT reltuples FROM pg_class WHERE relname = 'transactions_2011'") == [(0,)]
        connection.execute(THEIR_POSTINGS, values)
        [read] = connection.execute(
            "SELECT sum(pg_stat_get_xact_tuples_fetched(indexrelid) + pg_stat_get_xact_tuples_returned(indexrelid))"
            " FROM pg_index WHERE indrelid = 'transactions_2011'::regclass"
        ).fetchone()
        connection.rollback()
    assert 30_000 <= read < 10 * 30_000
