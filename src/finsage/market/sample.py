"""The simulated market of the demo: invented companies, funds and coins with prices no exchange ever saw.

Each log return is drift plus loads on a market and a sector factor plus a part of its own. Every factor and every own
part is a GARCH(1,1) process with Student-t innovations, so that volatility clusters and tails are fat as in real
markets: h' = omega + 0.08 e² + 0.90 h, omega = 0.02 of the long-run variance, five degrees of freedom.

Everything starts on a fixed day from a fixed seed and runs forward, each process from a stream of random bits of its
own: running it tomorrow adds a day and changes none, and adding an asset changes no other. Bits come from PCG64 and
are turned into t variates here, because NumPy promises to keep the bits of a generator but not its distributions.

Source: Bollerslev (1987), "A conditionally heteroskedastic time series model for speculative prices and rates of
return"; the parameters are round numbers in the range usual for daily equity returns.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finsage.market.asset import AssetClass

SEED = 101
"""Picked among the first hundred for a market with winners and losers both; nothing else depends on it."""

FIRST_DAY = date(2021, 1, 4)
MIC = "DEMO"
"""The market of every simulated asset: no such code is assigned, so that no real listing shares a key with one."""

_PERSISTENCE_OF_SHOCK = 0.08
_PERSISTENCE_OF_VARIANCE = 0.90
_DEGREES_OF_FREEDOM = 5
_NORMALS_PER_DAY = 1 + _DEGREES_OF_FREEDOM
_TRADING_DAYS = 260
_MARKET_VOLATILITY = 0.14
_SECTOR_VOLATILITY = 0.08
_DIVIDEND_MONTHS = (3, 6, 9, 12)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Split:
    """``ratio`` new units for one old on ``day``; the price as traded falls to a ``ratio``-th."""

    symbol: str
    day: date
    ratio: int


@dataclass(frozen=True, slots=True)
class Dividend:
    """Money per unit, in the asset's currency, paid on ``day``."""

    symbol: str
    day: date
    per_unit: Decimal


@dataclass(frozen=True, slots=True)
class SimulatedAsset:
    """An invented asset and the process of its price; drift, volatility and yield are per year, as fractions.

    ``volatility`` is that of its own part alone; ``market_load`` and ``sector_load`` scale the shared factors.
    """

    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    sector: str
    start_price: float
    drift: float
    volatility: float
    market_load: float
    sector_load: float
    dividend_yield: float = 0.0
    decimals: int = 2
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class SimulatedPrices:
    """Closes as traded, ascending by day."""

    days: list[date]
    closes: list[Decimal]


_BRASSWICK_SPLIT = Split("BRSW", date(2025, 6, 9), 4)

ASSETS = (
    SimulatedAsset("NLYE", "Nordlicht Energie", "equity", "EUR", "energy", 38, 0.07, 0.20, 0.9, 1.0, 0.040),
    SimulatedAsset("ALBT", "Albentau Maschinenbau", "equity", "EUR", "industry", 74, 0.06, 0.19, 1.1, 1.0, 0.026),
    SimulatedAsset("KRBM", "Kornblum Lebensmittel", "equity", "EUR", "consumer", 52, 0.04, 0.13, 0.6, 0.8, 0.031),
    SimulatedAsset("WBEU", "Weitblick Euro Bonds", "bond", "EUR", "rates", 98, 0.015, 0.03, 0.05, 0.4),
    SimulatedAsset("WBWE", "Weitblick World Equity", "etf", "EUR", "broad", 61, 0.08, 0.03, 1.0, 0.2),
    SimulatedAsset("QLFS", "Quillfeather Software", "equity", "USD", "technology", 128, 0.13, 0.24, 1.2, 1.3),
    SimulatedAsset(
        "BRSW", "Brasswick Circuits", "equity", "USD", "technology", 310, 0.18, 0.28, 1.3, 1.4, 0.006,
        split=_BRASSWICK_SPLIT,
    ),
    SimulatedAsset("PNHB", "Pinehollow Biologics", "equity", "USD", "health", 87, 0.05, 0.30, 0.8, 1.1),
    SimulatedAsset("MRST", "Marrowstone & Thistle", "equity", "GBP", "consumer", 21, 0.05, 0.16, 0.7, 0.9, 0.034),
    SimulatedAsset("CRNW", "Cairnmoor Water", "equity", "GBP", "energy", 9.4, 0.03, 0.12, 0.4, 0.4, 0.048),
    SimulatedAsset("EDGU", "Edelgrat Uhrwerke", "equity", "CHF", "consumer", 215, 0.06, 0.20, 1.0, 0.9, 0.022),
    SimulatedAsset("FRNP", "Firnhorn Pharma", "equity", "CHF", "health", 142, 0.06, 0.15, 0.6, 1.0, 0.029),
    SimulatedAsset("LUMR", "Lumen Rock", "crypto", "USD", "coins", 640, 0.25, 0.45, 0.9, 4.0, decimals=4),
    SimulatedAsset("EMBV", "Ember Vale", "crypto", "USD", "coins", 3.2, 0.15, 0.70, 1.0, 4.5, decimals=6),
)  # fmt: skip
BY_SYMBOL = {asset.symbol: asset for asset in ASSETS}


def simulate(until: date) -> dict[str, SimulatedPrices]:
    """The prices of every simulated asset from the first day on.

    Args:
        until: the last day; on weekends, 1 January and 25 December only coins have a price.

    Returns:
        Closes by symbol, all above zero; empty before the first day.
    """
    days = _calendar(until)
    is_open = np.array([_is_open(day) for day in days], dtype=bool)
    market = _process("market", len(days), _MARKET_VOLATILITY)
    sectors = {
        sector: _process(f"sector {sector}", len(days), _SECTOR_VOLATILITY)
        for sector in dict.fromkeys(asset.sector for asset in ASSETS)
    }
    return {asset.symbol: _prices(asset, days, is_open, market, sectors[asset.sector]) for asset in ASSETS}


def dividends(until: date) -> list[Dividend]:
    """What the simulated companies pay: a quarter of the yield on the close of the day before, by day."""
    paid = []
    for symbol, prices in simulate(until).items():
        share = Decimal(str(BY_SYMBOL[symbol].dividend_yield)) / 4
        if share:
            paid += [
                Dividend(symbol, day, max(Decimal("0.01"), (before * share).quantize(Decimal("0.01"))))
                for before, day, previous in zip(prices.closes, prices.days[1:], prices.days, strict=False)
                if _is_dividend_day(day, previous)
            ]
    return sorted(paid, key=lambda dividend: (dividend.day, dividend.symbol))


def _calendar(until: date) -> list[date]:
    return [FIRST_DAY + timedelta(offset) for offset in range((until - FIRST_DAY).days + 1)]


def _is_open(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in {(1, 1), (12, 25)}


def _is_dividend_day(day: date, previous: date) -> bool:
    """The first trading day on or after the 15th of the last month of a quarter."""
    return day.month in _DIVIDEND_MONTHS and day.day >= 15 and not (previous.month == day.month and previous.day >= 15)


def _prices(
    asset: SimulatedAsset, days: list[date], is_open: NDArray[np.bool_], market: Floats, sector: Floats
) -> SimulatedPrices:
    trades = np.ones(len(days), dtype=bool) if asset.asset_class == "crypto" else is_open
    own = _process(f"asset {asset.symbol}", len(days), asset.volatility)
    variance = asset.volatility**2 + (asset.market_load * _MARKET_VOLATILITY) ** 2
    variance += (asset.sector_load * _SECTOR_VOLATILITY) ** 2
    drift = (asset.drift - asset.dividend_yield - variance / 2) / _TRADING_DAYS
    returns = drift + asset.market_load * market + asset.sector_load * sector + own
    levels = asset.start_price * np.exp(np.cumsum(np.where(trades, returns, 0.0)))
    traded = [day for day, is_traded in zip(days, trades, strict=True) if is_traded]
    smallest = Decimal(1).scaleb(-asset.decimals)
    closes = [
        max(smallest, Decimal(repr(level / _units(asset, day))).quantize(smallest))
        for day, level in zip(traded, levels[trades].tolist(), strict=True)
    ]
    return SimulatedPrices(traded, closes)


def _units(asset: SimulatedAsset, day: date) -> int:
    """How many units stand on a day for one of the first day."""
    return asset.split.ratio if asset.split is not None and day >= asset.split.day else 1


def _process(name: str, count: int, volatility: float) -> Floats:
    """A GARCH(1,1) process with t innovations: shape (count,), daily log returns of mean zero.

    Args:
        name: of its stream of random bits.
        count: of days; the first n values do not depend on it.
        volatility: per year, in the long run.
    """
    innovations = _student_t(name, count)
    long_run = volatility**2 / _TRADING_DAYS
    constant = long_run * (1 - _PERSISTENCE_OF_SHOCK - _PERSISTENCE_OF_VARIANCE)
    variance = long_run
    returns = np.empty(count)
    for index, innovation in enumerate(innovations.tolist()):
        shock = variance**0.5 * innovation
        returns[index] = shock
        variance = constant + _PERSISTENCE_OF_SHOCK * shock**2 + _PERSISTENCE_OF_VARIANCE * variance
    return returns


def _student_t(name: str, count: int) -> Floats:
    """Independent t variates of variance one, shape (count,), five degrees of freedom."""
    normals = _normals(name, count * _NORMALS_PER_DAY).reshape(count, _NORMALS_PER_DAY)
    chi_square = (normals[:, 1:] ** 2).sum(axis=1)
    scale = np.sqrt((_DEGREES_OF_FREEDOM - 2) / _DEGREES_OF_FREEDOM)
    return np.asarray(scale * normals[:, 0] / np.sqrt(chi_square / _DEGREES_OF_FREEDOM))


def _normals(name: str, count: int) -> Floats:
    """Standard normal variates, shape (count,) of an even count (Box and Muller, 1958)."""
    bits = np.random.PCG64(np.random.SeedSequence([SEED, zlib.crc32(name.encode())]))
    # 53 bits, moved off zero: the logarithm needs (0, 1].
    uniforms = ((bits.random_raw(count) >> np.uint64(11)) + 1).astype(np.float64) * 2.0**-53
    radius = np.sqrt(-2.0 * np.log(uniforms[0::2]))
    angle = 2.0 * np.pi * uniforms[1::2]
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle))).ravel()
