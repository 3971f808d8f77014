"""What an explanation reads: the ledgers and evaluations of a figure, narrowed to its scope and period."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from finsage.finance.benchmark import Benchmark, measure_benchmark
from finsage.finance.cash_flow import Flow, flows_of, rows_in
from finsage.finance.combined import Combined
from finsage.finance.explanation.model import Valuation
from finsage.finance.ledger import Entry, Ledger, known
from finsage.finance.money import ONE, UNKNOWN, total
from finsage.finance.options import AssetTaxes, Options
from finsage.finance.part import Part
from finsage.finance.performance import Path
from finsage.finance.results import AssetReport, Evaluation, Gain
from finsage.finance.row import Rows
from finsage.finance.trail import Leg, Realised, Result
from finsage.finance.transaction import Draft
from finsage.finance.valuation import Market
from finsage.finance.wealth import NOTHING, DailyRates, Worth, daily_worth, gain, gain_between, tracks_in, worth_of


@dataclass(frozen=True, slots=True)
class Against:
    """The asset that figures are compared with, and the drafts among which those that split it are used."""

    asset: str
    splits: Sequence[Draft] = ()


class Course(ABC):
    """Values and flows over a period, whosever they are: what returns and risk are worked out from."""

    start: int
    end: int
    options: Options
    against: Against | None

    @property
    @abstractmethod
    def market(self) -> Market:
        """Where the closes of a benchmark stand, and the rate of its currency."""

    @property
    @abstractmethod
    def report(self) -> AssetReport | Evaluation | Combined:
        """Where the figures stand."""

    @property
    @abstractmethod
    def flows(self) -> Sequence[Flow]:
        """What crossed the border in the period, each under a step of its own transaction."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """The daily values with the flows, as the rates are measured on."""

    @property
    @abstractmethod
    def first_value(self) -> Decimal:
        """What there was at the start; UNKNOWN where a rate is missing."""

    @property
    @abstractmethod
    def last_value(self) -> Decimal:
        """What there is at the end; UNKNOWN where a rate is missing."""

    @property
    @abstractmethod
    def simple_gain(self) -> Decimal | None:
        """What the value changed by beyond what came in or went out."""

    @abstractmethod
    def transaction(self, step: int) -> str:
        """The id of the transaction of a step."""

    def owner(self, step: int) -> str | None:  # noqa: ARG002  # there is one portfolio, or none is told apart
        """The portfolio of a step, where there are several."""
        return None

    @abstractmethod
    def named(self, ids: Iterable[str]) -> tuple[Entry, ...]:
        """The transactions of some ids, in order."""

    @abstractmethod
    def valuations(self, day: int) -> list[Valuation]:
        """What is held on the first or the last day, each line with the numbers its value is the product of."""

    @cached_property
    def benchmark(self) -> Benchmark:
        """The benchmark over the period, beside the value at its start and the flows."""
        assert self.against is not None, "a figure of a benchmark is refused without one"
        return measure_benchmark(
            self.market.assets[self.against.asset],
            self.market,
            self.options,
            start=date.fromordinal(self.start),
            end=date.fromordinal(self.end),
            first=known(self.first_value),
            flows=self.flows,
            splits=self.against.splits,
        )


class Basis(Course):
    """A ledger and its evaluation, seen through the scope of the figure: all of it, a part, one asset or currency."""

    def __init__(
        self,
        ledger: Ledger,
        evaluation: Evaluation,
        key: str | None,
        part: Part | None = None,
        against: Against | None = None,
        *,
        target: Decimal | None = None,
    ) -> None:
        self.ledger = ledger
        self.state = ledger.state
        self.options = ledger.state.options
        self.evaluation = evaluation
        self.key = key
        self.asset = key if key is not None and self.state.asset(key) is not None else None
        self.start, self.end = evaluation.start.toordinal(), evaluation.end.toordinal()
        self.scope = self.options.scope if self.asset is None else replace(self.options.scope, asset=self.asset)
        self.part = part
        self.against = against
        self.target = target
        self.tracks = tracks_in(self.state, self.scope) if part is None else part.tracks

    @cached_property
    def of_assets(self) -> Basis:
        """A part without its cash, which its returns leave out."""
        assert self.part is not None, "cash is a part of the portfolio's own returns"
        return Basis(self.ledger, self.evaluation, None, self.part.of_assets)

    def owns(self, account: str, asset: str) -> bool:
        """Whether what happens to an account's balance of an asset happens to the part, if it is of one."""
        return self.part is None or self.part.owns(account, asset)

    @property
    def market(self) -> Market:
        """That of the ledger."""
        return self.state.market

    @property
    def report(self) -> AssetReport | Evaluation:
        """Where the figures of the scope stand."""
        return self.evaluation if self.asset is None else self.evaluation.by_asset[self.asset]

    @property
    def assets(self) -> list[str]:
        """The assets of the scope, cash left out."""
        return sorted(asset for asset in self.tracks if not self.is_cash(asset))

    def is_cash(self, key: str) -> bool:
        """Whether a key is a currency."""
        return self.state.asset(key) is None

    def is_quoted(self, key: str, day: int) -> bool:
        """Whether the price an asset has on a day is a quote; else an own trade stands in."""
        return self.state.is_quoted(key, day)

    @cached_property
    def entries(self) -> list[Entry]:
        """The transactions in the order in which they happened."""
        return sorted(self.ledger.entries, key=lambda entry: entry.step)

    @cached_property
    def _drafts(self) -> dict[int, Draft]:
        return {entry.step: entry.draft for entry in self.ledger.entries}

    def draft(self, step: int) -> Draft:
        """The transaction at a place in the order."""
        return self._drafts[step]

    def transaction(self, step: int) -> str:
        """Its id."""
        return self._drafts[step].id

    @cached_property
    def legs(self) -> Rows[Leg]:
        """What entered and left the scope in the period; of a part, its assets alone."""
        rows, part = rows_in(self.state.legs, self.start, self.scope), self.part
        return rows if part is None else rows.where(lambda row: not row.is_cash and part.owns(row.account, row.asset))

    @cached_property
    def results(self) -> Rows[Result]:
        """Income, fees and taxes of the scope in the period; of a part, those of its assets."""
        rows, part = rows_in(self.state.results, self.start, self.scope), self.part
        if part is None:
            return rows
        return rows.where(lambda row: row.asset is not None and part.owns(row.account, row.asset))

    @cached_property
    def realised(self) -> Rows[Realised]:
        """Realised gains of the scope in the period; of a part, those of its assets."""
        rows, part = rows_in(self.state.realised, self.start, self.scope), self.part
        return rows if part is None else rows.where(lambda row: not row.is_cash and part.owns(row.account, row.asset))

    @cached_property
    def flows(self) -> list[Flow]:
        """What crossed the border of the scope in the period."""
        is_asset = self.scope.is_of_assets or self.part is not None
        do_taxes_count = not is_asset or self.options.asset_taxes is AssetTaxes.INCLUDED
        return flows_of(self.legs, self.results, do_taxes_count=do_taxes_count)

    def worths(self, day: int) -> dict[str, Worth]:
        """Everything in the scope at the end of a day."""
        return {asset: worth_of(self.state, asset, tracks, day) for asset, tracks in self.tracks.items()}

    @cached_property
    def first(self) -> dict[str, Worth]:
        """Everything in the scope at the start."""
        return self.worths(self.start)

    @cached_property
    def last(self) -> dict[str, Worth]:
        """Everything in the scope at the end."""
        return self.worths(self.end)

    @cached_property
    def market_value(self) -> Decimal | None:
        """What all of it is worth at the end."""
        return self.report.market_value if self.part is None else known(self.value(self.last.values()))

    @cached_property
    def unrealised(self) -> Gain:
        """The gain of the period on what is held; of a part, on its assets."""
        if self.part is None:
            return self.report.unrealised
        rows = [gain_between(self.first[asset], self.last[asset]) for asset in self.assets]
        return gain((total(row[0] for row in rows), total(row[1] for row in rows), total(row[2] for row in rows)))

    @cached_property
    def simple_gain(self) -> Decimal | None:
        """What the value changed by beyond what came in or went out."""
        if self.part is None:
            return self.report.performance.simple_gain
        moved = total(flow.value for flow in self.flows)
        return known(self.last_value - self.first_value - moved)

    @cached_property
    def priced_on(self) -> int | None:
        """The newest day that a price at the end is of."""
        return max((worth.price_day for worth in self.last.values() if worth.price_day is not None), default=None)

    @cached_property
    def cost_basis(self) -> Decimal | None:
        """What the assets held cost."""
        if self.part is None:
            return self.evaluation.invested if isinstance(self.report, Evaluation) else self.report.cost
        return known(total(self.last[asset].cost for asset in self.assets))

    def value(self, worths: Iterable[Worth]) -> Decimal:
        """The sum of values; UNKNOWN where a rate is missing."""
        return total(worth.value for worth in worths)

    @cached_property
    def first_value(self) -> Decimal:
        """What the scope was worth at the start."""
        return self.value(self.first.values())

    @cached_property
    def last_value(self) -> Decimal:
        """What the scope is worth at the end."""
        return self.value(self.last.values())

    @cached_property
    def path(self) -> Path:
        """The daily values of the scope with its flows, as the rates are measured on."""
        rates = DailyRates(self.state, self.start, self.end - self.start + 1)
        daily = daily_worth(self.state, self.tracks, rates, {})
        return Path.of(self.start, daily.total(), self.first_value, self.last_value, self.flows)

    def valuations(self, day: int, keep: Callable[[str], bool] = lambda _: True) -> list[Valuation]:
        """What is held on the first or the last day: all, or what is kept."""
        worths = self.first if day == self.start else self.last
        return [
            self._valuation(asset, worth, day)
            for asset, worth in sorted(worths.items())
            if keep(asset) and worth is not NOTHING
        ]

    def _valuation(self, key: str, worth: Worth, day: int) -> Valuation:
        described = self.state.asset(key)
        currency = key if described is None else described.currency
        quote = self.state.rates.quote(currency, self.state.base, day)
        return Valuation(
            day=date.fromordinal(day),
            asset=key,
            currency=currency,
            quantity=worth.quantity,
            price=worth.price,
            multiplier=ONE if described is None else described.multiplier,
            rate=None if quote is None else quote.value,
            value=known(worth.value),
            cost_local=known(worth.cost_local),
            cost=known(worth.cost),
            gross_cost=known(worth.gross),
            cost_now=known(worth.cost_now),
            is_at_cost=worth.is_at_cost,
        )

    def named(self, ids: Iterable[str]) -> tuple[Entry, ...]:
        """The transactions of some ids, in order."""
        wanted = set(ids)
        return tuple(entry for entry in self.entries if entry.draft.id in wanted)

    def touching(self) -> tuple[Entry, ...]:
        """The transactions that lots of the scope may depend on, through spin-offs, swaps and fees too."""
        if self.part is not None:
            keys = set(self.tracks)
        elif self.key is not None:
            keys = {self.key}
        else:
            return tuple(self.entries)
        money = set(filter(self.is_cash, keys))
        assets = self._led_to(keys - money)
        return tuple(
            entry
            for entry in self.entries
            if assets.intersection(entry.draft.asset_keys)
            or (money and any(row.asset in money for row in entry.postings))
        )

    def _led_to(self, assets: set[str]) -> set[str]:
        """Some assets and all from which lots or costs came to them, by whatever way."""
        wanted, before = assets, -1
        while len(wanted) != before:
            before = len(wanted)
            for entry in self.entries:
                named = entry.draft.asset_keys
                if wanted.intersection(named):
                    wanted.update(key for key in named if not self.is_cash(key))
        return wanted


class Whole(Course):
    """Several portfolios as one: their values and flows are added up, and each line stays that of its portfolio."""

    def __init__(
        self, parts: Mapping[str, Basis], combined: Combined, options: Options, against: Against | None = None
    ) -> None:
        self.parts = parts
        self.against = against
        self.combined = combined
        self.options = options
        self.start, self.end = combined.start.toordinal(), combined.end.toordinal()

    @property
    def market(self) -> Market:
        """That of the first of them: all are measured in one currency and know the same benchmark."""
        return next(iter(self.parts.values())).market

    @property
    def report(self) -> Combined:
        """Where the figures stand."""
        return self.combined

    @cached_property
    def _steps(self) -> list[tuple[Flow, str]]:
        """The flows of all, each with its portfolio."""
        found = [(flow, portfolio) for portfolio, part in self.parts.items() for flow in part.flows]
        return sorted(found, key=lambda pair: pair[0].day)

    @cached_property
    def flows(self) -> list[Flow]:
        """What crossed the border of any of them: a transfer between two is money out of one and into the other."""
        return [flow._replace(step=step) for step, (flow, _) in enumerate(self._steps)]

    def transaction(self, step: int) -> str:
        """The id of the transaction of a step."""
        flow, portfolio = self._steps[step]
        return self.parts[portfolio].transaction(flow.step)

    def owner(self, step: int) -> str:
        """The portfolio of a step."""
        return self._steps[step][1]

    @property
    def first_value(self) -> Decimal:
        """What all were worth at the start."""
        return _unknown(self.combined.start_value)

    @property
    def last_value(self) -> Decimal:
        """What all are worth at the end."""
        return _unknown(self.combined.market_value)

    @property
    def simple_gain(self) -> Decimal | None:
        """What all of them changed by beyond what came in or went out."""
        return self.combined.performance.simple_gain

    @cached_property
    def path(self) -> Path:
        """The sums of the daily values, as the rates are measured on."""
        return Path(self.start, self.combined.series.value, self.first_value, self.last_value, self.flows)

    def named(self, ids: Iterable[str]) -> tuple[Entry, ...]:
        """The transactions of some ids, day by day."""
        wanted = set(ids)
        found = [entry for part in self.parts.values() for entry in part.named(wanted)]
        return tuple(sorted(found, key=lambda entry: entry.day))

    def valuations(self, day: int) -> list[Valuation]:
        """What each of them holds, portfolio by portfolio."""
        return [
            replace(row, portfolio=portfolio) for portfolio, part in self.parts.items() for row in part.valuations(day)
        ]


def _unknown(amount: Decimal | None) -> Decimal:
    return UNKNOWN if amount is None else amount
