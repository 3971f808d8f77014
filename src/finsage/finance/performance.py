"""Performance and risk of a path of values and flows: the one place where the figures of a scope are put together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finsage.finance.calendar import is_open
from finsage.finance.cash_flow import Flow
from finsage.finance.drawdown import Fall, drawdowns
from finsage.finance.money import ZERO, to_float, total
from finsage.finance.options import Options
from finsage.finance.results import Performance, Risk, Roai
from finsage.finance.returns import Payments, annualised, daily_returns, modified_dietz, money_weighted_all
from finsage.finance.risk import linked_returns, period_volatility, periods_per_year, volatility

MISSING_RATE = "missing_rate"
NEGATIVE_VALUE = "negative_value"
NO_CAPITAL = "no_capital"
NO_ROOT = "no_root"
MULTIPLE_ROOTS = "multiple_roots"
SHORT_PERIOD = "short_period"
FEW_RETURNS = "few_returns"

# Cells of a block of paths, by days or by flows: few enough that its arrays stay in the processor's cache.
_BLOCK_CELLS = 1 << 16


@dataclass(frozen=True, slots=True)
class Path:
    """What a scope was worth and what crossed its border.

    ``start`` is the ordinal of the day the period starts after; ``value`` has shape (days + 1,), its first and last
    entries agree with the exact ``first`` and ``last``. ``flows`` lie on days after ``start``.
    """

    start: int
    value: NDArray[np.float64]
    first: Decimal
    last: Decimal
    flows: Sequence[Flow]

    @staticmethod
    def of(start: int, daily: NDArray[np.float64], first: Decimal, last: Decimal, flows: Sequence[Flow]) -> Path:
        """The path of daily values that agree with the exact ones to rounding only: its ends are as exact as can be.

        An end that is zero stays zero: its parts cancel, and what is left of them exactly is the rounding of a price.
        """
        value = daily.copy()
        for end, amount in ((0, first), (-1, last)):
            if value[end]:
                value[end] = float(amount)
        return Path(start, value, first, last, flows)

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """The exact values at both ends as rates are measured on: zero where parts cancel but for rounding."""
        return self.first if self.value[0] else ZERO, self.last if self.value[-1] else ZERO

    @property
    def length(self) -> int:
        """Days of the period."""
        return len(self.value) - 1

    @property
    def is_known(self) -> bool:
        """Whether no rate is missing anywhere."""
        return not (np.isnan(self.value).any() or self.first.is_nan() or self.last.is_nan() or self.has_unknown_flow)

    @property
    def has_unknown_flow(self) -> bool:
        """Whether the value of a flow is not known."""
        return any(flow.value.is_nan() for flow in self.flows)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a path, with the arrays the series needs (shape (days + 1,), starting at 0)."""

    performance: Performance
    risk: Risk
    twr: NDArray[np.float64]
    drawdown: NDArray[np.float64]
    has_gain_without_base: bool


def measure(path: Path, options: Options, roai: Roai | None) -> Measured:
    """All rates of one path; see ``measure_all``."""
    return measure_all([path], options, [roai])[0]


def measure_all(paths: Sequence[Path], options: Options, roais: Sequence[Roai | None]) -> list[Measured]:
    """All rates of paths that start on the same day and are equally long, a block of rows at a time.

    Args:
        paths: values and flows.
        options: flow timing, calendar, days from which rates are annualised.
        roais: the figure to pass on, one per path.

    Returns:
        Rates as fractions; each None among them has a reason. A missing exchange rate or a negative value leaves the
        rates empty, never the money.
    """
    measured: dict[int, Measured] = {}
    numbers = [number for number, path in enumerate(paths) if path.is_known]
    for number in set(range(len(paths))).difference(numbers):
        measured[number] = _unmeasured(paths[number], roais[number])
    # Tables of flows are as wide as the path with most: those with about as many go together.
    numbers.sort(key=lambda number: len(paths[number].flows))
    known = [paths[number] for number in numbers]
    flows, rates = _flows_of(known), list[_MoneyRates]()
    for first, last in _blocks([len(path.flows) + 2 for path in known]):
        rates += _money_rates(known[first:last], flows.of(first, last), options)
    for first, last in _blocks([len(path.value) for path in known]):
        block, parts = numbers[first:last], (flows.of(first, last), rates[first:last])
        rows = _measure_block(known[first:last], *parts, options, [roais[number] for number in block])
        measured.update(zip(block, rows, strict=True))
    return [measured[number] for number in range(len(paths))]


def _blocks(widths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where blocks of rows begin and end that are few enough, given widths that do not fall from row to row."""
    first = 0
    for row, width in enumerate(widths):
        if row > first and (row + 1 - first) * width > _BLOCK_CELLS:
            yield first, row
            first = row
    if first < len(widths):
        yield first, len(widths)


def _unmeasured(path: Path, roai: Roai | None) -> Measured:
    unknown = np.full(path.length + 1, np.nan)
    names = ("simple_return", "twr", "twr_annualised", "mwr", "mwr_period", "modified_dietz")
    performance = _performance(_gain(path), {}, (), roai, dict.fromkeys(names, MISSING_RATE))
    return Measured(performance, _no_risk(MISSING_RATE), unknown, unknown, has_gain_without_base=False)


def _gain(path: Path) -> Decimal:
    return path.last - path.first - total(flow.value for flow in path.flows)


def _flows_of(paths: Sequence[Path]) -> Payments:
    rows = np.repeat(np.arange(len(paths)), [len(path.flows) for path in paths])
    days = np.array([flow.day - path.start for path in paths for flow in path.flows], dtype=np.int64)
    return Payments(rows, days, to_float(flow.value for path in paths for flow in path.flows))


def _measure_block(
    paths: Sequence[Path],
    flows: Payments,
    money: Sequence[_MoneyRates],
    options: Options,
    roais: Sequence[Roai | None],
) -> list[Measured]:
    length = paths[0].length
    value = np.array([path.value for path in paths])
    daily = daily_returns(value, *flows.daily(len(paths), length), options.flow_timing)
    # Where no rate means anything none is worked out; the row goes along as zeros.
    returns = np.where(daily.has_negative_value[:, None], 0.0, daily.returns)
    twr = np.zeros(value.shape)
    np.cumprod(1.0 + returns, axis=1, out=twr[:, 1:])
    twr[:, 1:] -= 1.0
    falls = drawdowns(1.0 + twr)
    risks = _risks(value, returns, daily.is_idle, paths[0].start, options)
    measured = []
    for row in range(len(paths)):
        gain, rates, roots, reasons = money[row]
        if daily.has_negative_value[row]:
            reasons |= {"twr": NEGATIVE_VALUE, "twr_annualised": NEGATIVE_VALUE}
            twr[row] = np.nan
            risk, depths = _no_risk(NEGATIVE_VALUE), twr[row]
        else:
            rates["twr"] = linked = float(twr[row, -1])
            if length and length >= options.annualise_after_days:
                rates["twr_annualised"] = annualised(linked, length)
            else:
                reasons["twr_annualised"] = SHORT_PERIOD
            risk, depths = _risk(*risks[row], falls.of(row)), falls.depths[row]
        performance = _performance(gain, rates, roots, roais[row], reasons)
        has_gain = bool(daily.has_gain_without_base[row])
        measured.append(Measured(performance, risk, twr[row], depths, has_gain_without_base=has_gain))
    return measured


def _performance(
    gain: Decimal, rates: dict[str, float | None], roots: tuple[float, ...], roai: Roai | None, reasons: dict[str, str]
) -> Performance:
    return Performance(
        simple_gain=None if gain.is_nan() else gain,
        simple_return=rates.get("simple_return"),
        twr=rates.get("twr"),
        twr_annualised=rates.get("twr_annualised"),
        mwr=rates.get("mwr"),
        mwr_period=rates.get("mwr_period"),
        roots=roots,
        modified_dietz=rates.get("modified_dietz"),
        roai=roai,
        reasons=reasons,
    )


class _MoneyRates(NamedTuple):
    """Gain and the rates that see values only at the start and end, the roots when there are several, and reasons."""

    gain: Decimal
    rates: dict[str, float | None]
    roots: tuple[float, ...]
    reasons: dict[str, str]


def _money_rates(paths: Sequence[Path], flows: Payments, options: Options) -> list[_MoneyRates]:
    """Simple return, modified Dietz and the money-weighted rate of each path."""
    count, length = len(paths), paths[0].length
    first, last = (to_float(path.ends[end] for path in paths) for end in (0, 1))
    exact_gains = [_gain(path) for path in paths]
    gains = to_float(exact_gains)
    put_in = first + np.bincount(flows.rows, weights=np.maximum(flows.amounts, 0.0), minlength=count)
    dietz = modified_dietz(gains, first, flows, length=length, timing=options.flow_timing)
    ends = np.arange(count)
    roots_of = money_weighted_all(
        np.concatenate((ends, flows.rows, ends)),
        np.concatenate((np.zeros(count, dtype=np.int64), flows.days, np.full(count, length))),
        np.concatenate((-first, -flows.amounts, last)),
        skip=(first < 0) | (last < 0),
    )
    found: list[_MoneyRates] = []
    for row, roots in enumerate(roots_of):
        if first[row] < 0 or last[row] < 0:
            names = ("simple_return", "mwr", "mwr_period", "modified_dietz")
            found.append(_MoneyRates(exact_gains[row], {}, (), dict.fromkeys(names, NEGATIVE_VALUE)))
            continue
        rates: dict[str, float | None] = {
            "simple_return": float(gains[row] / put_in[row]) if put_in[row] else None,
            "modified_dietz": None if np.isnan(dietz[row]) else float(dietz[row]),
        }
        reasons = {name: NO_CAPITAL for name in rates if rates[name] is None}
        if len(roots) == 1:
            rates["mwr"] = roots[0]
            rates["mwr_period"] = float(np.expm1(np.log1p(roots[0]) * length / 365))
        else:
            reasons |= dict.fromkeys(("mwr", "mwr_period"), MULTIPLE_ROOTS if roots else NO_ROOT)
        found.append(_MoneyRates(exact_gains[row], rates, roots if len(roots) > 1 else (), reasons))
    return found


_Fluctuation = tuple[float | None, float | None, float | None]


def _risks(
    value: NDArray[np.float64], returns: NDArray[np.float64], is_idle: NDArray[np.bool_], start: int, options: Options
) -> list[_Fluctuation]:
    """Volatility, volatility and semi-volatility of the period, per path; None of fewer than two returns."""
    linked, counted = linked_returns(returns, ~is_idle, start + 1, options.calendar)
    yearly = volatility(linked, counted, periods_per_year(options.calendar))
    open_days = np.flatnonzero(is_open(start + 1, returns.shape[1]))
    has_value = value != 0
    has_value = has_value.take(open_days + 1, axis=1) & has_value.take(open_days, axis=1)
    of_open = returns.take(open_days, axis=1)
    whole, below = period_volatility(of_open, has_value & (of_open > -1))
    figures = (yearly.tolist(), whole.tolist(), below.tolist())
    one, two, three = ([None if math.isnan(figure) else figure for figure in column] for column in figures)
    return list(zip(one, two, three, strict=True))


def _risk(yearly: float | None, whole: float | None, below: float | None, fall: Fall) -> Risk:
    reasons: dict[str, str] = {}
    if yearly is None:
        reasons["volatility"] = FEW_RETURNS
    if whole is None:
        reasons |= dict.fromkeys(("volatility_period", "semi_volatility_period"), FEW_RETURNS)
    return Risk(
        volatility=yearly,
        volatility_period=whole,
        semi_volatility_period=below,
        drawdown_max=fall.drawdown_max,
        drawdown_days=fall.drawdown_days,
        recovery_days=fall.recovery_days,
        reasons=reasons,
    )


def _no_risk(reason: str) -> Risk:
    names = ("volatility", "volatility_period", "semi_volatility_period", "drawdown_max", "drawdown_days")
    return Risk(None, None, None, None, None, None, dict.fromkeys(names, reason))
