"""Explaining what there is: units, cost, prices and values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finsage.finance.explanation.basis import Basis
from finsage.finance.explanation.model import Contribution, Kind, Term, Valuation
from finsage.finance.explanation.parts import Parts
from finsage.finance.ledger import Entry, known
from finsage.finance.money import ZERO, total
from finsage.finance.part import owned
from finsage.finance.results import LotView
from finsage.finance.wealth import is_place_in

MOVEMENT = "movement"
MISSING = "missing_acquisition"


def movements(basis: Basis) -> Parts:
    """The units of the asset or currency, transaction by transaction, since the beginning."""
    entries = basis.touching()
    return Parts(contributions=(*_booked(basis), *_missing(basis)), transactions=entries, booked=entries)


def _booked(basis: Basis) -> Iterator[Contribution]:
    for entry in basis.entries:
        amount = total(_units(basis, entry))
        if amount:
            yield Contribution(MOVEMENT, entry.day, entry.draft.id, basis.key, amount)


def _units(basis: Basis, entry: Entry) -> Iterator[Decimal]:
    """What the entry moved of it in the scope; what is in transit is held where the transfer began."""
    for where, asset, amount in owned(basis.state, entry):
        if asset == basis.key and is_place_in(where, basis.scope):
            yield amount


def _missing(basis: Basis) -> Iterator[Contribution]:
    for row in basis.evaluation.missing_acquisitions:
        if row.asset == basis.key:
            yield Contribution(MISSING, row.day, row.transaction, row.asset, row.quantity)


def lots_of(basis: Basis) -> tuple[LotView, ...]:
    """The open lots of the scope; none of a part that shares them with others."""
    if basis.part is not None and not basis.part.has_lots:
        return ()
    return tuple(
        lot for lot in basis.evaluation.lots if basis.asset in {None, lot.asset} and basis.owns(lot.account, lot.asset)
    )


def cost(basis: Basis) -> Parts:
    """The open lots with what they cost."""
    entries = basis.touching()
    return Parts(lots=lots_of(basis), transactions=entries, booked=entries)


def average_price(basis: Basis) -> Parts:
    """The cost in the asset's currency, spread over the units."""
    (key,) = basis.assets or ("",)
    worth = basis.last.get(key)
    terms = [
        Term("cost_in_asset_currency", None if worth is None else known(worth.cost_local), Kind.MONEY, key),
        Term("quantity", ZERO if worth is None else worth.quantity, Kind.UNITS, key),
        Term("multiplier", basis.state.described(key).multiplier, Kind.COUNT, key),
    ]
    entries = basis.touching()
    return Parts(terms=tuple(terms), lots=lots_of(basis), transactions=entries, booked=entries)


def price(basis: Basis) -> Parts:
    """The last price of the asset; where an own trade stands in, the transactions it came about in."""
    rows = basis.valuations(basis.end)
    return _valued(rows, basis.touching() if _follows_from_transactions(basis, rows) else (), basis=basis)


def end_value(basis: Basis) -> Parts:
    """Everything held at the end, each line at its price and rate."""
    return _valued(basis.valuations(basis.end), basis.touching(), basis=basis)


def start_value(basis: Basis) -> Parts:
    """Everything held at the start, each line at its price and rate."""
    entries = tuple(entry for entry in basis.touching() if entry.day.toordinal() <= basis.start)
    return _valued(basis.valuations(basis.start), entries, basis=basis)


def securities(basis: Basis) -> Parts:
    """Everything held at the end but cash."""
    return _valued(basis.valuations(basis.end, lambda key: not basis.is_cash(key)), basis.touching(), basis=basis)


def cash(basis: Basis) -> Parts:
    """The money held at the end, by currency."""
    return _valued(basis.valuations(basis.end, basis.is_cash), basis.touching(), basis=basis)


def _in_whole(basis: Basis) -> tuple[Term, ...]:
    return (
        Term("market_value", basis.market_value, Kind.MONEY, basis.key),
        Term("portfolio_value", basis.evaluation.market_value, Kind.MONEY),
    )


def weight(basis: Basis) -> Parts:
    """The value of the asset, or of a part, beside that of the portfolio."""
    return _valued(basis.valuations(basis.end), basis.touching(), _in_whole(basis), basis=basis)


def aimed(basis: Basis) -> Parts:
    """The same, and the share it is meant to be."""
    terms = (*_in_whole(basis), Term("target", basis.target, Kind.RATIO))
    return _valued(basis.valuations(basis.end), basis.touching(), terms, basis=basis)


def _valued(rows: list[Valuation], entries: tuple[Entry, ...], terms: tuple[Term, ...] = (), *, basis: Basis) -> Parts:
    booked = entries if _follows_from_transactions(basis, rows) else ()
    return Parts(terms=terms, valuations=tuple(rows), transactions=entries, booked=booked)


def _follows_from_transactions(basis: Basis, rows: list[Valuation]) -> bool:
    """Whether a line stands at its cost, or at the price of an own trade: both depend on the market of that day."""
    return any(
        row.is_at_cost or (row.price is not None and not basis.is_quoted(row.asset, row.day.toordinal()))
        for row in rows
    )
