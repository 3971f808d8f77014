"""What each class is taken to earn: stated, with its source, for anyone to edit; never a mean of past prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from finsage.errors import Fault, Invalid

CASH_RATE = 0.02
INFLATION_RATE = 0.02
BOUND = 0.5
"""Premia beyond ± 50 % a year are mistakes."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A yearly premium over money, a fraction, and why that much."""

    premium: float
    source: str


_SHARES = "Damodaran, implied equity risk premium of 1 January 2025: 4.33 %"
PREMIA: Mapping[str, Stated] = {
    "equity": Stated(0.043, _SHARES),
    "etf": Stated(0.043, f"Taken as shares: {_SHARES}. State another for a fund of bonds."),
    "fund": Stated(0.043, f"Taken as shares: {_SHARES}. State another for a fund of bonds."),
    "index": Stated(0.043, f"Taken as shares: {_SHARES}."),
    "bond": Stated(
        0.011,
        "UBS Global Investment Returns Yearbook 2025, United States 1900-2024: 1 grew to 268 in bonds, to 67 in bills",
    ),
    "commodity": Stated(
        0.0,
        "The price of the thing itself earns no premium; the 5 % of Bhardwaj, Janardanan and Rouwenhorst (2019) is one"
        " of futures",
    ),
    "fx": Stated(0.0, "Interest parity: no currency is expected to earn more than another"),
    "crypto": Stated(0.043, "There is no long record: taken as shares and no more, whatever coins did before"),
    "cash": Stated(0.0, "By definition"),
}
CASH_SOURCE = "ECB, rate of the deposit facility since 11 June 2025"
INFLATION_SOURCE = "The aim of the ECB and of the Federal Reserve"


class InvalidPremia(Invalid):
    """A stated return is out of bounds."""


@dataclass(frozen=True, slots=True)
class Premia:
    """Yearly returns as they are stated, fractions.

    Attributes:
        cash_rate: of money.
        by_class: over money, where it differs from ``PREMIA``.
        by_asset: over money, by name, before the class.
    """

    cash_rate: float = CASH_RATE
    by_class: Mapping[str, float] = field(default_factory=dict)
    by_asset: Mapping[str, float] = field(default_factory=dict)

    def expected(self, name: str, asset_class: str) -> float:
        """The mean simple return a year of an asset."""
        stated = self.by_class.get(asset_class, PREMIA[asset_class].premium)
        return self.cash_rate + self.by_asset.get(name, stated)

    def moved(self, by: float) -> Premia:
        """The same with every premium but that of money higher by so much."""
        by_class = {name: self.by_class.get(name, one.premium) for name, one in PREMIA.items()}
        return replace(
            self,
            by_class={name: one + (0.0 if name == "cash" else by) for name, one in by_class.items()},
            by_asset={name: one + by for name, one in self.by_asset.items()},
        )


def checked(premia: Premia, prefix: str = "") -> Premia:
    """Refuse what no class ever earned; ``prefix``: where in the request it stands.

    Raises:
        InvalidPremia: a class is unknown, or a figure is beyond ± 50 % a year.
    """
    stated = {f"{prefix}/premia/cash_rate": premia.cash_rate}
    stated |= {f"{prefix}/premia/by_class/{name}": one for name, one in premia.by_class.items()}
    stated |= {f"{prefix}/premia/by_asset/{name}": one for name, one in premia.by_asset.items()}
    faults = [
        Fault(place, "a fraction a year between -0.5 and 0.5") for place, one in stated.items() if not abs(one) <= BOUND
    ]
    faults += [
        Fault(f"{prefix}/premia/by_class/{name}", "is no asset class") for name in premia.by_class if name not in PREMIA
    ]
    if faults:
        raise InvalidPremia(faults=tuple(faults))
    return premia
