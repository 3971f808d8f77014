"""Lines to store of transactions whose postings can be told from the texts of their draft.

Trades, and money that comes or goes, make up nearly all of a large file. The postings of one have kinds, accounts and
assets that it shares with very many others; only its amounts are its own, and they are sums and products of the
numbers it states. Anything that is not plain (units that move by the book, another currency to settle in, an amount
of zero) is left to the general way; a property test holds both to the same line.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from finsage.finance.money import ONE, ZERO
from finsage.finance.transaction import INCOMES, PURCHASES, TRADES, AccountKind, TransactionType
from finsage.finance.valuation import Market
from finsage.portfolio.service.books import Book
from finsage.portfolio.store.copy_lines import KEPT, NOTHING, Stencil, Words, beside_cells, line_by, stencil_of

_KIND = AccountKind
_TYPE = TransactionType
_CONTRA: Mapping[str, tuple[AccountKind, Decimal]] = {
    **{kind.value: (_KIND.TRADING, -ONE if kind in PURCHASES else ONE) for kind in TRADES},
    **{kind.value: (_KIND.INCOME, ONE) for kind in INCOMES},
    _TYPE.INTEREST_PAID.value: (_KIND.INCOME, -ONE),
    _TYPE.DEPOSIT.value: (_KIND.EXTERNAL, ONE),
    _TYPE.WITHDRAWAL.value: (_KIND.EXTERNAL, -ONE),
}
"""What stands against the money of a type, and whether money comes (+) or goes."""
_TRADES = frozenset(kind.value for kind in TRADES)
_INCOMES = frozenset(kind.value for kind in INCOMES)
_PLAIN = frozenset(
    {
        "type", "booked_on", "executed_at", "asset", "quantity", "unit_price", "gross", "fee", "tax", "currency",
        "fx_rate", "account", "cash_account",
    }
)  # fmt: skip


class _Shape(NamedTuple):
    """What transactions have in common whose postings differ in their amounts alone."""

    type: str
    asset: str | None
    account: str | None
    cash_account: str | None
    currency: str | None
    has_fee: bool
    has_tax: bool
    has_rate: bool


class _Way(NamedTuple):
    """How to write the transactions of a shape. ``sign`` is that of the money."""

    stencil: Stencil
    sign: Decimal
    multiplier: Decimal
    is_trade: bool


class PlainLines:
    """Writes the lines of what an import books, as far as it is plain.

    Args:
        book: with the assets of the drafts.
        market: their currencies and multipliers.
        import_id: what the transactions come by.
    """

    def __init__(self, book: Book, market: Market, import_id: UUID | None) -> None:
        self._book = book
        self._market = market
        self._owner = f"{NOTHING if import_id is None else import_id}\t{NOTHING}"
        self._words = Words()
        self._ways: dict[tuple[Any, ...], _Way | None] = {}

    def line(
        self,
        draft: dict[str, Any],
        name: str,
        sequence: int,
        *,
        labels: tuple[str, tuple[str, ...]],
        fingerprint: bytes | None,
    ) -> str | None:
        """The line of a transaction, None when it has to be written the general way; in the caller's exact context.

        Args:
            draft: as JSON, valid, with ledger keys and an account.
            name: its id.
            sequence: its number.
            labels: note and tags.
            fingerprint: of the source record.
        """
        get = draft.get
        fee, tax, rate = get("fee"), get("tax"), get("fx_rate")
        # A tuple of a named tuple's fields is equal to it, and made in half the time.
        shape = (
            draft["type"], get("asset"), get("account"), get("cash_account"), get("currency"),
            fee is not None, tax is not None, rate is not None,
        )  # fmt: skip
        if shape not in self._ways:
            if len(self._ways) >= KEPT:
                self._ways.clear()
            self._ways[shape] = self._way_of(_Shape(*shape))
        way = self._ways[shape]
        if way is None or not draft.keys() <= _PLAIN:
            return None
        costs = [cost for cost in (fee, tax) if cost is not None]
        amounts = _amounts(way, (get("quantity"), get("unit_price"), get("gross")), costs, rate)
        if amounts is None:
            return None
        return line_by(
            way.stencil,
            (name, draft["booked_on"], sequence, draft["type"], get("executed_at", NOTHING)),
            (get("quantity", NOTHING), get("unit_price", NOTHING), amounts[2 if way.is_trade else 0]),
            beside_cells(draft, labels, self._owner, fingerprint, self._words),
            amounts,
        )

    def _way_of(self, shape: _Shape) -> _Way | None:
        """How transactions of a shape are written; None where their postings cannot be told from it."""
        contra, currency = _CONTRA.get(shape.type), shape.currency
        asset = self._book.asset(shape.asset) if shape.asset is not None else None
        if contra is None or currency is None or not shape.account or (shape.asset is None) != (asset is None):
            return None
        if shape.has_rate:
            if currency == self._market.base_currency:
                return None
            currency = self._market.base_currency
        kind, sign = contra
        money, is_trade = shape.cash_account or shape.account, shape.type in _TRADES
        if is_trade and asset is None:
            return None
        units = [(_KIND.ASSET, shape.account, shape.asset), (_KIND.TRADING, shape.account, shape.asset)]
        sides = [kind for kind, is_there in ((_KIND.FEE, shape.has_fee), (_KIND.TAX, shape.has_tax)) if is_there]
        places = [*(units if is_trade else ()), *((side, money, currency) for side in (_KIND.ASSET, kind, *sides))]
        described = self._market.assets.get(shape.asset) if shape.asset is not None else None
        return _Way(
            stencil_of(
                account=shape.account,
                asset_id=asset.id if asset else None,
                symbol=asset.symbol if asset else None,
                currency=currency,
                postings=[(side.value, account, key or "") for side, account, key in places],
            ),
            sign,
            described.multiplier if described is not None and shape.type not in _INCOMES else ONE,
            is_trade,
        )


def _amounts(
    way: _Way, value: tuple[str | None, str | None, str | None], costs: list[str], rate: str | None
) -> list[Decimal] | None:
    """The amounts of the postings, None where one of them is zero: there is no posting of nothing.

    Args:
        way: of the transaction.
        value: its quantity, price and gross.
        costs: its fee and tax, as far as it has them.
        rate: into the currency it is paid in.
    """
    quantity, price, gross = value
    if gross is not None:
        money = Decimal(gross)
    elif quantity is not None and price is not None:
        money = Decimal(quantity) * Decimal(price) * way.multiplier
    else:
        return None
    paid = list(map(Decimal, costs))
    if rate is not None:
        factor = Decimal(rate)
        money, paid = money * factor, [cost * factor for cost in paid]
    cash = money = way.sign * money
    for cost in paid:
        cash -= cost
    found = [cash, -money, *paid]
    if way.is_trade:
        units = -way.sign * Decimal(quantity or ZERO)
        found = [units, -units, *found]
    return found if all(found) else None
