"""A price from any address that answers JSON: where it is, and where in the answer it stands (JSONPath, RFC 9535).

The address passes the same guard as every other. A path is bounded before it is run, because a user writes it and the
answer comes from a stranger: one descent (``..``) and one filter at most, and no functions, so that it costs one walk
over the answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import jsonpath
from jsonpath.segments import JSONPathRecursiveDescentSegment
from jsonpath.selectors import Filter

from finsage.errors import FinSageError
from finsage.market.currencies import is_currency
from finsage.market.errors import InvalidSource
from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.choice import PASSES
from finsage.market.providers.protocol import (
    Answer,
    Candle,
    Capability,
    History,
    KeyFailure,
    Quote,
    Source,
)
from finsage.market.providers.shapes import changed, from_iso, quiet
from finsage.platform.http import Credential, Outbound, Rate, Service

NAME = "json"
PATH_LENGTH_MAX = 300
DEPTH_MAX = 100
VALUES_MAX = 20_000
"""Prices one answer may hold: fifty years of days and more."""

_RATE = Rate(60, 20)
_EPOCH_MILLISECONDS_MIN = 100_000_000_000


@dataclass(frozen=True, slots=True)
class JsonSource:
    """Where the price of one key is found.

    ``price_path`` selects one number, or text that is one. ``as_of_path`` selects its instant: ISO 8601 text, or
    seconds or milliseconds since 1970; without it nothing is known of the price's age. With it both may select many, in
    the same order: the newest is the latest price, all of them are the history. ``currency_path`` selects one code of
    ISO 4217; without it the price is in the asset's currency.
    """

    url: str
    price_path: str
    as_of_path: str | None = None
    currency_path: str | None = None
    credential: Credential | None = None

    def paths(self) -> dict[str, str]:
        """The paths that are given, by the name of their field."""
        told = {"price_path": self.price_path, "as_of_path": self.as_of_path, "currency_path": self.currency_path}
        return {name: path for name, path in told.items() if path is not None}


def compile_path(path: str) -> Any:
    """A JSONPath that may be run.

    Raises:
        InvalidSource: it is none, or could cost too much.
    """
    if len(path) > PATH_LENGTH_MAX:
        raise InvalidSource(f"The path is longer than {PATH_LENGTH_MAX} characters.")
    try:
        compiled = _ENVIRONMENT.compile(path)
    except (jsonpath.JSONPathError, RecursionError, ValueError) as error:
        # Not str(error), which fails by itself where the path ends too early.
        told = str(error.args[0])[:200] if error.args else type(error).__name__
        raise InvalidSource(f"The path is no JSONPath: {told}.") from error
    segments = getattr(compiled, "segments", None)
    if segments is None:
        raise InvalidSource("The path must be one path, not a union of several.")
    descents = sum(isinstance(segment, JSONPathRecursiveDescentSegment) for segment in segments)
    filters = sum(isinstance(selector, Filter) for segment in segments for selector in segment.selectors)
    if descents > 1 or filters > 1 or path.count("?") > 1 or path.count("..") > 1:
        raise InvalidSource("The path may have one descent (..) and one filter (?) at most.")
    return compiled


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source said: prices with their instants, ascending (None where it states none), in which currency."""

    prices: tuple[tuple[datetime | None, Decimal], ...]
    currency: str | None
    source: Source

    def quote(self, key: str) -> Quote:
        """The latest price."""
        as_of, price = self.prices[-1]
        return Quote(key, price, self.currency, as_of, self.source)

    def candles(self, first: date, last: date) -> tuple[Candle, ...]:
        """The last price of each day from one to another, both included; none where it states no instants."""
        days = {as_of.date(): price for as_of, price in self.prices if as_of is not None}
        return tuple(
            Candle(datetime.combine(day, time(), UTC), price) for day, price in days.items() if first <= day <= last
        )


class JsonSources:
    """Prices of the keys that sources were described for. What their owners ask of one address is asked once.

    Args:
        outbound: the way out.
        sources: by key; an error where one cannot be asked, as its secret cannot be read.
    """

    name = NAME
    capabilities = frozenset({Capability.QUOTES, Capability.HISTORY})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, sources: Mapping[str, JsonSource | FinSageError]) -> None:
        self._outbound = outbound
        self._sources = sources

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:  # noqa: ARG002 - each has its own
        """The latest price of each key.

        Never raises what the next provider is asked for: each key is somebody else's, so each has its own failure.
        """
        asked = dict.fromkeys(keys)
        known = {key: self._sources[key] for key in asked if key in self._sources}
        together: dict[tuple[str, str], list[str]] = {}
        for key, source in known.items():
            if isinstance(source, JsonSource):
                secret = source.credential.digest() if source.credential else ""
                together.setdefault((source.url, secret), []).append(key)
        found = await asyncio.gather(*(self._readings({k: known[k] for k in ones}) for ones in together.values()))
        told: dict[str, Reading | FinSageError] = {k: one for k, one in known.items() if isinstance(one, FinSageError)}
        for readings in found:
            told |= readings
        read = {key: one for key, one in told.items() if isinstance(one, Reading)}
        return Answer(
            NAME,
            tuple(read[key].quote(key) for key in asked if key in read),
            tuple({id(one.source): one.source for one in read.values()}.values()),
            tuple(key for key in asked if key not in told),
            failed=tuple(KeyFailure(key, one) for key in asked if isinstance(one := told.get(key), FinSageError)),
        )

    async def history(
        self,
        key: str,
        currency: str,  # noqa: ARG002 - each has its own
        first: date,
        last: date,
    ) -> Answer[History]:
        """The days that the answer holds beside its latest price; the key is missing where it holds none."""
        source = self._sources.get(key)
        if isinstance(source, FinSageError):
            raise source
        if source is None or source.as_of_path is None:
            return Answer(NAME, (), (), (key,))
        reading = await self.read(source)
        candles = reading.candles(first, last)
        if not candles:
            return Answer(NAME, (), (reading.source,), (key,))
        return Answer(NAME, (History(key, reading.currency, "1d", "none", candles),), (reading.source,))

    async def read(self, source: JsonSource) -> Reading:
        """Ask one source.

        Raises:
            ChangedShape: the answer is no JSON, or a path does not select what it should.
            InvalidSource: a path is none.
            CredentialRefused, and whatever else ``Outbound.get`` raises.
        """
        return await asyncio.to_thread(_read, source, *await self._fetch(source))

    async def _readings(self, sources: Mapping[str, Any]) -> dict[str, Reading | FinSageError]:
        """What sources with one address and secret say, each by its own paths."""
        try:
            document, response = await self._fetch(next(iter(sources.values())))
        except PASSES as error:
            return dict.fromkeys(sources, error)
        return await asyncio.to_thread(_each_read, sources, document, response)

    async def _fetch(self, source: JsonSource) -> tuple[Any, Source]:
        asking = Asking(self._outbound, Service(NAME, _RATE), source.url, source.credential)
        fetched = await asking.get("", accept="application/json")
        return await asyncio.to_thread(_parse, fetched.body), source_of(fetched)


def _each_read(sources: Mapping[str, JsonSource], document: Any, response: Source) -> dict[str, Reading | FinSageError]:
    return {key: _read_or_not(source, document, response) for key, source in sources.items()}


def _read_or_not(source: JsonSource, document: Any, response: Source) -> Reading | FinSageError:
    try:
        return _read(source, document, response)
    except (*PASSES, InvalidSource) as error:
        return error


def _read(source: JsonSource, document: Any, response: Source) -> Reading:
    prices = [_number(one, source.price_path) for one in _selected(source.price_path, document)]
    if source.as_of_path is None:
        _demand_one(prices, source.price_path)
        dated: list[tuple[datetime | None, Decimal]] = [(None, prices[0])]
    else:
        instants = [_instant(one, source.as_of_path) for one in _selected(source.as_of_path, document)]
        if not prices:
            _demand_one(prices, source.price_path)
        if len(instants) != len(prices):
            detail = f"it selects {len(instants)} values beside {len(prices)} prices"
            raise changed(NAME, source.as_of_path, detail)
        dated = [*sorted(zip(instants, prices, strict=True), key=lambda one: one[0])]
    return Reading(tuple(dated), _currency(source.currency_path, document), response)


def _currency(path: str | None, document: Any) -> str | None:
    if path is None:
        return None
    found = _selected(path, document)
    _demand_one(found, path)
    told = found[0].strip() if isinstance(found[0], str) else ""
    # As it is written first: GBp are pence, and no careless way to write GBP.
    code = next((code for code in (told, told.upper()) if is_currency(code)), None)
    if code is None:
        raise changed(NAME, path, f"{str(found[0])[:40]!r} is no currency")
    return code


_ENVIRONMENT = jsonpath.JSONPathEnvironment(strict=True)
_ENVIRONMENT.function_extensions.clear()
_ENVIRONMENT.max_recursion_depth = DEPTH_MAX


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError, InvalidOperation) as error:
        what = "a web page" if body.lstrip()[:1] == b"<" else "no JSON"
        raise changed(NAME, "$", what) from error


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _selected(path: str, document: Any) -> list[Any]:
    try:
        found: list[Any] = compile_path(path).findall(document)
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise changed(NAME, path, str(error.args[:1])) from error
    if len(found) > VALUES_MAX:
        raise changed(NAME, path, f"it selects {len(found)} values; {VALUES_MAX} are read at most")
    return found


def _demand_one(found: Sequence[Any], path: str) -> None:
    if len(found) != 1:
        raise changed(NAME, path, f"it selects {len(found)} values instead of one")


def _number(value: Any, text: str) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        try:
            return quiet(Decimal(value.strip()))
        except InvalidOperation:
            pass
    raise changed(NAME, text, f"{str(value)[:40]!r} is no number")


def _instant(value: Any, text: str) -> datetime:
    found: datetime | None = None
    if isinstance(value, str):
        found = from_iso(value)
    elif isinstance(value, Decimal) and value.is_finite() and 0 <= value < 100 * _EPOCH_MILLISECONDS_MIN:
        seconds = float(value) / (1000 if value >= _EPOCH_MILLISECONDS_MIN else 1)
        found = datetime.fromtimestamp(seconds, UTC)
    if found is None:
        raise changed(NAME, text, f"{str(value)[:40]!r} is no instant")
    return found
