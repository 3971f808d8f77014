"""What a label books, in the fields every format shares: symbol, quantity, unit_price, gross, fee, tax, currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from finsage.finance.money import ZERO, exact
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.format import Action
from finsage.portfolio.importers.row import Row


def costs_of(row: Row) -> dict[str, Any]:
    """Fee and tax of a row. What the file states as given back is booked as a refund of its own, after the row."""
    fields: dict[str, Any] = {"fee": row.amount("fee"), "tax": row.amount("tax")}
    fee_currency = row.text("fee_currency").upper()
    if fields["fee"] and fee_currency and fee_currency != row.currency:
        fields["fee_currency"] = fee_currency
        _hint_fees(row, ((fee_currency, fields["fee"]),))
    return fields


def money_of(row: Row) -> dict[str, Any]:
    """Currency and, where given, how it was settled."""
    return {
        "currency": row.currency,
        "fx_rate": row.number("fx_rate"),
        "settle_currency": row.text("settle_currency").upper() or None,
        "settle_amount": row.number("settle_amount"),
    }


def hint_of(row: Row) -> str:
    """Remember the row's asset; its symbol, or its name when the file has no other word for it."""
    symbol = row.symbol or row.text("name")
    row.hint(
        symbol,
        isin=row.text("isin") or (symbol if is_isin(symbol) else None),
        name=row.text("name") or None,
        currency=row.currency,
        asset_class=class_of(row),
        source=row.text("source") or None,
        multiplier=row.text("multiplier") or None,
    )
    return symbol


def class_of(row: Row) -> str | None:
    """The asset class in our words, as far as the file tells."""
    return row.layout.asset_classes.get(row.text("asset_class").casefold()) or row.layout.asset_class


def is_isin(text: str) -> bool:
    """Whether a text has the form and the check digit of an ISIN."""
    if len(text) != 12 or not text.isascii() or not text.isalnum() or not text[:2].isalpha() or not text[-1].isdigit():
        return False
    digits = "".join(str(int(character, 36)) for character in text.upper())
    doubled = (int(d) * (2 - (place % 2 == 0)) for place, d in enumerate(reversed(digits)))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def trade(kind: T) -> Action:
    """Buy or sell: needs an asset, a quantity, and a price or gross."""

    def act(row: Row) -> None:
        fields = {"quantity": row.number("quantity"), "unit_price": row.number("unit_price")}
        row.book(
            kind,
            asset=hint_of(row) or None,
            gross=row.number("gross"),
            **fields,
            **costs_of(row),
            **money_of(row),
        )

    return act


def income(kind: T) -> Action:
    """Dividend or interest: gross, else quantity × price."""

    def act(row: Row) -> None:
        gross = row.number("gross")
        if gross is None:
            gross = row.product("quantity", "unit_price")
        asset = hint_of(row) if row.symbol or kind is T.DIVIDEND else None
        row.book(kind, asset=asset or None, gross=gross, **costs_of(row), **money_of(row))
        if gross is None and not row.errors:
            row.fail(
                "gross", "missing", f"This {kind} needs an amount; fill '{row.layout.columns.get('gross', 'gross')}'."
            )

    return act


def money(kind: T) -> Action:
    """Cash that comes or goes: deposit, withdrawal, fee, tax, their refunds, interest paid."""

    def act(row: Row) -> None:
        fields: dict[str, Any] = money_of(row)
        if kind in {T.DEPOSIT, T.WITHDRAWAL}:
            fields |= {name: value for name, value in costs_of(row).items() if name != "tax"}
        elif row.symbol and not is_currency(row.symbol):
            fields["asset"] = hint_of(row)
        row.book(kind, gross=row.number("gross"), **fields)

    return act


def movement(kind: T) -> Action:
    """Units that arrive or leave without a trade; cash when the row names no asset."""

    def act(row: Row) -> None:
        if not row.symbol or is_currency(row.symbol):
            money(T.DEPOSIT if kind is T.TRANSFER_IN else T.WITHDRAWAL)(row)
            return
        fields = costs_of(row)
        fields.pop("tax")
        row.book(
            kind,
            asset=hint_of(row),
            quantity=row.number("quantity"),
            unit_price=row.number("unit_price"),
            gross=row.number("gross"),
            **fields,
            **money_of(row),
        )

    return act


buy, sell = trade(T.BUY), trade(T.SELL)
short_sell, cover = trade(T.SHORT_SELL), trade(T.COVER)
dividend, interest = income(T.DIVIDEND), income(T.INTEREST)
deposit, withdrawal = money(T.DEPOSIT), money(T.WITHDRAWAL)
interest_paid, fee, tax = money(T.INTEREST_PAID), money(T.FEE), money(T.TAX)
fee_refund, tax_refund = money(T.FEE_REFUND), money(T.TAX_REFUND)
transfer_in, transfer_out = movement(T.TRANSFER_IN), movement(T.TRANSFER_OUT)


def by_sign(positive: Action, negative: Action, field: str = "gross") -> Action:
    """One label for both directions; the sign of a number tells them apart."""

    def act(row: Row) -> None:
        value = row.number(field)
        if value is None:
            row.need(field)
            return
        row.numbers[field] = abs(value)
        (negative if value < 0 else positive)(row)

    return act


def signed_charges(action: Action) -> Action:
    """For files that write fee and tax negative when charged: what is given back is booked as a refund of its own."""

    def act(row: Row) -> None:
        refunds = []
        for name, kind in (("fee", T.FEE_REFUND), ("tax", T.TAX_REFUND)):
            value = row.numbers.pop(name, ZERO)
            if value < 0:
                row.numbers[name] = -value
            elif value > 0:
                refunds.append((kind, value))
        action(row)
        for kind, value in refunds:
            currency = row.text("fee_currency").upper() if kind is T.FEE_REFUND else ""
            row.book(kind, gross=value, currency=currency or row.currency)

    return act


def expecting(sign: int, action: Action, field: str = "gross") -> Action:
    """Refuse a row whose number has the other sign: it is a correction, and only a person can tell of what."""

    def act(row: Row) -> None:
        value = row.number(field)
        if value is not None and value * sign < 0:
            direction = "negative" if value < 0 else "positive"
            row.fail(
                field,
                "unexpected_sign",
                f"This {row.label} of {value} is {direction}; "
                "if it corrects an earlier row, leave both out or record it by hand.",
            )
            return
        if value is not None:
            row.numbers[field] = abs(value)
        action(row)

    return act


# --- Coins: the asset stands in ``symbol``, the units in ``quantity``; money of a state is cash, not an asset. ---


def receive(kind: T, cash: T) -> Action:
    """Units of a coin come in as ``kind``, money as ``cash``."""

    def act(row: Row) -> None:
        if row.need("symbol", "quantity"):
            book_units(row, kind, cash, row.symbol, abs(row.amount("quantity")))

    return act


def book_units(row: Row, kind: T, cash: T, symbol: str, units: Decimal, **fields: Any) -> None:
    """Book units of a coin, or the same as cash when the symbol is money of a state.

    Only money can be the currency of a fee or of interest. A fee in coins is the fee of a withdrawal of nothing, which
    disposes of the coins at market value; coins lost to interest or futures are sold for nothing, which shows the loss;
    coins given back are a reward.
    """
    if is_currency(symbol):
        row.book(cash, gross=units, currency=symbol.upper(), **fields)
        return
    row.hint(symbol)
    if kind is T.FEE:
        row.book(T.WITHDRAWAL, gross=ZERO, fee=units, fee_currency=symbol, **fields)
    elif kind is T.INTEREST_PAID:
        row.book(T.SELL, asset=symbol, quantity=units, gross=ZERO, **fields)
    elif kind is T.FEE_REFUND:
        row.book(T.REWARD, asset=symbol, quantity=units, **fields)
    else:
        row.book(kind, asset=symbol, quantity=units, **fields)


coin_in = receive(T.TRANSFER_IN, T.DEPOSIT)
coin_out = receive(T.TRANSFER_OUT, T.WITHDRAWAL)
coin_reward = receive(T.REWARD, T.INTEREST)
coin_airdrop = receive(T.AIRDROP, T.INTEREST)
coin_fee = receive(T.FEE, T.FEE)


def coin_loss(row: Row) -> None:
    """Units stolen or worthless leave at a price of zero, which shows the loss."""
    if not row.need("symbol", "quantity"):
        return
    if is_currency(row.symbol):
        coin_fee(row)
        return
    book_units(row, T.INTEREST_PAID, T.INTEREST_PAID, row.symbol, abs(row.amount("quantity")))


def exchange(
    row: Row,
    spent: tuple[str, Decimal],
    got: tuple[str, Decimal],
    fees: tuple[tuple[str, Decimal], ...] = (),
    **fields: Any,
) -> None:
    """One thing for another: a buy or sell when one side is money, a deposit of the difference never, else a swap.

    Args: spent, got: code and units, above zero. fees: code and units; the first rides on the trade, the others are
        booked after it as fees of their own.
    """
    (spent_code, spent_units), (got_code, got_units) = spent, got
    fields |= _fee_fields(fees[0]) if fees else {}
    if is_currency(spent_code) and is_currency(got_code):
        _exchange_money(row, spent, got, fees, fields)
        return
    if is_currency(spent_code):
        row.hint(got_code)
        _drop_own_fee_currency(fields, spent_code)
        row.book(T.BUY, asset=got_code, quantity=got_units, gross=spent_units, currency=spent_code, **fields)
    elif is_currency(got_code):
        row.hint(spent_code)
        _drop_own_fee_currency(fields, got_code)
        row.book(T.SELL, asset=spent_code, quantity=spent_units, gross=got_units, currency=got_code, **fields)
    else:
        row.hint(spent_code)
        row.hint(got_code)
        row.book(T.SWAP, asset=spent_code, quantity=spent_units, to_asset=got_code, to_quantity=got_units, **fields)
    _hint_fees(row, fees)
    for code, units in fees[1:]:
        book_units(row, T.FEE, T.FEE, code, units)


def _hint_fees(row: Row, fees: tuple[tuple[str, Decimal], ...]) -> None:
    """A coin that pays a fee is an asset to be found, too."""
    for code, _ in fees:
        if not is_currency(code):
            row.hint(code)


def _fee_fields(fee: tuple[str, Decimal]) -> dict[str, Any]:
    return {"fee": fee[1], "fee_currency": fee[0]}


def _drop_own_fee_currency(fields: dict[str, Any], currency: str) -> None:
    if fields.get("fee_currency") == currency:
        fields["fee_currency"] = None


def _exchange_money(
    row: Row,
    spent: tuple[str, Decimal],
    got: tuple[str, Decimal],
    fees: tuple[tuple[str, Decimal], ...],
    fields: dict[str, Any],
) -> None:
    """Money for money: the bought currency is bought like an asset, at what was paid for it."""
    _drop_own_fee_currency(fields, spent[0])
    row.book(T.BUY, asset=got[0], quantity=got[1], gross=spent[1], currency=spent[0], **fields)
    _hint_fees(row, fees)
    for code, units in fees[1:]:
        book_units(row, T.FEE, T.FEE, code, units)


def plus(left: Decimal, right: Decimal) -> Decimal:
    """An exact sum."""
    with exact():
        return left + right


def gross_from_net(row: Row, *, is_payment: bool) -> None:
    """The amount before fee and tax from what an account moved: a payment contains them, a receipt lacks them."""
    net = row.number("gross")
    if net is None:
        return
    costs = plus(row.amount("fee"), row.amount("tax"))
    row.numbers["gross"] = plus(net, -costs if is_payment else costs)
