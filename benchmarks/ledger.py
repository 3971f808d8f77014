"""What a ledger costs: our fold and figures, plain numpy on the same data, and beancount on the same transactions.

    uv run --group test --group oracle python benchmarks/ledger.py [--rounds 5] [--small]

    fold      drafts to postings, lots, matches, cash, and the checks that always run
    figures   daily series, returns, risk and the report of every asset of that fold
    edit      the fold again with one more transaction in the last month, from a checkpoint of the first
    refigure  all figures of the edited ledger, those of untouched assets taken from the evaluation before
    floor     plain numpy, no exactness: units by add.at and cumsum, prices carried by maximum.accumulate, value, twr
    beancount parsing, booking (FIFO) and validating the same trades

CPU seconds of this process, best of the rounds; peak memory of Python and numpy objects (tracemalloc, own run).
Nothing here fails on a clock.
"""

from __future__ import annotations

import argparse
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from beancount import loader

from finsage.finance.asset import Asset
from finsage.finance.checkpoint import SPACING, Checkpoints
from finsage.finance.checks import CHECKS
from finsage.finance.evaluation import evaluate_ledger
from finsage.finance.ledger import Ledger, fold
from finsage.finance.options import Options
from finsage.finance.quote import QuoteSeries
from finsage.finance.transaction import Draft, TransactionType
from finsage.finance.valuation import Market
from finsage.finance.workings import Workings
from finsage.platform.collector import collect_rarely

T = TransactionType
CURRENCIES = ("EUR", "USD", "CHF", "GBP")
OPTIONS = Options(series=True)
FIRST = date(2012, 1, 2).toordinal()


class World(NamedTuple):
    """A made-up ledger with the prices and rates it needs."""

    drafts: list[Draft]
    market: Market
    start: date
    end: date


def world(transactions: int, assets: int, years: int) -> World:
    """Deposits, purchases, sales and dividends in four currencies, always the same."""
    chance, noise, length = random.Random(7), np.random.default_rng(7), round(years * 365.25)
    weekdays = np.array([FIRST + day for day in range(length) if (FIRST + day - 1) % 7 < 5])

    def walk(start: float, step: float, places: int) -> QuoteSeries:
        values = np.round(start * np.exp(np.cumsum(noise.normal(0, step, len(weekdays)))), places)
        return QuoteSeries(weekdays, [repr(float(value)) for value in values], values)

    known = {f"A{number}": Asset(f"A{number}", CURRENCIES[number % 4]) for number in range(assets)}
    prices = {key: walk(100, 0.01, 2) for key in known}
    rates = {(code, "EUR"): walk(1, 0.004, 4) for code in CURRENCIES[1:]}
    drafts: list[Draft] = []
    held = dict.fromkeys(known, 0)
    for number, day in enumerate(sorted(chance.randrange(length) for _ in range(transactions))):
        key, lot = f"A{chance.randrange(assets)}", chance.random()
        common = {
            "id": str(number),
            "sequence": number,
            "booked_on": date.fromordinal(FIRST + day),
            "account": "broker",
        }
        if number < 5 or lot < 0.08:
            drafts.append(Draft(type=T.DEPOSIT, gross=Decimal(20_000), currency="EUR", **common))
            continue
        quote = prices[key].as_of(FIRST + day) or prices[key].at(0)
        money = {"asset": key, "currency": known[key].currency, "settle_currency": "EUR", **common}
        if lot < 0.62 or held[key] < 5:
            units = chance.randrange(5, 50)
            held[key] += units
            drafts.append(
                Draft(type=T.BUY, quantity=Decimal(units), unit_price=quote.value, fee=Decimal("1.25"), **money)
            )
        elif lot < 0.85:
            units = chance.randrange(1, held[key])
            held[key] -= units
            drafts.append(
                Draft(type=T.SELL, quantity=Decimal(units), unit_price=quote.value, fee=Decimal("1.25"), **money)
            )
        else:
            gross = Decimal(chance.randrange(100, 5000)).scaleb(-2)
            drafts.append(Draft(type=T.DIVIDEND, gross=gross, tax=Decimal("0.2"), **money))
    end = date.fromordinal(FIRST + length - 1)
    return World(drafts, Market("EUR", known, prices, rates), date.fromordinal(FIRST - 1), end)


def folded(made: World, resume: Checkpoints | None = None) -> Ledger:
    """The fold and its checks."""
    ledger = fold(made.drafts, made.market, OPTIONS, through=made.end, resume=resume, checkpoints=SPACING)
    assert not any(check(ledger) for check in CHECKS)
    return ledger


def edited(made: World) -> World:
    """The same with one more purchase, dated in the last month."""
    late = next(item for item in made.drafts if item.type is T.BUY and (made.end - item.booked_on).days <= 30)
    return made._replace(drafts=[*made.drafts, replace(late, id="late", sequence=len(made.drafts))])


def floor(made: World) -> float:
    """The daily value and linked return that plain numpy gives, cash and exactness apart."""
    keys, days = list(made.market.assets), (made.end - made.start).days + 1
    row = {key: place for place, key in enumerate(keys)}
    units, flow = np.zeros((len(keys), days)), np.zeros(days)
    price, rate = np.zeros((len(keys), days)), np.ones((len(keys), days))
    for key in keys:
        series, known = made.market.prices[key], made.market.assets[key]
        price[row[key]] = carried(series, made.start.toordinal(), days)
        if known.currency != "EUR":
            rate[row[key]] = carried(made.market.rates[known.currency, "EUR"], made.start.toordinal(), days)
    trades = [item for item in made.drafts if item.type in {T.BUY, T.SELL}]
    signs = [1.0 if item.type is T.BUY else -1.0 for item in trades]
    at = np.array([item.booked_on.toordinal() - made.start.toordinal() for item in trades])
    of = np.array([row[item.asset or ""] for item in trades])
    amounts = np.array(signs) * np.array([float(item.quantity or 0) for item in trades])
    np.add.at(units, (of, at), amounts)
    np.add.at(flow, at, amounts * (price * rate)[of, at])
    value = (np.cumsum(units, axis=1) * price * rate).sum(axis=0)
    base = value[:-1] + np.maximum(flow[1:], 0)
    ends = value[1:] + np.maximum(-flow[1:], 0)
    return float(np.cumprod(np.where(base > 0, ends / np.where(base > 0, base, 1), 1))[-1] - 1)


def carried(series: QuoteSeries, first: int, count: int) -> np.ndarray:
    """The last quote of every day, 0 before the first."""
    places = np.zeros(count, dtype=np.int64)
    places[series.days - first] = np.arange(1, len(series.days) + 1)
    return np.concatenate(([0.0], series.floats))[np.maximum.accumulate(places)]


def beancount_text(made: World) -> str:
    """The same ledger in beancount's language, booked first in, first out."""
    lines = ['option "operating_currency" "EUR"', f'{date.fromordinal(FIRST)} open Assets:Broker "FIFO"']
    lines += [f"{date.fromordinal(FIRST)} open {name}" for name in ("Equity:Out", "Income:Gain", "Expenses:Fee")]
    for item in made.drafts:
        key = f"{item.asset}X"
        lines.append(f'{item.booked_on} * "{item.id}"')
        if item.type is T.DEPOSIT:
            lines += [f"  Assets:Broker  {item.gross} EUR", "  Equity:Out"]
        elif item.type is T.BUY:
            lines += [f"  Assets:Broker  {item.quantity} {key} {{{item.unit_price} EUR}}", "  Expenses:Fee  1.25 EUR"]
            lines.append("  Assets:Broker")
        elif item.type is T.SELL:
            lines += [
                f"  Assets:Broker  -{item.quantity} {key} {{}} @ {item.unit_price} EUR",
                "  Expenses:Fee  1.25 EUR",
            ]
            cash = (item.quantity or 0) * (item.unit_price or 0) - Decimal("1.25")
            lines += [f"  Assets:Broker  {cash} EUR", "  Income:Gain"]
        else:
            lines += [f"  Assets:Broker  {item.gross} EUR", "  Income:Gain"]
    return "\n".join(lines) + "\n"


def beancount(text: str) -> None:
    """Parse, book and validate."""
    _, errors, _ = loader.load_string(text)
    assert not errors, errors[:3]


def cpu(work: Callable[[], object], rounds: int) -> float:
    """The least CPU seconds of some rounds, after one to warm up."""
    work()
    found = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def peak(work: Callable[[], object]) -> float:
    """MiB at the peak."""
    tracemalloc.start()
    work()
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size / 2**20


def measured(made: World, rounds: int) -> tuple[float, float]:
    """CPU seconds of the fold with its checks, and of all figures."""
    ledger = folded(made)
    return cpu(lambda: folded(made), rounds), cpu(lambda: evaluate_ledger(ledger, made.start, made.end), rounds)


def refigured(made: World, before: Ledger, after: Ledger, rounds: int) -> float:
    """CPU seconds of the figures after an edit."""
    found = []
    for _ in range(rounds):
        workings = Workings()
        evaluate_ledger(before, made.start, made.end, workings=workings)
        started = time.process_time()
        evaluate_ledger(after, made.start, made.end, workings=workings)
        found.append(time.process_time() - started)
    return min(found)


def show(shape: tuple[int, int, int], rounds: int) -> None:
    """One ledger, all four."""
    made = world(*shape)
    folding, figuring = measured(made, rounds)
    ledger, after = folded(made), edited(made)
    editing = cpu(lambda: folded(after, ledger.checkpoints), rounds)
    refiguring = refigured(made, ledger, folded(after, ledger.checkpoints), rounds)
    plain = cpu(lambda: floor(made), rounds)
    text = beancount_text(made)
    other = cpu(lambda: beancount(text), max(rounds // 2, 1))
    print(f"{shape[0]} transactions, {shape[1]} assets, {shape[2]} years")
    rows = (
        ("fold", folding, peak(lambda: folded(made))),
        ("figures", figuring, peak(lambda: evaluate_ledger(ledger, made.start, made.end))),
        ("both", folding + figuring, None),
        ("edit", editing, peak(lambda: folded(after, ledger.checkpoints))),
        ("refigure", refiguring, None),
        ("floor", plain, peak(lambda: floor(made))),
        ("beancount", other, peak(lambda: beancount(text))),
    )
    for name, seconds, size in rows:
        memory = "" if size is None else f"{size:8.1f} MiB"
        print(f"  {name:10}{seconds:8.3f} s CPU {memory}")
    print(f"  an edit in the last month costs {editing / folding:.3f} of a fold")


def ratios(rounds: int) -> None:
    """What doubling one size costs."""
    plain = sum(measured(world(2000, 100, 8), rounds))
    for name, shape in {"transactions": (4000, 100, 8), "assets": (2000, 200, 8), "years": (2000, 100, 16)}.items():
        print(f"  twice the {name:13}{sum(measured(world(*shape), rounds)) / plain:6.2f} x")


def main() -> None:
    """Print everything."""
    collect_rarely()  # as every process of the product does
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="leave out 15,000 transactions, 250 assets, 12 years")
    given = parser.parse_args()
    show((2000, 100, 8), given.rounds)
    ratios(given.rounds)
    if not given.small:
        show((15_000, 250, 12), max(given.rounds // 2, 1))


if __name__ == "__main__":
    main()
