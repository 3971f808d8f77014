"""How each provider stands, as the worker that asked last has seen it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import text

from finsage.platform.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider: when it answered and failed last and how, and with what restraint it is asked.

    ``is_circuit_open``, ``retries_left`` and ``asks_per_minute`` are None where the provider's own library asks.
    ``resting_until`` is the instant before which it is not asked, as it wants so or as it failed repeatedly.
    """

    provider: str
    answered_at: datetime | None = None
    failed_at: datetime | None = None
    problem: str | None = None
    detail: str | None = None
    newest_price_at: datetime | None = None
    is_circuit_open: bool | None = None
    resting_until: datetime | None = None
    retries_left: float | None = None
    asks_per_minute: float | None = None


# In the order of their names, so that two workers never wait for each other. What is not told now stays.
_NOTE = text("""
    INSERT INTO provider_states AS p (provider, answered_at, failed_at, problem, detail, newest_price_at,
        is_circuit_open, resting_until, retries_left, asks_per_minute)
    SELECT provider, answered_at, failed_at, problem, detail, newest_price_at, is_circuit_open,
        resting_until, retries_left, asks_per_minute
    FROM json_populate_recordset(NULL::provider_states, CAST(:rows AS json)) ORDER BY provider
    ON CONFLICT (provider) DO UPDATE SET
        answered_at = greatest(excluded.answered_at, p.answered_at),
        failed_at = coalesce(excluded.failed_at, p.failed_at),
        problem = CASE WHEN excluded.failed_at IS NULL THEN p.problem ELSE excluded.problem END,
        detail = CASE WHEN excluded.failed_at IS NULL THEN p.detail ELSE excluded.detail END,
        newest_price_at = greatest(excluded.newest_price_at, p.newest_price_at),
        is_circuit_open = coalesce(excluded.is_circuit_open, p.is_circuit_open),
        resting_until = CASE WHEN coalesce(excluded.answered_at, excluded.failed_at, excluded.resting_until) IS NULL
            THEN p.resting_until ELSE excluded.resting_until END,
        retries_left = coalesce(excluded.retries_left, p.retries_left),
        asks_per_minute = coalesce(excluded.asks_per_minute, p.asks_per_minute), updated_at = now()
""")
_ALL = text(
    "SELECT provider, answered_at, failed_at, problem, detail, newest_price_at, is_circuit_open,"
    " resting_until, retries_left, asks_per_minute FROM provider_states ORDER BY provider"
)


async def note(session: WriteSession, states: Sequence[ProviderState]) -> None:
    """Note what was seen of providers; what is None leaves what is known."""
    rows = [asdict(state) for state in states]
    await session.execute(_NOTE, {"rows": json.dumps(rows, default=datetime.isoformat)})


async def states(session: ReadSession) -> dict[str, ProviderState]:
    """The providers a worker has looked at, by name."""
    return {row["provider"]: ProviderState(**row) for row in (await session.execute(_ALL)).mappings()}
