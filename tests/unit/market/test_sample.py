"""The simulated market behaves like a market, never changes its past, and is plainly invented."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pytest

from finsage.market import sample

UNTIL = date(2026, 11, 25)


@pytest.fixture(scope="module")
def market():
    return sample.simulate(UNTIL)


def _log_returns(symbol: str, prices: sample.SimulatedPrices) -> np.ndarray:
    split = sample.BY_SYMBOL[symbol].split
    units = [split.ratio if split and day >= split.day else 1 for day in prices.days]
    return np.diff(np.log([float(close) * count for close, count in zip(prices.closes, units, strict=True)]))


def test_more_than_five_years_of_prices_for_assets_in_four_currencies(market):
    assert len(market) == len(sample.ASSETS) == 14
    assert {asset.currency for asset in sample.ASSETS} == {"EUR", "USD", "GBP", "CHF"}
    assert {asset.asset_class for asset in sample.ASSETS} == {"equity", "etf", "bond", "crypto"}
    for prices in market.values():
        assert (UNTIL - prices.days[0]).days > 5 * 365
        assert prices.days == sorted(set(prices.days))
        assert prices.days[-1] == UNTIL


def test_no_price_is_zero_or_below(market):
    assert all(close > 0 for prices in market.values() for close in prices.closes)


def test_weekends_belong_to_coins_alone(market):
    for symbol, prices in market.items():
        has_weekend = any(day.weekday() >= 5 for day in prices.days)
        assert has_weekend == (sample.BY_SYMBOL[symbol].asset_class == "crypto")


def test_tails_are_fatter_than_normal(market):
    for symbol, prices in market.items():
        returns = _log_returns(symbol, prices)
        kurtosis = np.mean((returns - returns.mean()) ** 4) / returns.var() ** 2
        assert kurtosis > 3.5, symbol


def test_volatility_clusters(market):
    for symbol, prices in market.items():
        squares = _log_returns(symbol, prices) ** 2
        # Averaged over two weeks: one lag alone is as noisy as it is telling.
        correlations = [np.corrcoef(squares[lag:], squares[:-lag])[0, 1] for lag in range(1, 11)]
        assert np.mean(correlations) > 0.02, symbol


def test_shares_move_together_and_coins_more_than_bonds(market):
    first, second = (_log_returns(symbol, market[symbol]) for symbol in ("NLYE", "ALBT"))
    assert np.corrcoef(first, second)[0, 1] > 0.15
    volatility = {symbol: _log_returns(symbol, prices).std() for symbol, prices in market.items()}
    assert volatility["WBEU"] < volatility["WBWE"] < volatility["NLYE"] < volatility["EMBV"]


def test_running_it_later_only_adds_days(market):
    for until in (date(2021, 1, 4), date(2023, 5, 20), date(2026, 11, 24)):
        for symbol, prices in sample.simulate(until).items():
            count = len(prices.days)
            assert prices.days == market[symbol].days[:count]
            assert prices.closes == market[symbol].closes[:count]


def test_nothing_before_the_first_day():
    assert all(not prices.days for prices in sample.simulate(date(2020, 12, 31)).values())


def test_the_same_on_every_machine(market):
    # Changed numbers here would rewrite the past of demos that are already installed.
    text = "".join(f"{symbol}{close}" for symbol, prices in market.items() for close in prices.closes[::97])
    assert market["WBWE"].closes[:2] != market["NLYE"].closes[:2]
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "774a1cf0780b37ea7f020efec0995aa4d32cc5c8dd98052e5491fdabfb17c428"
    )


def test_the_split_divides_the_price_as_traded(market):
    [split] = [asset.split for asset in sample.ASSETS if asset.split]
    prices = market[split.symbol]
    place = prices.days.index(split.day)
    assert 3.2 < float(prices.closes[place - 1] / prices.closes[place]) < 4.8


def test_dividends_come_four_times_a_year_and_are_near_the_yield(market):
    paid = [dividend for dividend in sample.dividends(UNTIL) if dividend.symbol == "NLYE"]
    assert [d.day.month for d in paid if d.day.year == 2024] == [3, 6, 9, 12]
    assert all(d.day in market["NLYE"].days for d in paid)
    of_2024 = sum(d.per_unit for d in paid if d.day.year == 2024)
    mean = np.mean(
        [float(c) for d, c in zip(market["NLYE"].days, market["NLYE"].closes, strict=True) if d.year == 2024]
    )
    assert float(of_2024) / mean == pytest.approx(0.04, abs=0.008)
    assert sample.dividends(date(2024, 12, 31)) == [d for d in sample.dividends(UNTIL) if d.day <= date(2024, 12, 31)]
