"""An asset as the market keeps it: what it is called, what kind it is and in which currency it is priced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from finsage.errors import Fault
from finsage.finance.asset import STALE_AFTER_DAYS, STALE_AFTER_DAYS_CRYPTO
from finsage.market.currencies import is_currency
from finsage.platform.caller import PUBLIC_TENANT

AssetClass = Literal["equity", "etf", "fund", "bond", "fx", "commodity", "index", "crypto", "cash"]
ASSET_CLASSES: tuple[AssetClass, ...] = get_args(AssetClass)

SYMBOL_LENGTH_MAX = 120
NAME_LENGTH_MAX = 300
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
_MIC = re.compile(r"[A-Z0-9]{4}|")


@dataclass(frozen=True, slots=True)
class Asset:
    """What can be held.

    ``symbol`` is a label; only with its market (``mic``) and currency does it name the asset within a tenant.
    """

    id: UUID
    tenant_id: UUID
    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    isin: str | None
    mic: str
    is_simulated: bool

    @property
    def scope(self) -> Literal["public", "tenant"]:
        """Whether everyone sees it or only its tenant."""
        return "public" if self.tenant_id == PUBLIC_TENANT else "tenant"

    @property
    def stale_after_days(self) -> int:
        """The age in calendar days above which a price is shown as stale."""
        return stale_after_days(self.asset_class)


def stale_after_days(asset_class: AssetClass) -> int:
    """The age above which a price of this class is stale: coins trade every day, others pause."""
    return STALE_AFTER_DAYS_CRYPTO if asset_class == "crypto" else STALE_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class AssetDraft:
    """An asset as requested, before it is kept."""

    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    isin: str | None = None
    mic: str = ""
    is_simulated: bool = False


def faults_of(draft: AssetDraft, pointer: str = "") -> list[Fault]:
    """Everything wrong with a draft; empty when it can be kept."""
    label = "needs 1 to {} printable characters"
    no_currency = f"{draft.currency[:12]!r} is no currency of GET /currencies"
    found = [
        ("symbol", label.format(SYMBOL_LENGTH_MAX), _is_label(draft.symbol, SYMBOL_LENGTH_MAX)),
        ("name", label.format(NAME_LENGTH_MAX), _is_label(draft.name, NAME_LENGTH_MAX)),
        ("asset_class", f"is one of {', '.join(ASSET_CLASSES)}", draft.asset_class in ASSET_CLASSES),
        ("currency", no_currency, is_currency(draft.currency)),
        ("isin", "is two letters, nine letters or digits, and its check digit", is_isin(draft.isin)),
        ("mic", "is the four letters of ISO 10383, or empty", _MIC.fullmatch(draft.mic) is not None),
    ]
    return [Fault(f"{pointer}/{field}", detail) for field, detail, is_fine in found if not is_fine]


def is_isin(isin: str | None) -> bool:
    """Whether this is an ISIN with the right check digit; None is fine, as not every asset has one.

    Source: ISO 6166, Luhn over the digits, letters counting A = 10 to Z = 35.
    """
    if isin is None:
        return True
    if not _ISIN.fullmatch(isin):
        return False
    digits = [int(digit) for digit in "".join(str(int(character, 36)) for character in isin)]
    doubled = [digit * 2 // 10 + digit * 2 % 10 for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _is_label(text: str, length_max: int) -> bool:
    return 1 <= len(text) <= length_max and text.isprintable() and text == text.strip()
