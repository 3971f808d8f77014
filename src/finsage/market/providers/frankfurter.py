"""Frankfurter: the reference rates of the European Central Bank as JSON; free, without a key, can be run by oneself.

Documented at https://frankfurter.dev/v1/ (the second version blends other banks' rates; this one does not).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.protocol import Answer, Capability, DayRates
from finsage.market.providers.shapes import changed, decode, quiet
from finsage.platform.http import Outbound, Rate, Service

NAME = "frankfurter"
BASE = "https://api.frankfurter.dev"


class _Span(msgspec.Struct):
    base: str
    rates: dict[str, dict[str, Decimal]]


class Frankfurter:
    """Reference rates of the euro."""

    name = NAME
    capabilities = frozenset({Capability.RATES})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, *, base: str | None = None) -> None:
        self._asking = Asking(outbound, Service(NAME, Rate(60, 5)), base or BASE)

    async def rates(self, first: date, last: date) -> Answer[DayRates]:
        """Rates of the days from ``first`` to ``last`` that have any; the answer begins with the day before those."""
        fetched = await self._asking.find(f"/v1/{first}..{last}", accept="application/json")
        if fetched is None:
            return Answer(NAME, (), ())
        span = decode(NAME, fetched.body, _Span)
        if span.base != "EUR":
            raise changed(NAME, "$.base", f"{span.base[:10]!r} instead of EUR")
        days = sorted((_day(text), rates) for text, rates in span.rates.items())
        kept = tuple(
            DayRates("EUR", day, tuple((currency, quiet(rate)) for currency, rate in rates.items()))
            for day, rates in days
            if first <= day <= last
        )
        return Answer(NAME, kept, (source_of(fetched),))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise changed(NAME, "$.rates", f"{text[:20]!r} is no day") from error
