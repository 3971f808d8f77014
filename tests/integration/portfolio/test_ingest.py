"""The bulk path into the books: all or nothing, under the policies of one tenant, past no guard."""

from __future__ import annotations

import asyncio
import queue
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from support import Server

from finsage.finance.transaction import AccountKind, Draft, Posting, TransactionType
from finsage.platform import clock
from finsage.platform.caller import Caller
from finsage.platform.database import Database
from finsage.platform.jobs import Step
from finsage.portfolio import drafts as codec
from finsage.portfolio.errors import ImportedMeanwhile, PortfolioNotFound, SymbolUnknown
from finsage.portfolio.service import bulk, writing
from finsage.portfolio.service.transactions import Request
from finsage.portfolio.store.ingest import CHUNK, Block, Owner, block_of, ingest, ingest_blocks
from finsage.portfolio.store.transactions import NewTransaction

pytestmark = pytest.mark.anyio

ODD = 'a "b" \\ c\td\ne {f,g} NULL ü'


@pytest.fixture
def owner(server: Server) -> Owner:
    """A portfolio of a fresh tenant."""
    mine = Owner(uuid4(), uuid4(), uuid4())
    with psycopg.connect(server.owner_dsn) as connection:
        run = connection.execute
        run("INSERT INTO tenants (id, name) VALUES (%s, 'House')", [mine.tenant_id])
        run(
            "INSERT INTO users (id, email, password_hash) VALUES (%s, %s, 'x')",
            [mine.user_id, f"{mine.user_id}@example.com"],
        )
        run(
            "INSERT INTO portfolios (tenant_id, id, user_id, name, base_currency) VALUES (%s, %s, %s, 'P', 'EUR')",
            [mine.tenant_id, mine.portfolio_id, mine.user_id],
        )
    return mine


def _rows(count: int, **changed: Any) -> list[NewTransaction]:
    return [
        NewTransaction(
            id=clock.new_id(),
            booked_on=date(2019, 1, 1) + timedelta(days=number % 900),
            sequence=number + 1,
            type="deposit",
            executed_at=None,
            account=ODD,
            asset_id=None,
            symbol=None,
            quantity=None,
            price=None,
            total_amount=Decimal("1E+2"),
            currency="EUR",
            draft={"note": ODD},
            note=ODD,
            tags=[ODD, ""],
            postings=_postings("100", "-100"),
            fingerprint=number.to_bytes(32),
            **changed,
        )
        for number in range(count)
    ]


def _postings(*amounts: str) -> tuple[Posting, ...]:
    kinds = (AccountKind.ASSET, AccountKind.EXTERNAL)
    return tuple(Posting(kind, ODD, "EUR", Decimal(amount)) for kind, amount in zip(kinds, amounts, strict=True))


async def _write(database: Database, owner: Owner, rows: list[NewTransaction]) -> None:
    async with database.write(owner.tenant_id, owner.user_id) as session:
        await ingest(session, owner, rows)


@dataclass(frozen=True)
class Stored:
    transactions: int
    postings: int
    fingerprints: int
    balance: Decimal | None


def _stored(server: Server, owner: Owner) -> Stored:
    one = "SELECT count(*) FROM {} WHERE tenant_id = %s"
    counts = [
        server.query(one.format(table), owner.tenant_id)[0][0] for table in ("transactions", "postings", "fingerprints")
    ]
    [(balance,)] = server.query("SELECT sum(amount) FROM balances WHERE tenant_id = %s", owner.tenant_id)
    return Stored(*counts, balance)


async def test_rows_arrive_whole_over_several_chunks(server: Server, database: Database, owner: Owner):
    count = CHUNK + 100
    seen: list[float] = []

    async def progress(fraction: float) -> None:
        seen.append(fraction)

    rows = _rows(count)
    async with database.write(owner.tenant_id, owner.user_id) as session:
        await ingest(session, owner, rows, progress)
    assert _stored(server, owner) == Stored(count, 2 * count, count, Decimal(100 * count))
    assert seen == [CHUNK / count, 1.0]
    [found] = server.query(
        "SELECT account, note, tags, draft ->> 'note', total_amount, fingerprint FROM transactions t"
        " JOIN fingerprints f ON f.transaction_id = t.id WHERE t.id = %s",
        rows[-1].id,
    )
    assert found == (ODD, ODD, [ODD, ""], ODD, Decimal(100), (count - 1).to_bytes(32))
    postings = server.query(
        "SELECT ordinal, kind, account, asset, amount FROM postings WHERE transaction_id = %s ORDER BY 1", rows[0].id
    )
    assert postings == [(0, "asset", ODD, "EUR", 100), (1, "external", ODD, "EUR", -100)]


async def test_the_next_block_is_asked_for_while_one_is_moved_and_given_up_with_it(
    server: Server, database: Database, owner: Owner
):
    rows = _rows(4)
    rows[2] = replace(rows[2], postings=_postings("100", "-99"))
    told: list[str] = []

    async def blocks() -> AsyncIterator[Block]:
        try:
            for at in range(3):
                told.append(f"asked for {at}")
                yield block_of([rows[at]])
            await asyncio.Event().wait()  # for a block that never comes
        except asyncio.CancelledError:
            told.append("given up")
            raise

    async def stored(_: int) -> None:
        told.append("stored")

    with pytest.raises(psycopg.errors.CheckViolation):
        async with database.write(owner.tenant_id, owner.user_id) as session:
            await ingest_blocks(session, owner, blocks(), stored)
    assert told == ["asked for 0", "asked for 1", "stored", "asked for 2", "stored", "given up"]
    assert _stored(server, owner) == Stored(0, 0, 0, None)


async def test_one_unbalanced_transaction_keeps_all_out(server: Server, database: Database, owner: Owner):
    rows = _rows(CHUNK + 10)
    rows[CHUNK + 5] = replace(rows[CHUNK + 5], postings=_postings("100", "-99.999999999999999999"))
    with pytest.raises(psycopg.errors.CheckViolation, match="do not sum to zero"):
        await _write(database, owner, rows)
    assert _stored(server, owner) == Stored(0, 0, 0, None)


async def test_a_record_booked_meanwhile_keeps_all_out(server: Server, database: Database, owner: Owner):
    await _write(database, owner, _rows(250)[:1])
    with pytest.raises(ImportedMeanwhile, match="1 of these records"):
        await _write(database, owner, _rows(250))
    assert _stored(server, owner).transactions == 1


async def test_a_record_that_is_booked_after_all_keeps_a_first_import_out(
    server: Server, database: Database, owner: Owner
):
    rows = _rows(250)
    rows[7] = replace(rows[7], fingerprint=rows[3].fingerprint)
    with pytest.raises(ImportedMeanwhile, match="Some of these records"):
        await _write(database, owner, rows)
    assert _stored(server, owner) == Stored(0, 0, 0, None)
    rows[7] = replace(rows[3], fingerprint=None)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await _write(database, owner, rows)


async def test_rows_reach_no_other_tenant(server: Server, database: Database, owner: Owner):
    stranger = Owner(uuid4(), owner.portfolio_id, owner.user_id)
    with pytest.raises(PortfolioNotFound):
        await _write(database, stranger, _rows(250))
    # The session speaks for the stranger, the rows for the owner: what is not the session's is not even seen.
    with pytest.raises(PortfolioNotFound):
        async with database.write(stranger.tenant_id) as session:
            await ingest(session, owner, _rows(250))
    assert _stored(server, owner) == Stored(0, 0, 0, None)


@pytest.mark.parametrize("table", ["transactions", "fingerprints", "portfolios"])
async def test_the_ingest_role_sees_and_writes_its_sessions_tenant_alone(
    server: Server, database: Database, owner: Owner, table: str
):
    await _write(database, owner, _rows(3))
    columns = {
        "transactions": ("booked_on, id, portfolio_id, user_id, sequence, type, draft", "'2024-01-02', %s, %s, %s, 1, 'x', '{}'"),
        "fingerprints": ("portfolio_id, fingerprint, transaction_id, booked_on", "%s, '1', %s, '2024-01-02'"),
        "portfolios": ("id, user_id, name, base_currency", "%s, %s, 'P', 'EUR'"),
    }[table]  # fmt: skip
    with psycopg.connect(server.app_dsn) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(uuid4())])
        connection.execute("SET ROLE finsage_ingest")
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        values = [uuid4() for _ in range(columns[1].count("%s"))]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                f"INSERT INTO {table} (tenant_id, {columns[0]}) VALUES (%s, {columns[1]})", [owner.tenant_id, *values]
            )


async def test_staged_rows_are_nobody_elses_and_the_role_ends_with_the_write(
    server: Server, database: Database, owner: Owner
):
    looked: list[Any] = []

    async def look(_fraction: float) -> None:
        with psycopg.connect(server.app_dsn) as other:
            other.execute("SET ROLE finsage_ingest")
            with pytest.raises(psycopg.errors.UndefinedTable):
                other.execute("SELECT * FROM incoming_books")
        looked.append(True)

    async with database.write(owner.tenant_id, owner.user_id) as session:
        await ingest(session, owner, _rows(3), look)
        raw = (await session.get_raw_connection()).driver_connection
        state = await raw.execute("SELECT current_user, current_setting('session_replication_role')")
        assert await state.fetchone() == ("finsage_app", "origin")
    assert looked == [True]


async def test_reversals_are_linked_and_link_once(server: Server, database: Database, owner: Owner):
    rows = _rows(3)
    await _write(database, owner, rows)
    opposite = [
        replace(row, id=clock.new_id(), reverses_id=row.id, fingerprint=None, postings=_postings("-100", "100"))
        for row in rows
    ]
    await _write(database, owner, opposite)
    links = server.query("SELECT reversed_id, reversal_id FROM reversals WHERE tenant_id = %s", owner.tenant_id)
    assert set(links) == {(row.reverses_id, row.id) for row in opposite}
    with pytest.raises(psycopg.errors.UniqueViolation):
        await _write(database, owner, [replace(row, id=clock.new_id()) for row in opposite])


async def test_without_the_grant_foreign_keys_stay_and_the_rows_arrive(
    server: Server, database: Database, owner: Owner
):
    statement = "SET ON PARAMETER session_replication_role {} finsage_ingest"
    server.query("REVOKE " + statement.format("FROM"))
    try:
        with psycopg.connect(server.app_dsn) as connection:
            connection.execute("SET ROLE finsage_ingest")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SET session_replication_role = replica")
        await _write(database, owner, _rows(250))
    finally:
        server.query("GRANT " + statement.format("TO"))
    assert _stored(server, owner).transactions == 250


async def _record(database: Database, owner: Owner, requests: list[Request], progress: bulk.Progress) -> None:
    caller = Caller(owner.user_id, owner.tenant_id, "owner", frozenset(), "session", uuid4())
    async with database.write(owner.tenant_id, owner.user_id) as session:
        write = await writing.begin(session, caller, owner.portfolio_id)
        asked = [bulk.Asked(codec.to_json(request.draft), fingerprint=request.fingerprint) for request in requests]
        await bulk.record(write, [asked], len(asked), import_id=None, progress=progress)


class _Enough(Exception):
    pass


async def test_a_fold_whose_blocks_nobody_wants_ends_and_leaves_nothing(
    server: Server, database: Database, owner: Owner
):
    draft = Draft(id="", type=TransactionType.DEPOSIT, booked_on=date(2024, 1, 2), gross=Decimal(1), currency="EUR")
    requests = [Request(draft=draft)] * (6 * CHUNK)  # more blocks than may be under way at once

    async def refuse(_fraction: float, _step: Step) -> None:
        raise _Enough

    with pytest.raises(_Enough):
        await _record(database, owner, requests, refuse)
    assert _stored(server, owner) == Stored(0, 0, 0, None)


def _takers() -> int:
    """Threads that wait for something from a queue, or to give it something."""
    codes = {queue.Queue.get.__code__, queue.Queue.put.__code__}
    return sum(frame.f_back is not None and frame.f_back.f_code in codes for frame in sys._current_frames().values())


async def test_a_write_that_is_cancelled_leaves_no_thread_behind(server: Server, database: Database, owner: Owner):
    draft = Draft(id="", type=TransactionType.DEPOSIT, booked_on=date(2024, 1, 2), gross=Decimal(1), currency="EUR")

    async def note(_fraction: float, _step: Step) -> None:
        pass

    before = _takers()
    writing_all = asyncio.create_task(_record(database, owner, [Request(draft=draft)] * (6 * CHUNK), note))
    while _takers() == before and not writing_all.done():  # noqa: ASYNC110 - a thread tells no event
        await asyncio.sleep(0)
    writing_all.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing_all
    async with asyncio.timeout(10):
        while _takers() > before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert _stored(server, owner) == Stored(0, 0, 0, None)


@pytest.mark.parametrize("place", ["asset", "fee_currency"])
async def test_a_draft_that_cannot_be_booked_ends_the_write(
    server: Server, database: Database, owner: Owner, place: str
):
    good = Draft(id="", type=TransactionType.DEPOSIT, booked_on=date(2024, 1, 2), gross=Decimal(1), currency="EUR")
    bought = replace(good, type=TransactionType.BUY, asset="USD", quantity=Decimal(1), fee=Decimal(1))
    gone = replace(bought, **{place: str(uuid4())})

    async def note(_fraction: float, _step: Step) -> None:
        pass

    with pytest.raises(SymbolUnknown):
        await _record(database, owner, [Request(draft=good), Request(draft=gone)], note)
    assert _stored(server, owner) == Stored(0, 0, 0, None)
