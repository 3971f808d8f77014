"""The wire shape of a tax report."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from finsage.platform.wire import Dec, Wire
from finsage.portfolio.schemas.figures import MissingOut, WarningOut


class DisposalOut(Wire):
    """Units disposed of and the lot they came from.

    Money is in the base currency; ``original_…`` in ``currency``, the asset's, of which one unit was worth ``rate`` on
    the day. ``fees`` were paid for buying and selling these units and are in cost and proceeds if ``fees_in_cost``.
    """

    transaction_id: UUID
    asset_id: UUID | None
    symbol: str
    name: str | None
    isin: str | None
    account: str
    quantity: Dec
    acquired_on: date | None
    disposed_on: date
    held_days: int
    term: Literal["long", "short"]
    reason: str
    is_short: bool
    cost: Dec | None
    fees: Dec | None
    proceeds: Dec | None
    gain: Dec | None
    gain_price: Dec | None
    gain_fx: Dec | None
    currency: str | None
    rate: Dec | None
    original_cost: Dec | None
    original_proceeds: Dec | None


class SumsOut(Wire):
    """Disposals added up; null where one of them is unknown."""

    disposals: int
    cost: Dec | None
    fees: Dec | None
    proceeds: Dec | None
    gain: Dec | None
    gain_price: Dec | None
    gain_fx: Dec | None


class AssetSumsOut(Wire):
    """The disposals of one asset added up."""

    asset_id: UUID | None
    symbol: str
    isin: str | None
    quantity: Dec
    short: SumsOut
    long: SumsOut
    total: SumsOut


class IncomeOut(Wire):
    """What one asset, or money (null), brought by one type of transaction: before tax and fee."""

    type: str
    asset_id: UUID | None
    symbol: str | None
    transactions_count: int
    amount: Dec | None
    tax: Dec | None
    fee: Dec | None


class ChargesOut(Wire):
    """All of them, those in cost and proceeds, and the rest."""

    total: Dec | None
    in_cost: Dec | None
    expensed: Dec | None


class TaxReportOut(Wire):
    """A calendar year. ``realised_gain`` = ``total.gain`` + ``currency_gain``, the gain on foreign money.

    Not complete when units were never acquired, a price or rate was missing, or a value had to be assumed.
    """

    portfolio_id: UUID
    year: int
    since: date
    until: date
    years: list[int]
    base_currency: str
    lot_method: str
    fees_in_cost: bool
    long_term_days: int
    is_complete: bool
    missing_acquisitions: list[MissingOut]
    warnings: list[WarningOut]
    realised_gain: Dec | None
    currency_gain: Dec | None
    total: SumsOut
    short: SumsOut
    long: SumsOut
    by_asset: list[AssetSumsOut]
    disposals: list[DisposalOut]
    income_total: Dec | None
    income: list[IncomeOut]
    withheld: Dec | None
    taxes: ChargesOut
    fees: ChargesOut
