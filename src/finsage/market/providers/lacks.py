"""What a provider of the settings lacks before it can be asked: an extra that is not installed, or a setting."""

from __future__ import annotations

from importlib.util import find_spec

from finsage.platform.settings import Settings

_EXTRAS = {"yahoo": ("stocks", "yfinance"), "exchanges": ("exchanges", "ccxt")}


def lack_of(settings: Settings, provider: str) -> str | None:
    """What to do before a provider can be asked, keys apart; None where there is nothing. Imports no library."""
    extra, package = _EXTRAS.get(provider, (None, None))
    if package is not None and find_spec(package) is None:
        return f"The extra {extra} is not installed: uv sync --extra {extra}, or pip install 'finsage[{extra}]'."
    if provider == "coingecko-news" and settings.coingecko_plan == "free":
        return "FINSAGE_COINGECKO_PLAN is free: CoinGecko has news on the plans demo and pro."
    if provider == "exchanges" and not settings.exchanges:
        return "FINSAGE_EXCHANGES names no exchange."
    if provider == "feeds" and not settings.news_feeds:
        return "FINSAGE_NEWS_FEEDS names no feed. Those that you add yourself are read."
    return None
