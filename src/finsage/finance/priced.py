"""A draft with its amounts in base currency and in the currency of its asset."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from finsage.finance.asset import Asset
from finsage.finance.money import Rate
from finsage.finance.ordering import Step
from finsage.finance.settlement import Terms
from finsage.finance.trail import Where
from finsage.finance.transaction import Draft


# Its fields are read by the dozen for each transaction, which of a tuple's takes twice as long.
@dataclass(slots=True, eq=False)
class Priced:
    """A draft with its amounts in base currency and, for the asset it names, in the asset's currency.

    ``day`` is the ordinal it books on; its asset is held at ``where``, its money at ``cash_where``. ``rate`` converts
    the asset's currency to base. ``gross`` and ``gross_base`` are zero when nothing is stated.
    """

    step: Step
    number: int
    draft: Draft
    day: int
    where: Where
    cash_where: Where
    terms: Terms
    asset: Asset | None
    rate: Rate
    gross: Decimal
    gross_base: Decimal
    fee: Decimal
    fee_base: Decimal
    tax: Decimal
    tax_base: Decimal
    settle_rate: Decimal
