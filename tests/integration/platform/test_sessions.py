"""The two kinds of transaction: what a reader sees, and what an error of the database gives away."""

from __future__ import annotations

import traceback
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from finsage.platform.database import Database, allow_idling
from finsage.platform.telemetry import redact_text

pytestmark = pytest.mark.anyio

COUNT = text("SELECT count(*) FROM tenants")
ADD = text("INSERT INTO tenants (id, name) VALUES (:id, :name)")


async def test_all_statements_of_a_reader_see_the_same_moment(database: Database):
    async with database.read() as session:
        before = (await session.execute(COUNT)).scalar_one()
        async with database.write() as writer:
            await writer.execute(ADD, {"id": uuid4(), "name": "In between"})
        assert (await session.execute(COUNT)).scalar_one() == before
    async with database.read() as session:
        assert (await session.execute(COUNT)).scalar_one() == before + 1


async def test_a_writer_sees_what_was_committed_while_it_waited(database: Database):
    async with database.write() as session:
        before = (await session.execute(COUNT)).scalar_one()
        async with database.write() as other:
            await other.execute(ADD, {"id": uuid4(), "name": "Meanwhile"})
        assert (await session.execute(COUNT)).scalar_one() == before + 1


async def test_a_longer_leave_to_idle_is_not_shortened(database: Database):
    limit = text("SELECT current_setting('idle_in_transaction_session_timeout')")
    async with database.read() as session:
        given = []
        for seconds in (60, 900, 300):
            await allow_idling(session, seconds)
            given.append((await session.execute(limit)).scalar_one())
        assert given == ["1min", "15min", "15min"]
        # What is without any limit stays so.
        await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await allow_idling(session, 60)
        assert (await session.execute(limit)).scalar_one() == "0"


async def test_a_reader_cannot_write(database: Database):
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.read() as session:
            await session.execute(ADD, {"id": uuid4(), "name": "Never"})
    async with database.write() as session:
        await session.execute(ADD, {"id": uuid4(), "name": "On the same connection"})


async def test_an_error_of_the_database_holds_no_value(database: Database):
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as session:
            await session.execute(ADD, {"id": uuid4(), "name": "canary" * 100})
    assert "tenants" in str(caught.value)
    logged = redact_text("".join(traceback.format_exception(caught.value)))
    assert "CheckViolation" in logged
    assert "canarycanary" not in logged
