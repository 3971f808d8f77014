"""The choices an evaluation depends on. None of them is hidden: each has a name and a value in every result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class LotMethod(StrEnum):
    """Which lots a disposal takes."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    AVERAGE = "average"
    SPECIFIC = "specific"


class LotScope(StrEnum):
    """How far lots of an asset share one pool."""

    ACCOUNT = "account"
    PORTFOLIO = "portfolio"
    ALL = "all"


class Oversell(StrEnum):
    """What becomes of units sold that were never bought."""

    MISSING = "missing"
    SHORT = "short"


class CashMode(StrEnum):
    """Whether cash is booked, or every trade is paid from outside."""

    AUTO = "auto"
    TRACKED = "tracked"
    IMPLIED = "implied"


class FlowTiming(StrEnum):
    """When on its day an external flow takes part."""

    INFLOW_START_OUTFLOW_END = "inflow_start_outflow_end"
    START = "start"
    END = "end"
    MID = "mid"


class AssetTaxes(StrEnum):
    """Whether the taxes of an asset count in the return of its own scope."""

    EXCLUDED = "excluded"
    INCLUDED = "included"


class CalendarChoice(StrEnum):
    """The days volatility is measured on."""

    TRADING = "trading"
    ALL_DAYS = "all_days"


class PricesAre(StrEnum):
    """Whether quotes before a split are as traded, or already divided by it."""

    AS_TRADED = "as_traded"
    SPLIT_ADJUSTED = "split_adjusted"


class PriceBeforeFirst(StrEnum):
    """What an asset is worth before its first quote."""

    TRADE = "trade"
    FIRST_QUOTE = "first_quote"


class RateBeforeFirst(StrEnum):
    """What a currency is worth before its first rate."""

    ERROR = "error"
    FIRST_QUOTE = "first_quote"


class LpTreatment(StrEnum):
    """Whether joining a liquidity pool carries the cost over or is a disposal."""

    CARRY = "carry"
    DISPOSAL = "disposal"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is measured: at most one of these narrows it; none of them means everything.

    A ``tag`` names what the ledger was cut down to before the fold (`tag_scope`); it filters nothing by itself.
    """

    portfolio: str | None = None
    account: str | None = None
    asset: str | None = None
    tag: str | None = None

    @property
    def is_of_assets(self) -> bool:
        """Whether assets are measured without the money that pays for them."""
        return self.asset is not None or self.tag is not None


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Policies of an evaluation. ``taxes_in_cost`` None means: as ``fees_in_cost``."""

    lot_method: LotMethod = LotMethod.FIFO
    lot_scope: LotScope = LotScope.ACCOUNT
    fees_in_cost: bool = True
    taxes_in_cost: bool | None = None
    oversell: Oversell = Oversell.MISSING
    cash: CashMode = CashMode.AUTO
    flow_timing: FlowTiming = FlowTiming.INFLOW_START_OUTFLOW_END
    asset_taxes: AssetTaxes = AssetTaxes.EXCLUDED
    scope: Scope = field(default=EVERYTHING)
    calendar: CalendarChoice = CalendarChoice.TRADING
    annualise_after_days: int = 365
    long_term_days: int = 365
    prices_are: PricesAre = PricesAre.AS_TRADED
    price_before_first: PriceBeforeFirst = PriceBeforeFirst.TRADE
    fx_before_first: RateBeforeFirst = RateBeforeFirst.ERROR
    lp_treatment: LpTreatment = LpTreatment.CARRY
    series: bool = False

    @property
    def are_taxes_in_cost(self) -> bool:
        """Whether buy-side taxes join the cost."""
        return self.fees_in_cost if self.taxes_in_cost is None else self.taxes_in_cost

    @property
    def of_fold(self) -> Options:
        """The same as far as a fold follows from it: how figures are made of a ledger is that of everybody."""
        return replace(self, **{name: getattr(_USUAL, name) for name in _OF_FIGURES})


_OF_FIGURES = ("flow_timing", "asset_taxes", "scope", "calendar", "annualise_after_days", "series")
_USUAL = Options()
