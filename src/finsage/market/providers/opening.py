"""From settings to providers: which there are, in which order, with which keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from finsage.errors import FinSageError
from finsage.market.providers.choice import Providers
from finsage.market.providers.coingecko import CoinGecko
from finsage.market.providers.coingecko_news import CoinGeckoNews
from finsage.market.providers.cryptopanic import CryptoPanic
from finsage.market.providers.ecb import EcbRates
from finsage.market.providers.exchanges import Exchanges
from finsage.market.providers.feeds import Feeds
from finsage.market.providers.frankfurter import Frankfurter
from finsage.market.providers.gdelt import Gdelt
from finsage.market.providers.json_source import NAME as JSON
from finsage.market.providers.json_source import JsonSource, JsonSources
from finsage.market.providers.lacks import lack_of
from finsage.market.providers.newsapi import NewsApi
from finsage.market.providers.protocol import Provider
from finsage.market.providers.stooq import Stooq
from finsage.market.providers.yahoo import Yahoo
from finsage.platform.http import Outbound
from finsage.platform.settings import InvalidSetting, Settings

_Make = Callable[[Outbound, Settings, str | None], Provider | None]

_MAKERS: Mapping[str, _Make] = {
    "coingecko": lambda out, settings, base: CoinGecko(
        out, plan=settings.coingecko_plan, key=settings.coingecko_key, base=base
    ),
    "ecb": lambda out, _, base: EcbRates(out, base=base),
    "frankfurter": lambda out, _, base: Frankfurter(out, base=base),
    "stooq": lambda out, _, base: Stooq(out, base=base),
    JSON: lambda *_: None,  # made of the sources of tenants
    "yahoo": lambda *_: Yahoo(),
    "exchanges": lambda _, settings, __: Exchanges(settings.exchanges),
    "feeds": lambda out, settings, _: Feeds(out, settings.news_feeds),
    "coingecko-news": lambda out, settings, base: CoinGeckoNews(
        out, plan=settings.coingecko_plan, key=settings.coingecko_key, base=base
    ),
    "newsapi": lambda out, settings, base: NewsApi(out, key=settings.newsapi_key, base=base),
    "cryptopanic": lambda out, settings, base: CryptoPanic(out, key=settings.cryptopanic_key, base=base),
    "gdelt": lambda out, _, base: Gdelt(out, base=base),
}

_FIXED = frozenset({"yahoo", "exchanges", "feeds", JSON})
"""These are asked where their library or their own settings say."""


def open_providers(
    settings: Settings, outbound: Outbound, sources: Mapping[str, JsonSource | FinSageError] | None = None
) -> Providers:
    """The providers of an installation, in the order of ``FINSAGE_PROVIDERS``.

    One whose package or addresses are missing is left out; one whose key is missing is there and not asked.

    Args:
        settings: of the installation.
        outbound: the way out.
        sources: JSON sources of tenants, by key.

    Raises:
        InvalidSetting: a name nobody knows, or an address that is none.
    """
    addresses = _addresses(settings)
    unknown = [name for name in settings.providers if name not in _MAKERS]
    if unknown:
        raise InvalidSetting(f"FINSAGE_PROVIDERS: {', '.join(unknown)} is no provider; there are {', '.join(_MAKERS)}.")
    ready = [name for name in dict.fromkeys(settings.providers) if lack_of(settings, name) is None]
    made = [_MAKERS[name](outbound, settings, addresses.get(name)) for name in ready]
    if sources and JSON in settings.providers:
        made.append(JsonSources(outbound, sources))
    return Providers(provider for provider in made if provider is not None)


def _addresses(settings: Settings) -> dict[str, str]:
    addresses = {}
    for entry in settings.provider_urls:
        name, _, url = entry.partition("=")
        name = name.strip()
        if name not in _MAKERS or name in _FIXED or not url.strip():
            raise InvalidSetting(f"FINSAGE_PROVIDER_URLS: {name!r} is no provider with an address; write NAME=URL.")
        addresses[name] = url.strip().rstrip("/")
    return addresses
