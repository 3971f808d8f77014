"""An address of anybody's that answers JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from finsage.market.providers.json_source import JsonSource, JsonSources
from finsage.market.providers.protocol import Answer
from replay.case import Case, bodied, replaced
from replay.server import Asked, Reply

BODY = b'{"funds": [{"id": "A", "nav": "101.25", "at": 1764201600}, {"id": "B", "nav": 0.000008421234567890123, "at": "2026-11-27T12:00:00Z"}]}'


def answer(_: Asked) -> Reply:
    return Reply(BODY, headers={"content-type": "application/json"})


def _make(outbound: Any, base: str) -> JsonSources:
    return JsonSources(
        outbound,
        {
            key: JsonSource(f"{base}/funds", f"$.funds[?@.id=='{key}'].nav", f"$.funds[?@.id=='{key}'].at")
            for key in ("A", "B")
        },
    )


async def _asked(sources: JsonSources) -> Answer[Any]:
    """Each key's failure is its own and never raised; where nothing else came the first tells of all."""
    answer = await sources.quotes(["A", "B", "C"], "USD")
    if not answer.values and answer.failed:
        raise answer.failed[0].error
    return answer


def _right(found: Answer[Any]) -> None:
    first, second = found.values
    assert (first.price, first.as_of) == (Decimal("101.25"), datetime.fromtimestamp(1764201600, UTC))
    assert (second.price, second.as_of) == (Decimal("0.000008421234567890123"), datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert found.missing == ("C",)


CASES = [
    Case(
        "json source", ("https://www.rfc-editor.org/rfc/rfc9535",), _make, answer,
        _asked, _right,
        replaced(b'"nav"', b'"price"'), "$.funds[?@.id=='A'].nav",
        bodied(b'{"funds": []}'),
        replaced(b"]}", b', {"id": "C", "nav": 5}, {"id": "C", "nav": 6}]}'),
        told=False,
        spoils_one=replaced(b"0.000008421234567890123", b'"about 5"'), spoilt_key="B",
    )
]  # fmt: skip
