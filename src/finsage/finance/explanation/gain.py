"""Explaining what was gained and paid: realised and unrealised gains, income, fees and taxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.model import Contribution, Disposal, Kind, MatchUsed, Term
from finsage.finance.explanation.parts import Parts, prices_used
from finsage.finance.explanation.worth import lots_of
from finsage.finance.ledger import known
from finsage.finance.money import total
from finsage.finance.results import Match
from finsage.finance.results import Term as MatchTerm
from finsage.finance.trail import Realised, Result
from finsage.finance.transaction import WITHHOLDING
from finsage.finance.wealth import Worth


def realised(basis: Basis) -> Parts:
    """Every disposal of the period with the lots it took."""
    entries = basis.touching()
    return Parts(
        disposals=tuple(_disposal(basis, row) for row in basis.realised),
        matches=matches_of(basis),
        transactions=entries,
        booked=entries,
    )


def realised_of_cash(basis: Basis) -> Parts:
    """Every disposal of foreign money in the period."""
    rows = tuple(_disposal(basis, row) for row in basis.realised if row.is_cash)
    entries = basis.touching()
    return Parts(disposals=rows, transactions=entries, booked=entries)


def matches_of(basis: Basis, term: MatchTerm | None = None) -> tuple[MatchUsed, ...]:
    """The parts of the disposals of the period, of one term or both."""
    return tuple(
        _used(match)
        for match in basis.evaluation.matches
        if basis.asset in {None, match.asset} and term in {None, match.term} and basis.owns(match.account, match.asset)
    )


def _used(match: Match) -> MatchUsed:
    now = None if match.opened is None else known(match.rate.convert(match.opened))
    return MatchUsed(
        transaction=match.transaction,
        asset=match.asset,
        portfolio=match.portfolio,
        account=match.account,
        lot=match.lot,
        acquired_on=match.acquired_on,
        disposed_on=match.disposed_on,
        quantity=match.quantity,
        cost=match.cost,
        proceeds=match.proceeds,
        fees=match.fees,
        held_days=match.held_days,
        term=match.term,
        reason=match.reason,
        is_short=match.is_short,
        opened=match.opened,
        rate=known(match.rate.amount),
        rate_per=match.rate.per,
        opened_now=now,
        gain=match.gain,
        gain_price=match.gain_price,
        gain_fx=match.gain_fx,
    )


def lots_taken(term: MatchTerm | None = None) -> Callable[[Basis], Parts]:
    """A builder of the lots taken; of those that were held long, or not."""

    def build(basis: Basis) -> Parts:
        entries = basis.touching()
        return Parts(matches=matches_of(basis, term), transactions=entries, booked=entries)

    return build


def _disposal(basis: Basis, row: Realised) -> Disposal:
    return Disposal(
        day=date.fromordinal(row.day),
        transaction=basis.transaction(row.step),
        asset=row.asset,
        proceeds=known(row.proceeds),
        cost=known(row.proceeds - row.gain),
        cost_local=known(row.local),
        rate=None if row.rate is None else known(row.rate.amount),
        rate_per=None if row.rate is None else row.rate.per,
        cost_now=known(row.proceeds - row.price),
        gain=known(row.gain),
        price=known(row.price),
        fx=known(row.fx),
    )


def unrealised(basis: Basis) -> Parts:
    """Value, cost, and cost at the rate of the day, at the start and at the end."""
    basis = basis if basis.part is None else basis.of_assets
    entries = basis.touching()
    return Parts(
        terms=(*_sums("start", basis.first.values()), *_sums("end", basis.last.values())),
        valuations=(*basis.valuations(basis.start), *basis.valuations(basis.end)),
        lots=lots_of(basis),
        transactions=entries,
        booked=entries,
    )


def _sums(when: str, worths: Iterable[Worth]) -> Iterator[Term]:
    rows = list(worths)
    for name in ("value", "cost", "cost_now"):
        yield Term(f"{when}_{name}", known(total(getattr(row, name) for row in rows)), Kind.MONEY)


def unrealised_return(basis: Basis) -> Parts:
    """The unrealised gain on the cost of what is held."""
    entries = basis.touching()
    terms = (
        Term("unrealised_gain", basis.unrealised.gain, Kind.MONEY, basis.key),
        Term("cost_basis", basis.cost_basis, Kind.MONEY, basis.key),
    )

    def is_asset(key: str) -> bool:
        return not basis.is_cash(key)

    return Parts(
        terms=terms,
        valuations=(*basis.valuations(basis.start, is_asset), *basis.valuations(basis.end, is_asset)),
        lots=lots_of(basis),
        transactions=entries,
        booked=entries,
    )


def withheld_of(basis: Basis) -> list[Result]:
    """What income brought, with the taxes that were kept of it; refunds and charges are left out."""
    return [row for row in basis.results if basis.draft(row.step).type in WITHHOLDING]


def withheld(basis: Basis) -> Parts:
    """The taxes that income came without."""
    rows = tuple(
        Contribution("tax", date.fromordinal(row.day), basis.transaction(row.step), row.asset, known(row.tax))
        for row in withheld_of(basis)
        if row.tax
    )
    entries = basis.named(row.transaction for row in rows if row.transaction is not None)
    return Parts(contributions=rows, transactions=entries, booked=entries)


def results(**signs: int) -> Callable[[Basis], Parts]:
    """A builder of what transactions earned or were charged: fields of a result, each with its sign."""

    def build(basis: Basis) -> Parts:
        rows = tuple(
            Contribution(name, date.fromordinal(row.day), basis.transaction(row.step), row.asset, known(amount * sign))
            for row in basis.results
            for name, sign in signs.items()
            if (amount := _amount(row, name))
        )
        entries = basis.named(row.transaction for row in rows if row.transaction is not None)
        if any(price.source == "trade" for price in prices_used(basis, Parts(booked=entries))):
            # What an own trade is the price of follows from that trade, and whatever led to it.
            entries = basis.touching()
        return Parts(contributions=rows, transactions=entries, booked=entries)

    return build


def _amount(row: Result, name: str) -> Decimal:
    amount: Decimal = getattr(row, name)
    return amount
