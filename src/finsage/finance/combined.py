"""Several ledgers as one: values and flows add up, rates are worked out from the sums. Percentages are never added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from finsage.finance.cash_flow import Flow
from finsage.finance.ledger import known
from finsage.finance.money import UNKNOWN, exact, total
from finsage.finance.options import Options
from finsage.finance.performance import Path, measure
from finsage.finance.results import Charges, Evaluation, Gain, Performance, Risk, Series
from finsage.finance.roai import roai
from finsage.finance.wealth import added_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """The figures of several ledgers together; names and meaning as in `Evaluation`."""

    start: date
    end: date
    start_value: Decimal | None
    market_value: Decimal | None
    net_flow: Decimal | None
    flows: tuple[Flow, ...]
    realised: Gain
    unrealised: Gain
    income: Decimal | None
    fees: Charges
    taxes: Charges
    performance: Performance
    risk: Risk
    series: Series


def combine(parts: Sequence[Evaluation], options: Options, *, start: date, end: date) -> Combined:
    """Put evaluations together.

    Args:
        parts: of the same period and base currency, with their series.
        options: flow timing, calendar, days from which rates are annualised.
        start: the day at whose end the period begins.
        end: the last day.

    Returns:
        Sums of money, None where a part is not known, and rates of the summed path. A transfer between two of the
        ledgers is money out of one and into the other: both flows stand.
    """
    with exact():
        flows = tuple(sorted((flow for part in parts for flow in part.flows), key=lambda flow: flow.day))
        first, last = _sum(part.start_value for part in parts), _sum(part.market_value for part in parts)
        count = (end - start).days + 1
        rows = [part.series for part in parts if part.series is not None]
        value, invested, flow = (
            added_up(np.array([getattr(row, name) for row in rows]).reshape(len(rows), count))
            for name in ("value", "invested", "flow")
        )
        path = Path.of(start.toordinal(), value, first, last, flows)
        rates = [part.performance.roai for part in parts]
        measured = measure(path, options, roai(rate.sums for rate in rates if rate))
        return Combined(
            start=start,
            end=end,
            start_value=known(first),
            market_value=known(last),
            net_flow=known(total(flow.value for flow in flows)),
            flows=flows,
            realised=_gain([part.realised for part in parts]),
            unrealised=_gain([part.unrealised for part in parts]),
            income=known(_sum(part.income for part in parts)),
            fees=_charges([part.fees for part in parts]),
            taxes=_charges([part.taxes for part in parts]),
            performance=measured.performance,
            risk=measured.risk,
            series=Series(
                days=np.datetime64(start) + np.arange(count),
                value=path.value,
                invested=invested,
                flow=flow,
                gain=path.value - path.value[0] - np.cumsum(flow),
                twr=measured.twr,
                drawdown=measured.drawdown,
            ),
        )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return total(UNKNOWN if amount is None else amount for amount in amounts)


def _gain(parts: Sequence[Gain]) -> Gain:
    return Gain(
        known(_sum(part.gain for part in parts)),
        known(_sum(part.price for part in parts)),
        known(_sum(part.fx for part in parts)),
    )


def _charges(parts: Sequence[Charges]) -> Charges:
    return Charges(
        known(_sum(part.total for part in parts)),
        known(_sum(part.expensed for part in parts)),
        known(_sum(part.in_cost for part in parts)),
    )
