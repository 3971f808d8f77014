"""What the market slice refuses, one English line each."""

from __future__ import annotations

from finsage.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable, Upstream


class AssetNotFound(NotFound):
    """There is no such asset."""


class AssetExists(Conflict):
    """An asset with this symbol, market and currency exists already."""


class InvalidAsset(Invalid):
    """The asset cannot be kept as described."""


class InvalidIdentifiers(Invalid):
    """Some identifiers of the asset cannot be kept."""


class NotOwnAsset(Conflict):
    """This asset is not the tenant's own."""


class QuarantinedPriceNotFound(NotFound):
    """There is no such price that was put aside."""


class PriceDecided(Conflict):
    """Somebody decided about this price before."""


class PriceUnusable(Conflict):
    """This cannot be a price of the asset."""


class TooManyCandles(Invalid):
    """The span holds more candles than are answered at once."""


class MergeRefused(Conflict):
    """These two assets cannot be one."""


class NotMerged(Conflict):
    """This asset is not merged into another."""


class WatchlistNotFound(NotFound):
    """There is no such watchlist."""


class InvalidWatchlist(Invalid):
    """The watchlist cannot be kept as described."""


class InvalidPrices(Invalid):
    """Some prices cannot be kept."""


class InvalidPriceFile(Invalid):
    """The price file has errors; nothing was written."""


class PriceFileTooLarge(TooLarge):
    """The price file is larger than FinSage reads at once."""


class NoSuchCurrency(Invalid):
    """There is no currency by that code."""


class MissingRate(NotFound):
    """There is no exchange rate for this pair on or before that day."""


class RatesUnavailable(Unavailable):
    """The file of exchange rates that FinSage brings along is not installed."""


class ChangedShape(Upstream):
    """A provider's answer is not as it is documented."""

    provider: str
    field: str


class CredentialRefused(Upstream):
    """A provider refuses the key it was given, or wants one."""

    provider: str


class NotOffered(Upstream):
    """A provider does not have what it was asked for."""

    provider: str


class NoProvider(Unavailable):
    """No provider is set up that could answer this."""


class SearchTooSlow(Unavailable):
    """A provider was too slow for a search."""


class InvalidSource(Invalid):
    """A source of prices is not described in a way FinSage can use."""


class JsonSourceNotFound(NotFound):
    """This asset has no JSON source."""


class TooManySources(Conflict):
    """There are as many JSON sources as there may be."""


class JsonSourcesOff(Conflict):
    """This installation asks no JSON sources."""


class InvalidProviderKey(Invalid):
    """This key of a provider cannot be kept."""


class InvalidFeed(Invalid):
    """This cannot be a feed of headlines."""


class TooManyFeeds(Conflict):
    """There are as many feeds as there may be."""


class FeedNotFound(NotFound):
    """There is no such feed."""
