"""What providers said and nobody believed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from finsage.platform import clock
from finsage.platform.database import WriteSession


@dataclass(frozen=True, slots=True)
class Doubted:
    """A price that was not believed: its text, as it may be no number, and why."""

    asset_id: UUID
    provider: str
    day: date
    value: str
    currency: str | None
    reason: str
    detail: str
    content_hashes: tuple[bytes, ...]


# The same again is counted, and stays decided where it was.
_PUT = text("""
    INSERT INTO quarantined_prices AS q
        (tenant_id, id, asset_id, provider, day, value, currency, reason, detail, content_hashes)
    SELECT :tenant, one.id, one.asset_id, one.provider, one.day, one.value, one.currency, one.reason, one.detail,
        ARRAY(SELECT decode(hash, 'hex') FROM json_array_elements_text(one.hashes) AS hash)
    FROM json_to_recordset(CAST(:rows AS json)) AS one
        (id uuid, asset_id uuid, provider text, day date, value text, currency text, reason text, detail text,
         hashes json)
    ON CONFLICT (tenant_id, asset_id, provider, day, reason, value) DO UPDATE
        SET times = q.times + 1, seen_at = now(), detail = excluded.detail, content_hashes = excluded.content_hashes
""")


async def put(session: WriteSession, tenant_id: UUID, doubted: Sequence[Doubted]) -> None:
    """Put prices aside; each asset, provider, day, reason and value at most once."""
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
        }
        for one in doubted
    ]
    await session.execute(_PUT, {"tenant": tenant_id, "rows": json.dumps(rows)})
