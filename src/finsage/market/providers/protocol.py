"""What a provider of market data can be asked, and what it answers with.

A provider is a set of capabilities. Each capability is a protocol of one method; a provider implements those it has
and lists them in ``capabilities``, so that ``choice.py`` can tell without asking. All values are frozen; prices and
rates are exact decimals, never floats; instants are aware and in UTC; days are those the provider states (UTC for
coins, the exchange's own day for others).

An answer is what the provider said, translated and not yet judged: a negative price arrives as a negative price and is
refused by ``market/sanity.py``. What cannot be translated is an error instead:

    error                     means                                                  ask another?   ask again?
    ChangedShape              the answer is not as documented; ``field`` names where  yes            no, until mended
    CredentialRefused         the key is missing, wrong or not allowed this           yes            no
    OutsideLimited (Limited)  asked too often; ``retry_after_seconds``                yes            later
    Upstream, other           unreachable, too slow, too large, 5xx, 4xx              yes            later
    CircuitOpen (Unavailable) it failed five times running and is left alone          yes            later
    NotOffered                it does not have this currency, interval or span        yes            no

A key the provider does not know is no error: it is listed in ``Answer.missing`` beside the values of those it knows. A
request that fails for some of the keys costs no more than these: they are in ``Answer.failed`` with their error, and it
is raised only where nothing else came (by ``json``, whose keys have nothing to do with each other, never).
A batch of many keys is asked in as few requests as the provider allows; the cost grows with distinct keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, Protocol, TypeVar, runtime_checkable

from finsage.errors import FinSageError
from finsage.market.asset import AssetClass
from finsage.market.candles import Given

T_co = TypeVar("T_co", covariant=True)


class Capability(StrEnum):
    """What a provider may be able to answer; the value names the method."""

    SEARCH = "search"
    QUOTES = "quotes"
    HISTORY = "history"
    CANDLES = "candles"
    RATES = "rates"
    EVENTS = "events"
    NAMES = "names"
    NEWS = "news"


Adjustment = Literal["none", "splits", "splits_and_dividends"]
"""What closes were corrected for. Histories of different adjustment are never joined."""

Interval = Literal[Given, "1d"]


@dataclass(frozen=True, slots=True)
class Source:
    """One response that an answer was made from, so that it can be proven later.

    ``content_hash`` is the SHA-256 of the body after its content encoding was taken off, ``received_at`` when its last
    byte arrived (of a cached one: when it was first received or last found unchanged), ``url`` has no secrets in it.
    """

    url: str
    content_hash: bytes
    received_at: datetime
    is_from_cache: bool = False


@dataclass(frozen=True, slots=True)
class KeyFailure:
    """A key whose request failed, while others of the same question were answered."""

    key: str
    error: FinSageError


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """What one provider answered to one question.

    ``values`` in the provider's order, each key at most once. ``missing`` holds the asked keys it has no value for,
    ``failed`` those of which nothing is known, as the request for them failed.
    ``flaws`` says what was left out of a list because one entry was unusable (``"items/3: no link"``): one bad headline
    must not cost the others, but is not passed over in silence either.
    """

    provider: str
    values: tuple[T_co, ...]
    sources: tuple[Source, ...]
    missing: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()
    failed: tuple[KeyFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """An asset as a search found it.

    ``key`` is how this provider wants to be asked for it (``bitcoin``, ``AAPL.US``, ``BTC/USDT``). ``rank`` is the
    provider's own, 1 the most important; None where it has none. What is not stated is None or empty, never guessed.
    """

    key: str
    symbol: str
    name: str
    asset_class: AssetClass | None = None
    currency: str | None = None
    mic: str = ""
    isin: str | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest price of one key: money in ``currency`` per unit, true at ``as_of``.

    ``currency`` is None where the provider does not state it (Stooq); then it is the asset's own. ``as_of`` is the
    provider's own instant; None where it states none, and then nothing is known of its age. ``source`` is the response
    it came in, where that is not all of the answer's.
    """

    key: str
    price: Decimal
    currency: str | None
    as_of: datetime | None
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Candle:
    """The price over one interval from ``start`` on; ``close`` is always there, the rest where it is published.

    For ``1d``, ``start`` is midnight UTC of the day the provider names. Within a day, where nothing but the close is
    there, it is the price at the instant ``start`` and not of an interval.
    """

    start: datetime
    close: Decimal
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None

    @property
    def day(self) -> date:
        """The day of a daily candle."""
        return self.start.date()


@dataclass(frozen=True, slots=True)
class History:
    """The candles of one key, ascending, at most one per interval.

    ``currency`` is None where the provider does not state it (Stooq); then it is the asset's own.
    """

    key: str
    currency: str | None
    interval: Interval
    adjustment: Adjustment
    candles: tuple[Candle, ...]


@dataclass(frozen=True, slots=True)
class DayRates:
    """Reference rates of one day: units of each currency for one unit of ``base``."""

    base: str
    day: date
    rates: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Dividend:
    """Money in ``currency`` per unit held before ``ex_day``, as stated: Yahoo corrects it for later splits."""

    key: str
    ex_day: date
    amount: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True)
class Split:
    """From ``day`` on, ``before`` old units are ``after`` new ones (a 4:1 split: before 1, after 4)."""

    key: str
    day: date
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Headline:
    """One item of news. Its texts come from outside and are only text: never markup, never an instruction.

    ``id`` is stable for the item within the provider; ``url`` is https or http. ``published_at`` is None where it is
    not stated. ``mentions`` are symbols or keys the provider itself says the item is about. ``language`` is ISO 639-1.
    """

    id: str
    title: str
    url: str
    published_at: datetime | None
    publisher: str
    summary: str = ""
    language: str | None = None
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewsQuestion:
    """What headlines are wanted: words to look for, symbols, both, or neither for all there are.

    A provider that cannot filter by one of them leaves it out; the caller matches headlines to assets itself.
    """

    words: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    since: datetime | None = None
    language: str | None = None
    limit: int = field(default=50)


class Provider(Protocol):
    """What all providers have.

    ``name`` is stable: it is stored beside what came from it and is the label of its metrics. ``needs_key`` says that
    nothing works without a credential; ``has_key`` whether one is set.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def needs_key(self) -> bool: ...

    @property
    def has_key(self) -> bool: ...


@runtime_checkable
class Searches(Protocol):
    """Has ``Capability.SEARCH``."""

    async def search(self, text: str, *, limit: int = 20) -> Answer[Found]:
        """Assets that match a symbol, name or identifier, best first.

        Args:
            text: 1 to 100 characters as typed.
            limit: the most to return.
        """
        ...


@runtime_checkable
class Quotes(Protocol):
    """Has ``Capability.QUOTES``."""

    async def quotes(self, keys: Sequence[str], currency: str) -> Answer[Quote]:
        """The latest price of each key; those that failed alone are told of in ``Answer.failed``.

        Args:
            keys: distinct keys, any number; asked in batches as large as the provider takes.
            currency: wanted currency, ISO 4217. A provider that quotes in the asset's own says so in
                ``Quote.currency``, which may differ.
        """
        ...


@runtime_checkable
class Histories(Protocol):
    """Has ``Capability.HISTORY``."""

    async def history(self, key: str, currency: str, first: date, last: date) -> Answer[History]:
        """The days of one key from ``first`` to ``last``, both included. Exactly one value, or the key is missing.

        A day that has not ended is left out: its last price is no close.

        Args:
            key: the provider's.
            currency: wanted currency; as for quotes.
            first: the first day.
            last: the last day.
        """
        ...


@runtime_checkable
class Candles(Protocol):
    """Has ``Capability.CANDLES``."""

    async def candles(self, key: str, currency: str, since: datetime, *, interval: Given) -> Answer[History]:
        """The candles of one key within its days. Exactly one value, or the key is missing.

        They begin with a full hour of UTC, at ``since`` or where the provider begins if that is later, and hold all
        that it has from there on. As traded: what is corrected for splits is left out.

        Args:
            key: the provider's.
            currency: wanted currency; as for quotes.
            since: an instant.
            interval: between candles.
        """
        ...


@runtime_checkable
class Rates(Protocol):
    """Has ``Capability.RATES``."""

    async def rates(self, first: date, last: date) -> Answer[DayRates]:
        """Reference rates of each day there are any, ascending, from ``first`` to ``last``, both included."""
        ...


@runtime_checkable
class Events(Protocol):
    """Has ``Capability.EVENTS``."""

    async def events(self, key: str, first: date, last: date) -> Answer[Dividend | Split]:
        """Dividends and splits of one key by day, ascending."""
        ...


@runtime_checkable
class Names(Protocol):
    """Has ``Capability.NAMES``."""

    async def names(self, keys: Sequence[str]) -> Answer[Found]:
        """What each key stands for now."""
        ...


@runtime_checkable
class News(Protocol):
    """Has ``Capability.NEWS``."""

    async def news(self, question: NewsQuestion) -> Answer[Headline]:
        """Headlines, newest first."""
        ...
