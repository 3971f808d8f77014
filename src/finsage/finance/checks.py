"""What must always hold. A check is a function of entries or a ledger that returns what is wrong; none is right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from finsage.errors import Fault, FinSageError
from finsage.finance.ledger import Entry, Ledger
from finsage.finance.money import ZERO, exact
from finsage.finance.results import Identity
from finsage.finance.transaction import by_posting


class IdentityBroken(FinSageError):
    """The figures do not add up; none of them is shown."""


def sum_zero(entries: Iterable[Entry]) -> list[Fault]:
    """The postings of every transaction sum to zero per asset."""
    faults = []
    with exact():
        for entry in entries:
            sums: dict[str, Decimal] = {}
            for _, _, asset, amount in by_posting(entry.posted):
                sums[asset] = sums[asset] + amount if asset in sums else amount
            if any(sums.values()):
                faults += [
                    Fault(entry.draft.pointer, f"identity_broken: postings of {asset} sum to {left:f}")
                    for asset, left in sums.items()
                    if left
                ]
    return faults


def lots_equal_balances(ledger: Ledger) -> list[Fault]:
    """Units in lots equal the booked balance plus what is missing, per place and asset; so does tracked cash."""
    state = ledger.state
    sums: dict[tuple[tuple[str, str], str], Decimal] = defaultdict(lambda: ZERO)
    with exact():
        for (portfolio, account, asset), amount in state.booked.items():
            sums[state.place((portfolio, account)), asset] += amount
        for row in ledger.missing_acquisitions:
            sums[state.place((row.portfolio, row.account)), row.asset] += row.quantity
        faults = []
        for (place, asset), track in state.tracks.items():
            booked, held = sums[place, asset], track.quantities[-1]
            if booked != held:
                faults.append(Fault("", f"identity_broken: {asset} has {held:f} in lots and {booked:f} booked"))
    return faults


def conservation(identity: Identity) -> list[Fault]:
    """Realised + unrealised + income − fees − taxes equals what came of the money, exactly."""
    left, right = identity.left, identity.right
    if left is None or right is None or left == right:
        return []
    return [Fault("/identity", f"identity_broken: {left:f} is not {right:f}")]


CHECKS: tuple[Callable[[Ledger], list[Fault]], ...] = (
    lambda ledger: sum_zero(ledger.entries),
    lots_equal_balances,
)


def demand(faults: list[Fault]) -> None:
    """Nothing, when there are no faults.

    Raises:
        IdentityBroken: there are.
    """
    if faults:
        raise IdentityBroken(faults[0].detail, faults=tuple(faults))
