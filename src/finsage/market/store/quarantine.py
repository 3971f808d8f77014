"""What providers said and nobody believed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import TextClause, text

from finsage.market.sanity import Reason
from finsage.platform import clock
from finsage.platform.database import ReadSession, WriteSession

State = Literal["open", "accepted", "dismissed"]


@dataclass(frozen=True, slots=True)
class Doubted:
    """A price that was not believed: its text, as it may be no number, and why. ``seconds``: what interval it is of."""

    asset_id: UUID
    provider: str
    day: date
    value: str
    currency: str | None
    reason: str
    detail: str
    content_hashes: tuple[bytes, ...]
    seconds: int = 86_400


# The same again is counted, and stays decided where it was.
_PUT = text("""
    INSERT INTO quarantined_prices AS q
        (tenant_id, id, asset_id, provider, day, value, currency, reason, detail, content_hashes, seconds)
    SELECT :tenant, one.id, one.asset_id, one.provider, one.day, one.value, one.currency, one.reason, one.detail,
        ARRAY(SELECT decode(hash, 'hex') FROM json_array_elements_text(one.hashes) AS hash), one.seconds
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (id uuid, asset_id uuid, provider text, day date, value text, currency text, reason text, detail text,
         hashes json, seconds int)
    ON CONFLICT (tenant_id, asset_id, provider, day, seconds, reason, value) DO UPDATE
        SET times = q.times + 1, seen_at = now(), detail = excluded.detail, content_hashes = excluded.content_hashes
""")


async def put(session: WriteSession, tenant_id: UUID, doubted: Sequence[Doubted]) -> None:
    """Put prices aside; each asset, provider, day, interval, reason and value at most once."""
    rows = [
        {
            "id": str(clock.new_id()),
            "asset_id": str(one.asset_id),
            "provider": one.provider,
            "day": one.day.isoformat(),
            "value": one.value,
            "currency": one.currency,
            "reason": one.reason,
            "detail": one.detail,
            "hashes": [digest.hex() for digest in one.content_hashes],
            "seconds": one.seconds,
        }
        for one in doubted
    ]
    await session.execute(_PUT, {"tenant": tenant_id, "rows": json.dumps(rows)})


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A price that was put aside, how often it came, and what was decided about it."""

    id: UUID
    asset_id: UUID
    symbol: str
    provider: str
    day: date
    value: str
    currency: str | None
    reason: str
    detail: str
    times: int
    found_at: datetime
    seen_at: datetime
    state: State
    seconds: int


_COLUMNS = (
    "q.id, q.asset_id, a.symbol, q.provider, q.day, q.value, q.currency, q.reason, q.detail, q.times, q.found_at,"
    " q.seen_at, q.state, q.seconds"
)
_FROM = "quarantined_prices q JOIN assets a ON a.tenant_id = q.tenant_id AND a.id = q.asset_id"


def select_quarantined(condition: str) -> TextClause:
    """Prices that were put aside, ``q``, by a condition of SQL with an order."""
    return text(f"SELECT {_COLUMNS} FROM {_FROM} WHERE {condition}")


_SELDOM_ACCEPTED = ", ".join(
    f"'{reason}'"
    for reason in (
        Reason.NOT_A_NUMBER, Reason.NEGATIVE, Reason.ZERO, Reason.OUT_OF_RANGE, Reason.WRONG_CURRENCY,
        Reason.MIXED_ADJUSTMENT,
    )
)  # fmt: skip
# Neither dozens of candles nor of days below zero may stand before the one close that can be decided about.
FOR_DECIDING = f"q.seconds DESC, q.reason IN ({_SELDOM_ACCEPTED}), q.seen_at DESC, q.id DESC"
"""The order: closes first, those that can seldom be accepted after the others, of these last seen first."""

_OPEN = select_quarantined(f"q.state = 'open' ORDER BY {FOR_DECIDING} LIMIT :limit")
_COUNT = text("SELECT count(*) FROM quarantined_prices WHERE state = 'open'")
_TAKE = select_quarantined("q.id = :id FOR UPDATE OF q")
_DECIDE = text("UPDATE quarantined_prices SET state = :state, decided_at = now() WHERE id = :id")


async def undecided(session: ReadSession, limit: int) -> tuple[list[Quarantined], int]:
    """The session's tenant's undecided prices, those to decide about first, and how many there are."""
    rows = await session.execute(_OPEN, {"limit": limit})
    found = [Quarantined(**row) for row in rows.mappings()]
    return found, int((await session.execute(_COUNT)).scalar_one())


async def take(session: WriteSession, quarantine_id: UUID) -> Quarantined | None:
    """One price of the session's tenant, locked until the end of the transaction."""
    row = (await session.execute(_TAKE, {"id": quarantine_id})).mappings().one_or_none()
    return Quarantined(**row) if row else None


async def decide(session: WriteSession, quarantine_id: UUID, state: State) -> None:
    """Note what was decided."""
    await session.execute(_DECIDE, {"id": quarantine_id, "state": state})
