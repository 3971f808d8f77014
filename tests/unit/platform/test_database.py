"""Which driver errors a caller may meet, and as what."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from finsage.platform.database import translate


@pytest.mark.parametrize(
    ("error", "kind", "slug"),
    [
        (errors.DiskFull("no space"), "unavailable", "storage-full"),
        (errors.TooManyConnections("full"), "unavailable", "database-unavailable"),
        (errors.QueryCanceled("slow"), "unavailable", "database-unavailable"),
        (errors.SerializationFailure("raced"), "unavailable", "database-unavailable"),
        (errors.DeadlockDetected("crossed"), "unavailable", "database-unavailable"),
        (errors.AdminShutdown("going down"), "unavailable", "database-unavailable"),
        (errors.CannotConnectNow("starting"), "unavailable", "database-unavailable"),
        (errors.ConnectionFailure("cut"), "unavailable", "database-unavailable"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "unavailable", "database-unavailable"),
        (ConnectionResetError(), "unavailable", "database-unavailable"),
    ],
)
def test_what_will_pass_is_503(error: Exception, kind: str, slug: str):
    for raised in (error, DBAPIError("SELECT 1", {}, error)):
        found = translate(raised)
        assert found is not None
        assert (found.kind, found.slug()) == (kind, slug)
        assert found.detail


@pytest.mark.parametrize(
    "error", [errors.UniqueViolation("twice"), errors.CheckViolation("odd"), errors.SyntaxError("?")]
)
def test_a_fault_of_the_program_is_not_dressed_up(error: Exception):
    assert translate(error) is None
