"""Evaluate a ledger over a period: the fold, its value, its performance, and the proof that it adds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, Inexact

import numpy as np

from finsage.errors import Fault, Invalid
from finsage.finance.cash_flow import Flow, flows_of, rows_in
from finsage.finance.checks import CHECKS, conservation, demand
from finsage.finance.ledger import Ledger, fold, known
from finsage.finance.money import BEYOND_EXACT, PrecisionExceeded, exact, total
from finsage.finance.options import EVERYTHING, AssetTaxes, LotScope, Options
from finsage.finance.performance import Measured, Path, measure, measure_all
from finsage.finance.results import AssetReport, Charges, Evaluation, Identity, Match, Notice, Series
from finsage.finance.roai import Prospect, parts_of, roai
from finsage.finance.state import State
from finsage.finance.transaction import DAY_FIRST, DAY_LAST, Draft
from finsage.finance.valuation import STALE_RATE_DAYS, Market
from finsage.finance.wealth import (
    DailyRates,
    Worth,
    average_gains_in,
    average_tracks_in,
    daily_worth,
    gain,
    gain_between,
    holding,
    is_place_in,
    prospect_of,
    tracks_in,
    worth_of,
)
from finsage.finance.workings import (
    Basis,
    Earned,
    Sums,
    TrailRows,
    Worked,
    Workings,
    earned_of,
    realised_of,
)


def evaluate(
    drafts: Iterable[Draft],
    market: Market,
    options: Options,
    period: tuple[date, date] | None = None,
    *,
    by_asset: bool = True,
) -> Evaluation:
    """Everything about a ledger over a period.

    Args:
        drafts: all transactions since inception, in any order.
        market: assets, prices and rates.
        options: every policy that changes a figure.
        period: (start, end]: from the end of ``start`` to the end of ``end``. Without one: from the day before the
            first transaction to the last dated input.
        by_asset: whether to work out the figures of each asset in its own scope too.

    Returns:
        Exact money and float rates; None where a rate is missing.

    Raises:
        Invalid: drafts, options or period contradict themselves.
        IdentityBroken: the figures do not add up, which is a fault of this program.
    """
    return evaluate_with_ledger(drafts, market, options, period, by_asset=by_asset)[1]


def evaluate_with_ledger(
    drafts: Iterable[Draft],
    market: Market,
    options: Options,
    period: tuple[date, date] | None = None,
    *,
    by_asset: bool = True,
) -> tuple[Ledger, Evaluation]:
    """The same with the ledger it is of, for whoever says how a figure came about."""
    rows = list(drafts)
    start, end = _period(rows, market, period)
    _check_scope(options)
    ledger = fold(rows, market, options, through=end)
    for check in CHECKS:
        demand(check(ledger))
    return ledger, evaluate_ledger(ledger, start, end, by_asset=by_asset)


def evaluate_ledger(
    ledger: Ledger, start: date, end: date, *, by_asset: bool = True, workings: Workings | None = None
) -> Evaluation:
    """Everything about a folded ledger over a period: several periods that end together need one fold.

    Args:
        ledger: folded through ``end``, under the options that also rule here.
        start: the day at whose end the period begins.
        end: the last day, not before ``start``.
        by_asset: whether to work out the figures of each asset in its own scope too.
        workings: of an evaluation before, with the figures of each asset: those of assets of which nothing has
            changed are taken from there, and those of now kept in it. The answer is the same without.

    Raises:
        PrecisionExceeded: amounts, prices and rates together need more digits than are added up exactly.
        IdentityBroken: the figures do not add up, which is a fault of this program.
    """
    try:
        with exact():
            return _Evaluator(ledger, start.toordinal(), end.toordinal(), workings if by_asset else None).run(
                by_asset=by_asset
            )
    except Inexact as error:
        raise PrecisionExceeded(BEYOND_EXACT, faults=(Fault("", BEYOND_EXACT),)) from error


def _period(drafts: Sequence[Draft], market: Market, period: tuple[date, date] | None) -> tuple[date, date]:
    if period is None:
        days = [draft.booked_on.toordinal() for draft in drafts]
        quoted = [
            int(series.days[-1]) for table in (market.prices, market.rates) for series in table.values()
            if len(series.days)
        ]  # fmt: skip
        if not days:
            raise Invalid(faults=(Fault("/period", "without transactions a period is needed"),))
        period = (date.fromordinal(min(days) - 1), date.fromordinal(max(days + quoted)))
    if not DAY_FIRST <= period[0] <= period[1] <= DAY_LAST:
        detail = "the start must not be after the end, and both lie between 1900 and 2100"
        raise Invalid(faults=(Fault("/period", detail),))
    return period


def _check_scope(options: Options) -> None:
    scope, faults = options.scope, []
    if sum(part is not None for part in (scope.portfolio, scope.account, scope.asset)) > 1:
        faults.append(Fault("/options/scope", "a scope names one of portfolio, account and symbol"))
    if scope.account is not None and options.lot_scope is not LotScope.ACCOUNT:
        faults.append(Fault("/options/scope", "the scope of an account needs lot_scope account"))
    if scope.portfolio is not None and options.lot_scope is LotScope.ALL:
        faults.append(Fault("/options/scope", "the scope of a portfolio needs lot_scope account or portfolio"))
    if faults:
        raise Invalid(faults=tuple(faults))


class _Evaluator:
    def __init__(self, ledger: Ledger, start: int, end: int, workings: Workings | None) -> None:
        self._ledger = ledger
        self._state: State = ledger.state
        self._options = options = ledger.state.options
        self._start = start
        self._end = end
        self._tracks = tracks_in(self._state, options.scope)
        self._first = self._worths(start)
        self._last = self._worths(end)
        self._rates = DailyRates(self._state, start, end - start + 1)
        self._rows = self._rows_in_scope()
        self._own, self._others = self._rows.by_asset(self._assets())
        self._averages = average_tracks_in(self._state, options.scope, self._own)
        self._prospects = {asset: self._prospects_of(asset) for asset in self._own}
        self._workings = workings
        self._bases = {} if workings is None else {asset: self._basis(asset) for asset in self._own}
        self._known = {} if workings is None else workings.recall(self._rules, self._bases)
        self._daily = daily_worth(self._state, self._tracks, self._rates, self._known)
        self._notices: list[Notice] = []

    def run(self, *, by_asset: bool) -> Evaluation:
        rows, own = self._rows, self._own
        flows = self._flows(rows, is_asset=self._options.scope.is_of_assets)
        worked = {asset: self._work_out(asset) for asset in own}
        measured, reports = self._measure(flows, worked, by_asset=by_asset)
        others, ones = self._others, worked.values()
        earned = Earned(*_added(earned_of(others.results), [one.earned for one in ones]))
        realised = _added(realised_of(others.realised), [one.realised for one in ones])
        identity = self._identity(rows, flows, earned, realised[0])
        demand(conservation(identity))
        cash = {asset: worth.quantity for asset, worth in self._last.items() if self._is_cash(asset)}
        held = [asset for asset in self._assets() if self._last[asset].quantity]
        self._warn(measured, cash, held)
        self._keep(worked, reports)
        return Evaluation(
            start=date.fromordinal(self._start),
            end=date.fromordinal(self._end),
            holdings=tuple(holding(self._state, asset, self._last[asset], self._end) for asset in held),
            lots=tuple(
                lot for lot in self._ledger.lots()
                if is_place_in((lot.portfolio, lot.account), self._options.scope)
                and self._options.scope.asset in {None, lot.asset}
            ),
            realised=gain((realised[0], realised[1], realised[2])),
            matches=self._matches(),
            unrealised=gain(self._unrealised(list(self._tracks))),
            income=known(earned.income),
            fees=_charges(earned.fees, earned.fees_in_cost),
            taxes=_charges(earned.taxes, earned.taxes_in_cost),
            start_value=known(total(worth.value for worth in self._first.values())),
            market_value=known(total(worth.value for worth in self._last.values())),
            net_flow=known(total(flow.value for flow in flows)),
            flows=tuple(flows),
            invested=known(total(self._last[asset].cost for asset in self._assets())),
            cash=cash,
            performance=measured.performance,
            risk=measured.risk,
            by_asset=reports,
            identity=identity,
            missing_acquisitions=tuple(
                row for row in self._ledger.missing_acquisitions
                if self._has_match(row.portfolio, row.account, row.asset)
            ),
            warnings=(*filter(self._is_about_scope, self._ledger.warnings), *self._notices),
            series=self._series(measured, flows) if self._options.series else None,
        )  # fmt: skip

    def _is_cash(self, asset: str) -> bool:
        return self._state.asset(asset) is None

    def _assets(self) -> list[str]:
        return sorted(asset for asset in self._tracks if not self._is_cash(asset))

    def _worths(self, day: int) -> dict[str, Worth]:
        return {asset: worth_of(self._state, asset, tracks, day) for asset, tracks in self._tracks.items()}

    def _matches(self) -> tuple[Match, ...]:
        start, matches = date.fromordinal(self._start), self._ledger.matches
        if self._options.scope == EVERYTHING:
            return tuple([match for match in matches if match.disposed_on > start])
        return tuple(
            match
            for match in matches
            if match.disposed_on > start and self._has_match(match.portfolio, match.account, match.asset)
        )

    def _has_match(self, portfolio: str, account: str, asset: str) -> bool:
        scope = self._options.scope
        return (
            scope.portfolio in {None, portfolio} and scope.account in {None, account} and scope.asset in {None, asset}
        )

    def _is_about_scope(self, notice: Notice) -> bool:
        """Whether a notice of the ledger is about the scope; one that names no account is about all of them."""
        scope = self._options.scope
        return notice.place is None or (
            is_place_in(notice.place, scope) and (scope.asset is None or notice.asset in {None, scope.asset})
        )

    def _rows_in_scope(self) -> TrailRows:
        state, start, scope = self._state, self._start, self._options.scope
        return TrailRows(
            rows_in(state.legs, start, scope),
            rows_in(state.results, start, scope),
            rows_in(state.realised, start, scope),
            average_gains_in(state, start, scope),
        )

    def _flows(self, rows: TrailRows, *, is_asset: bool) -> list[Flow]:
        do_taxes_count = not is_asset or self._options.asset_taxes is AssetTaxes.INCLUDED
        return flows_of(rows.legs, rows.results, do_taxes_count=do_taxes_count)

    @property
    def _rules(self) -> tuple[int, int, Options, str]:
        """What a basis is silent about."""
        return self._start, self._end, self._options, self._state.base

    def _basis(self, asset: str) -> Basis:
        described = self._state.described(asset)
        quotes, trades, splits = self._state.prices.known_of(asset)
        ends = (self._first[asset], self._last[asset], self._prospects[asset])
        plain = (described, *ends, trades, splits, self._rates.written(described.currency))
        return Basis(plain, self._tracks[asset], self._averages[asset], self._own[asset], quotes)

    def _work_out(self, asset: str) -> Sums:
        """What adds up over assets."""
        if asset in self._known:
            return self._known[asset].sums
        first, last = self._prospects[asset]
        rows = self._own[asset]
        parts = parts_of(
            self._averages[asset], rows.average_gains, start=self._start, end=self._end, first=first, last=last
        )
        return Sums(parts, earned_of(rows.results), realised_of(rows.realised))

    def _keep(self, worked: Mapping[str, Sums], reports: Mapping[str, AssetReport]) -> None:
        """Leave what was worked out to the next evaluation."""
        if self._workings is None:
            return
        daily, kept = self._daily, {}
        for asset, basis in self._bases.items():
            row = daily.rows[asset]
            kept[asset] = Worked(basis, daily.value[row], daily.cost[row], worked[asset], reports[asset])
        self._workings.keep(self._rules, kept)

    def _measure(
        self, flows: list[Flow], worked: Mapping[str, Sums], *, by_asset: bool
    ) -> tuple[Measured, dict[str, AssetReport]]:
        """The whole scope, then the reports of each asset in its own."""
        daily = self._daily
        first, last = (total(worth.value for worth in worths.values()) for worths in (self._first, self._last))
        # Apart, for arrays are as wide as the path with most flows.
        whole = measure(
            Path.of(self._start, daily.total(), first, last, flows),
            self._options,
            roai(one.roai for one in worked.values()),
        )
        wanted = [asset for asset in self._own if by_asset and asset not in self._known]
        paths = []
        for asset in wanted:
            value, own = daily.value[daily.rows[asset]], self._flows(self._own[asset], is_asset=True)
            paths.append(Path.of(self._start, value, self._first[asset].value, self._last[asset].value, own))
        figures = [roai([worked[asset].roai]) for asset in wanted]
        parts = dict(zip(wanted, measure_all(paths, self._options, figures), strict=True))
        if not by_asset:
            return whole, {}
        return whole, {
            asset: self._asset_report(asset, one, parts[asset]) if asset in parts else self._known[asset].report
            for asset, one in worked.items()
        }

    def _unrealised(self, assets: list[str]) -> tuple[Decimal, Decimal, Decimal]:
        parts = [gain_between(self._first[asset], self._last[asset]) for asset in assets]
        return (total(p[0] for p in parts), total(p[1] for p in parts), total(p[2] for p in parts))

    def _identity(self, rows: TrailRows, flows: list[Flow], earned: Earned, realised: Decimal) -> Identity:
        """Both sides, independently: from lots on the left, from values and flows on the right."""
        expensed = earned.fees - earned.fees_in_cost + earned.taxes - earned.taxes_in_cost
        left = realised + self._unrealised(list(self._tracks))[0] + earned.income - expensed
        first = total(worth.value for worth in self._first.values())
        last = total(worth.value for worth in self._last.values())
        right = last - first - total(flow.book for flow in flows)
        # Of most legs the two are one object: what was paid. An unknown one makes its flow unknown.
        is_unknown = any(flow.value.is_nan() for flow in flows)
        embedded = total(
            [
                value - book
                for _, _, _, _, _, _, value, book in rows.legs.plain()
                if value is not book or (is_unknown and value.is_nan())
            ]
        )
        return Identity(known(left), known(right), known(embedded))

    def _prospects_of(self, asset: str) -> tuple[Prospect, Prospect]:
        described = self._state.described(asset)
        first, last = (Prospect(*prospect_of(self._state, described, day)) for day in (self._start, self._end))
        return first, last

    def _asset_report(self, asset: str, worked: Sums, measured: Measured) -> AssetReport:
        last, earned = self._last[asset], worked.earned
        return AssetReport(
            quantity=last.quantity,
            cost=known(last.cost),
            market_value=known(last.value),
            realised=gain(worked.realised),
            unrealised=gain(self._unrealised([asset])),
            income=known(earned.income),
            fees=_charges(earned.fees, earned.fees_in_cost),
            taxes=_charges(earned.taxes, earned.taxes_in_cost),
            performance=measured.performance,
            risk=measured.risk,
        )

    def _warn(self, measured: Measured, cash: dict[str, Decimal], held: list[str]) -> None:
        end = date.fromordinal(self._end)
        for currency, amount in cash.items():
            if amount < 0:
                self._notices.append(Notice("negative_cash", f"{currency} is overdrawn", asset=currency, day=end))
        for asset in held:
            worth = self._last[asset]
            if worth.is_at_cost:
                detail = "no price is known; valued at cost without fees and taxes"
                self._notices.append(Notice("no_price", detail, asset=asset, day=end))
        currencies = {*cash, *(self._state.described(asset).currency for asset in held)}
        for currency in sorted(currencies):
            quote = self._state.rates.quote(currency, self._state.base, self._end)
            if quote is not None and self._end - quote.day > STALE_RATE_DAYS:
                detail = f"the rate of {currency} is {self._end - quote.day} days old"
                self._notices.append(Notice("stale_rate", detail, asset=currency, day=end))
        if measured.has_gain_without_base:
            detail = "on some day there was a gain without a base; its return is taken as zero"
            self._notices.append(Notice("gain_without_base", detail))

    def _series(self, measured: Measured, flows: list[Flow]) -> Series:
        count = self._end - self._start + 1
        owned = [self._daily.rows[asset] for asset in self._assets()]
        value = self._daily.total()
        flow = np.zeros(count)
        for row in flows:
            flow[row.day - self._start] += float(row.value)
        return Series(
            days=np.datetime64(date.fromordinal(self._start)) + np.arange(count),
            value=value,
            invested=self._daily.cost[owned].sum(axis=0),
            flow=flow,
            gain=value - value[0] - np.cumsum(flow),
            twr=measured.twr,
            drawdown=measured.drawdown,
        )


def _added(others: Sequence[Decimal], of_assets: Iterable[Sequence[Decimal]]) -> list[Decimal]:
    return [total(amounts) for amounts in zip(others, *of_assets, strict=True)]


def _charges(whole: Decimal, in_cost: Decimal) -> Charges:
    return Charges(known(whole), known(whole - in_cost), known(in_cost))
