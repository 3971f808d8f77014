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
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import jsonpath
from jsonpath.segments import JSONPathRecursiveDescentSegment
from jsonpath.selectors import Filter

from finsage.errors import FinSageError
from finsage.market.currencies import is_currency
from finsage.market.errors import InvalidSource
from finsage.market.providers.asking import Asking, source_of
from finsage.market.providers.choice import PASSES, each_answered
from finsage.market.providers.protocol import Answer, Capability, Quote, Source
from finsage.market.providers.shapes import changed, from_iso, quiet
from finsage.platform.http import Outbound, Rate, Service

NAME = "json"
PATH_LENGTH_MAX = 300
DEPTH_MAX = 100
_RATE = Rate(30, 5)
_EPOCH_MILLISECONDS_MIN = 100_000_000_000


@dataclass(frozen=True, slots=True)
class JsonSource:
    """Where the price of one key is found.

    ``price_path`` selects exactly one number, or text that is one. ``as_of_path`` selects an ISO 8601 text, or seconds
    or milliseconds since 1970; without it the price is taken as of when it was fetched, which is all that is known.
    """

    url: str
    price_path: str
    currency: str
    as_of_path: str | None = None


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


def check(source: JsonSource) -> None:
    """Whether a source is described so that it can be asked; its address is judged when it is.

    Raises:
        InvalidSource: the path or the currency is none.
    """
    compile_path(source.price_path)
    if source.as_of_path is not None:
        compile_path(source.as_of_path)
    if not is_currency(source.currency):
        raise InvalidSource(f"{source.currency[:12]!r} is no currency of GET /currencies.")


class JsonSources:
    """Prices of the keys that sources were described for.

    Args:
        outbound: the way out.
        sources: by key.
    """

    name = NAME
    capabilities = frozenset({Capability.QUOTES})
    needs_key = False
    has_key = False

    def __init__(self, outbound: Outbound, sources: Mapping[str, JsonSource]) -> None:
        self._outbound = outbound
        self._sources = sources

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:  # noqa: ARG002 - each has its own
        """The price of each key in its source's currency; one that fails does not cost the others.

        Raises:
            FinSageError: of the first, when every one failed.
        """
        known = [key for key in dict.fromkeys(keys) if key in self._sources]
        found = await asyncio.gather(*(self._quote(key, self._sources[key]) for key in known), return_exceptions=True)
        told: dict[str, Quote | FinSageError] = {}
        sources = []
        for key, one in zip(known, found, strict=True):
            if isinstance(one, tuple):
                told[key] = one[0]
                sources.append(one[1])
            elif isinstance(one, PASSES):
                told[key] = one
            else:
                raise one
        return each_answered(NAME, keys, told, sources)

    async def _quote(self, key: str, source: JsonSource) -> tuple[Quote, Source]:
        price_path = compile_path(source.price_path)
        as_of_path = compile_path(source.as_of_path) if source.as_of_path else None
        fetched = await Asking(self._outbound, Service(NAME, _RATE), source.url).get("", accept="application/json")
        document = await asyncio.to_thread(_parse, fetched.body)
        price = _number(_single(price_path, document, source.price_path), source.price_path)
        as_of = fetched.received_at
        if as_of_path is not None and source.as_of_path:
            as_of = _instant(_single(as_of_path, document, source.as_of_path), source.as_of_path)
        return Quote(key, price, source.currency, as_of), source_of(fetched)


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


def _single(path: Any, document: Any, text: str) -> Any:
    try:
        found = path.findall(document)
    except (jsonpath.JSONPathError, RecursionError) as error:
        raise changed(NAME, text, str(error.args[:1])) from error
    if len(found) != 1:
        raise changed(NAME, text, f"it selects {len(found)} values instead of one")
    return found[0]


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
