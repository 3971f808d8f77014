"""Two years of an invented household's transactions in the simulated market, from a fixed day up to a given one.

Prices are the simulated closes of the day, rates those of the central bank. Amounts are rounded to cents where a broker
would round them. The same market and day always give the same transactions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Any

from finsage.finance.transaction import Draft, TransactionType
from finsage.market.service import rates
from finsage.market.service.rates import RateSeries
from finsage.market.service.simulated import Dividend, SimulatedMarket, Split
from finsage.portfolio.service.transactions import Request

FIRST_DAY = date(2024, 11, 4)
BASE = "EUR"
BROKER, SECOND_BROKER, EXCHANGE, SAVINGS = "Broker", "Second broker", "Exchange", "Savings"

_CENT = Decimal("0.01")
_RATE = Decimal("0.000001")
_UNITS = Decimal("0.001")
_TAX_ON_INCOME = Decimal("0.25")
_SAVINGS_RATE_PER_QUARTER = Decimal("0.005")
_TYPE = TransactionType


@dataclass(frozen=True, slots=True)
class _Trade:
    day: date
    account: str
    symbol: str
    quantity: str
    fee: str
    is_sale: bool = False


_TRADES = (
    _Trade(date(2024, 11, 6), BROKER, "NLYE", "60", "4.90"),
    _Trade(date(2024, 11, 6), BROKER, "ALBT", "80", "4.90"),
    _Trade(date(2024, 11, 7), BROKER, "KRBM", "45", "4.90"),
    _Trade(date(2024, 11, 12), BROKER, "FRNP", "14", "9.90"),
    _Trade(date(2024, 11, 13), BROKER, "EDGU", "9", "9.90"),
    _Trade(date(2024, 11, 19), SECOND_BROKER, "QLFS", "8", "1.00"),
    _Trade(date(2024, 11, 20), SECOND_BROKER, "BRSW", "6", "1.00"),
    _Trade(date(2024, 11, 21), SECOND_BROKER, "PNHB", "7", "1.00"),
    _Trade(date(2024, 12, 3), BROKER, "MRST", "90", "7.90"),
    _Trade(date(2024, 12, 3), BROKER, "CRNW", "120", "7.90"),
    _Trade(date(2024, 12, 7), EXCHANGE, "LUMR", "4.6", "4.80"),
    _Trade(date(2025, 3, 18), BROKER, "ALBT", "40", "4.90", is_sale=True),
    _Trade(date(2025, 7, 15), BROKER, "NLYE", "30", "4.90"),
    _Trade(date(2025, 10, 14), SECOND_BROKER, "QLFS", "3", "1.00", is_sale=True),
    _Trade(date(2025, 11, 8), EXCHANGE, "LUMR", "1.1", "2.30"),
    _Trade(date(2026, 2, 10), BROKER, "EDGU", "4", "9.90", is_sale=True),
    _Trade(date(2026, 4, 21), BROKER, "CRNW", "50", "7.90", is_sale=True),
    _Trade(date(2026, 6, 16), SECOND_BROKER, "BRSW", "6", "1.00", is_sale=True),
    _Trade(date(2026, 7, 14), BROKER, "WBWE", "45", "4.90"),
    _Trade(date(2026, 9, 15), SECOND_BROKER, "PNHB", "3", "1.00", is_sale=True),
)
_CASH = (
    (date(2024, 11, 4), SAVINGS, _TYPE.DEPOSIT, "15000", "Opening deposit"),
    (date(2024, 11, 4), BROKER, _TYPE.DEPOSIT, "18000", "Opening deposit"),
    (date(2024, 11, 15), SECOND_BROKER, _TYPE.DEPOSIT, "7000", "Opening deposit"),
    (date(2024, 12, 5), EXCHANGE, _TYPE.DEPOSIT, "3500", "For coins"),
    (date(2025, 1, 21), BROKER, _TYPE.TAX, "18.40", "Advance tax on funds"),
    (date(2025, 8, 12), BROKER, _TYPE.WITHDRAWAL, "1500", "Summer holiday"),
    (date(2025, 11, 6), EXCHANGE, _TYPE.DEPOSIT, "600", "For coins"),
    (date(2026, 1, 20), BROKER, _TYPE.TAX, "27.15", "Advance tax on funds"),
    (date(2026, 3, 10), SAVINGS, _TYPE.WITHDRAWAL, "2200", "New bicycle"),
)
_SAVINGS_PLAN = (("WBWE", Decimal(450)), ("WBEU", Decimal(150)))
_PLAN_DEPOSIT = Decimal(620)
_DOLLARS = (date(2024, 11, 18), Decimal(6000))
_COIN_SWAP = (date(2025, 5, 17), "LUMR", "EMBV", Decimal("0.9"))
_CUSTODY_CHANGE = (date(2025, 9, 2), "NLYE", Decimal(25))
_CASH_MOVE = (date(2026, 5, 12), Decimal(3000))


def diary(market: SimulatedMarket, series: Mapping[str, RateSeries], until: date) -> list[Request]:
    """The transactions of the demo, in order.

    Args:
        market: the simulated assets and what happened to them.
        series: rates of USD, GBP and CHF.
        until: the last day; nothing later is written.
    """
    book = _Diary(market, series)
    for day, write in sorted(_plan(book, until), key=lambda entry: entry[0]):
        if FIRST_DAY <= day <= until:
            write(day)
    return book.requests


_Entry = tuple[date, Callable[[date], None]]


def _plan(book: _Diary, until: date) -> list[_Entry]:
    # Of one day, what stands first here is written first: money comes in before it is spent.
    entries: list[_Entry] = [
        (day, book.moving_cash(account, kind, amount, note)) for day, account, kind, amount, note in _CASH
    ]
    entries += [(split.day, book.splitting(split)) for split in book.market.splits]
    entries += [(dividend.day, book.paying(dividend)) for dividend in book.market.dividends]
    for month in _months(until):
        entries += [(month, book.saving), (_weekday(month + timedelta(days=2)), book.follow_plan)]
        if month.month in {1, 4, 7, 10}:
            entries += [(month + timedelta(days=1), book.earn_interest), (month, book.pay_custody)]
    entries += [(_DOLLARS[0], book.change_money), (_COIN_SWAP[0], book.swap_coins)]
    entries += [(_CUSTODY_CHANGE[0], book.move_units), (_CASH_MOVE[0], book.move_savings)]
    entries += [(trade.day, book.trading(trade)) for trade in _TRADES]
    return entries


def _months(until: date) -> list[date]:
    """The second day of each month after the first, up to a day."""
    firsts = (date(year, month, 2) for year in range(FIRST_DAY.year, until.year + 1) for month in range(1, 13))
    return [first for first in firsts if FIRST_DAY < first <= until]


def _weekday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday() if day.weekday() >= 5 else 0)


@dataclass(slots=True)
class _Diary:
    """What was written, and the units and savings it left, which later entries depend on."""

    market: SimulatedMarket
    series: Mapping[str, RateSeries]
    requests: list[Request] = field(default_factory=list)
    units: defaultdict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    savings: Decimal = Decimal(0)

    def moving_cash(self, account: str, kind: TransactionType, amount: str, note: str) -> Callable[[date], None]:
        def write(day: date) -> None:
            if account == SAVINGS:
                self.savings += Decimal(amount) if kind is _TYPE.DEPOSIT else -Decimal(amount)
            self._add(Draft(id="", type=kind, booked_on=day, account=account, gross=Decimal(amount)), note)

        return write

    def trading(self, trade: _Trade) -> Callable[[date], None]:
        return lambda _: self._trade(trade)

    def splitting(self, split: Split) -> Callable[[date], None]:
        def write(day: date) -> None:
            key, ratio = str(self.market.assets[split.symbol].id), Decimal(split.ratio)
            for account, symbol in self._holders(split.symbol):
                self.units[account, symbol] *= ratio
                draft = Draft(id="", type=_TYPE.SPLIT, booked_on=day, account=account, asset=key, ratio=ratio)
                self._add(draft, f"{split.ratio}:1 split")

        return write

    def paying(self, dividend: Dividend) -> Callable[[date], None]:
        def write(day: date) -> None:
            for account, symbol in self._holders(dividend.symbol):
                asset = self.market.assets[symbol]
                gross = (self.units[account, symbol] * dividend.per_unit).quantize(_CENT, ROUND_HALF_EVEN)
                tax = (gross * _TAX_ON_INCOME).quantize(_CENT, ROUND_DOWN)
                if gross:
                    self._add(
                        Draft(
                            id="",
                            type=_TYPE.DIVIDEND,
                            booked_on=day,
                            account=account,
                            asset=str(asset.id),
                            gross=gross,
                            tax=tax,
                            currency=asset.currency,
                            **self._settlement(account, asset.currency, day),
                        )
                    )

        return write

    def saving(self, day: date) -> None:
        """The monthly standing order to the broker."""
        draft = Draft(id="", type=_TYPE.DEPOSIT, booked_on=day, account=BROKER, gross=_PLAN_DEPOSIT)
        self._add(draft, "Standing order", ("plan",))

    def follow_plan(self, day: date) -> None:
        """The monthly purchases, to a thousandth of a unit."""
        for symbol, money in _SAVINGS_PLAN:
            quantity = (money / self._close(symbol, day)).quantize(_UNITS, ROUND_DOWN)
            self._trade(_Trade(day, BROKER, symbol, str(quantity), "1.50"), "Savings plan", ("plan",))

    def earn_interest(self, day: date) -> None:
        """A quarter's interest on the savings, taxed."""
        gross = (self.savings * _SAVINGS_RATE_PER_QUARTER).quantize(_CENT, ROUND_HALF_EVEN)
        tax = (gross * _TAX_ON_INCOME).quantize(_CENT, ROUND_DOWN)
        self.savings += gross - tax
        draft = Draft(id="", type=_TYPE.INTEREST, booked_on=day, account=SAVINGS, gross=gross, tax=tax)
        self._add(draft, "Interest of the quarter")

    def pay_custody(self, day: date) -> None:
        """The second broker's quarterly fee."""
        draft = Draft(id="", type=_TYPE.FEE, booked_on=day, account=SECOND_BROKER, gross=Decimal("6.50"))
        self._add(draft, "Custody fee")

    def change_money(self, day: date) -> None:
        """Euro into dollars at the second broker, so that its American shares are paid and pay in dollars."""
        spent = _DOLLARS[1]
        bought = (spent * rates.cross(self.series, BASE, "USD", day).rate).quantize(_CENT, ROUND_DOWN)
        draft = Draft(
            id="",
            type=_TYPE.BUY,
            booked_on=day,
            account=SECOND_BROKER,
            asset="USD",
            quantity=bought,
            gross=spent,
            currency=BASE,
        )
        self._add(draft, "Euro changed into dollars")

    def swap_coins(self, day: date) -> None:
        """One coin for another at the prices of the day, a half per cent going to the exchange."""
        _, spent, bought, quantity = _COIN_SWAP
        value = (quantity * self._close(spent, day)).quantize(_CENT, ROUND_HALF_EVEN)
        received = (value * Decimal("0.995") / self._close(bought, day)).quantize(_UNITS, ROUND_DOWN)
        self.units[EXCHANGE, spent] -= quantity
        self.units[EXCHANGE, bought] += received
        draft = Draft(
            id="",
            type=_TYPE.SWAP,
            booked_on=day,
            account=EXCHANGE,
            asset=str(self.market.assets[spent].id),
            quantity=quantity,
            to_asset=str(self.market.assets[bought].id),
            to_quantity=received,
            gross=value,
            currency="USD",
            **self._settlement(EXCHANGE, "USD", day),
        )
        self._add(draft, f"{spent} into {bought}")

    def move_units(self, day: date) -> None:
        """Some shares change the broker; their lots go with them."""
        _, symbol, quantity = _CUSTODY_CHANGE
        key = str(self.market.assets[symbol].id)
        for kind, account, sign in ((_TYPE.TRANSFER_OUT, BROKER, -1), (_TYPE.TRANSFER_IN, SECOND_BROKER, 1)):
            self.units[account, symbol] += sign * quantity
            draft = Draft(
                id="",
                type=kind,
                booked_on=day,
                account=account,
                asset=key,
                quantity=quantity,
                group="demo custody change",
            )
            self._add(draft, "Moved to the second broker")

    def move_savings(self, day: date) -> None:
        """Money from the savings account to the broker: a transfer, no flow."""
        amount = _CASH_MOVE[1]
        self.savings -= amount
        for kind, account in ((_TYPE.TRANSFER_OUT, SAVINGS), (_TYPE.TRANSFER_IN, BROKER)):
            draft = Draft(
                id="", type=kind, booked_on=day, account=account, gross=amount, currency=BASE, group="demo savings"
            )
            self._add(draft, "From the savings account")

    def _trade(self, trade: _Trade, note: str = "", tags: tuple[str, ...] = ()) -> None:
        day, account, symbol, quantity = trade.day, trade.account, trade.symbol, Decimal(trade.quantity)
        asset = self.market.assets[symbol]
        close = self._close(symbol, day)
        self.units[account, symbol] += -quantity if trade.is_sale else quantity
        settlement = self._settlement(account, asset.currency, day)
        draft = Draft(
            id="",
            type=_TYPE.SELL if trade.is_sale else _TYPE.BUY,
            booked_on=day,
            account=account,
            asset=str(asset.id),
            quantity=quantity,
            unit_price=close,
            gross=(quantity * close).quantize(_CENT, ROUND_HALF_EVEN),
            fee=Decimal(trade.fee),
            fee_currency=BASE if settlement else None,
            currency=asset.currency,
            **settlement,
        )
        self._add(draft, note, tags)

    def _settlement(self, account: str, currency: str, day: date) -> dict[str, Any]:
        # The second broker keeps dollars; all else is paid in euro at the rate of the day.
        if currency == BASE or (account == SECOND_BROKER and currency == "USD"):
            return {}
        return {"fx_rate": rates.cross(self.series, currency, BASE, day).rate.quantize(_RATE, ROUND_HALF_EVEN)}

    def _close(self, symbol: str, day: date) -> Decimal:
        prices = self.market.prices[symbol]
        return next(c for d, c in zip(reversed(prices.days), reversed(prices.closes), strict=True) if d <= day)

    def _holders(self, symbol: str) -> list[tuple[str, str]]:
        return sorted(key for key, units in self.units.items() if key[1] == symbol and units > 0)

    def _add(self, draft: Draft, note: str = "", tags: tuple[str, ...] = ()) -> None:
        self.requests.append(Request(draft=draft, note=note, tags=tags))
