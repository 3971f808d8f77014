"""Portfolio Performance's own file (XML): securities accounts, cash accounts, and what joins them.

Money is in hundredths, shares in units of 1e-8. An amount is what the account moved: fees and taxes are inside.
A purchase stands on both sides, once in the securities account with the shares and once in the cash account with the
money; it is booked once, from the former.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from finsage.finance.money import ZERO, plain
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.actions import is_isin, plus
from finsage.portfolio.importers.currencies import MAJOR_UNITS
from finsage.portfolio.importers.format import Action, Container, Format, Refuse, Rule, day, number, text
from finsage.portfolio.importers.pp_xml import (
    TRADES,
    Client,
    Node,
    Unit,
    cross_entry_of,
    owner_of,
    read_client,
    securities_in_use,
)  # fmt: skip
from finsage.portfolio.importers.reading import Cells
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import Leftover, Statement
from finsage.portfolio.importers.sources import columns_of

_CREDITS = frozenset({"SELL", "DEPOSIT", "INTEREST", "DIVIDENDS", "FEES_REFUND", "TAX_REFUND", "TRANSFER_IN"})
_PORTFOLIO_SIDE = frozenset({"portfolio", "portfolioFrom", "portfolioTo"})


@dataclass(frozen=True, slots=True)
class ClientSource:
    """The transactions of a file, by day. Their cells are made as they are read: there may be very many."""

    transactions: tuple[Node, ...]
    symbols: dict[int, str]
    header: tuple[str, ...]
    leftovers: tuple[Leftover, ...]

    def records(self) -> Iterator[Cells]:
        """The transactions, each once."""
        for transaction in self.transactions:
            values = _values(transaction, self.symbols)
            yield Cells(transaction.line, [values.get(name, "") for name in self.header])


def portfolio_performance_source(stream: BinaryIO, form: Format, rows_max: int) -> ClientSource:
    """The transactions of a file.

    Raises: UnreadableFile, TooManyRows.
    """
    client = read_client(stream, rows_max)
    told = [transaction for transaction in client.transactions if not _is_told_elsewhere(transaction)]
    told.sort(key=lambda transaction: transaction.text("date"))
    return ClientSource(tuple(told), _symbols(client), columns_of(form), tuple(_leftovers(client)))


def _symbols(client: Client) -> dict[int, str]:
    """What each security is called: its ticker, else ISIN, else WKN, else name; told apart where two share a word."""
    words = {id(node): _word(node) for node in client.securities}
    used = Counter(words[id(node)] for node in securities_in_use(client))
    symbols = {}
    for node in client.securities:
        word = words[id(node)]
        symbols[id(node)] = word if used[word] < 2 else node.text("isin") or f"{word} ({node.text('name')})"
    return symbols


def _word(security: Node) -> str:
    names = ("tickerSymbol", "isin", "wkn", "name")
    return next((security.text(name) for name in names if security.text(name)), "")


def _is_told_elsewhere(transaction: Node) -> bool:
    """The cash side of a purchase or sale: the securities account has it with the shares."""
    cross = cross_entry_of(transaction)
    if cross is None or transaction.text("type") not in TRADES or not _is_cash_side(transaction):
        return False
    return cross.kid("portfolioTransaction") is not None


def _is_cash_side(transaction: Node) -> bool:
    owner = owner_of(transaction)
    if owner is not None:
        return owner.name not in _PORTFOLIO_SIDE
    return transaction.name in {"account-transaction", "accountTransaction"}


def _values(transaction: Node, symbols: dict[int, str]) -> dict[str, str]:
    """The cells of a transaction."""
    is_cash = _is_cash_side(transaction)
    owner, security = owner_of(transaction), transaction.kid("security")
    kind = transaction.text("type")
    values = {
        "uuid": transaction.text("uuid"),
        "type": f"{'account' if is_cash else 'portfolio'} {kind}",
        "date": transaction.text("date"),
        "account": owner.text("name") if owner is not None else "",
        "currency": transaction.text("currencyCode"),
        "amount": _scaled(transaction.text("amount"), 2),
        "shares": _scaled(transaction.text("shares"), 8),
        "note": transaction.text("note"),
    }
    if security is not None:
        values |= {
            "symbol": symbols.get(id(security), ""),
            "name": security.text("name"),
            "isin": security.text("isin"),
            "security_currency": security.text("currencyCode"),
        }
    values |= _units(transaction.units or [])
    return values | _other_side(transaction, is_cash=is_cash)


def _units(units: list[Unit]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in ("FEE", "TAX"):
        total = sum((_decimal(unit.amount) for unit in units if unit.type == name), ZERO)
        if total:
            values[name.lower()] = plain(total.scaleb(-2))
    for unit in units:
        if unit.type == "GROSS_VALUE" and unit.forex_amount and unit.forex_currency:
            is_minor = unit.forex_currency in MAJOR_UNITS
            values["forex_amount"] = _scaled(unit.forex_amount, 4 if is_minor else 2)
            values["forex_currency"] = MAJOR_UNITS.get(unit.forex_currency, unit.forex_currency)
    return values


def _other_side(transaction: Node, *, is_cash: bool) -> dict[str, str]:
    """What the cross entry knows: the cash account of a trade, or the partner of a transfer."""
    cross = cross_entry_of(transaction)
    if cross is None:
        return {}
    if not is_cash and transaction.text("type") in TRADES:
        money, account = cross.kid("accountTransaction"), cross.kid("account")
        return {
            "cash_account": account.text("name") if account is not None else "",
            "cash_amount": _scaled(money.text("amount"), 2) if money is not None else "",
        }
    source, target = cross.kid("transactionFrom"), cross.kid("transactionTo")
    if source is None or target is None:
        return {}
    values = {"group": f"pp:{source.text('uuid')}:{target.text('uuid')}"}
    if is_cash and source.text("currencyCode") != target.text("currencyCode"):
        account = cross.kid("accountTo")
        values |= {
            "to_account": account.text("name") if account is not None else "",
            "to_amount": _scaled(target.text("amount"), 2),
            "to_currency": target.text("currencyCode"),
            "other_line": str((target if transaction is source else source).line),
        }
    return values


def _decimal(text_: str) -> Decimal:
    try:
        return Decimal(text_)
    except InvalidOperation:
        return ZERO


def _scaled(digits: str, places: int) -> str:
    """A whole number of small units as a plain number; what is no whole number stays for the reader to refuse."""
    if not digits.lstrip("-").isdigit():
        return digits
    return plain(Decimal(digits).scaleb(-places))


def _leftovers(client: Client) -> Iterable[Leftover]:
    """What a file holds that has no place here, with what to do."""
    remedies = {
        "prices": "Prices come from FinSage's own sources; those of a custom asset can be loaded from a CSV file.",
        "investment plans": "Executions of a plan are imported as purchases; the plan itself has to be kept elsewhere.",
        "taxonomies": "Tag assets by hand; classes are those of FinSage.",
    }
    for what, count in sorted(client.counts.items()):
        yield Leftover(0, f"{what}: {count}", "Portfolio Performance's own views and data.", remedies.get(what, ""))
    for line, split in client.splits:
        yield Leftover(
            line, f"Split of {split}",
            "Portfolio Performance keeps the shares of earlier transactions as they are after a split.",
            "Nothing to do when the units agree; if you chose not to change old transactions there, record it.",
        )  # fmt: skip
    unused = len(client.securities) - sum(1 for _ in securities_in_use(client))
    if unused:
        yield Leftover(0, f"securities without transactions: {unused}", "Nothing of them is held.", "")


# Actions --------------------------------------------------------------------------------------------------------------


def _terms(row: Row) -> dict[str, Any]:
    """Gross, fee and tax from what the account moved.

    The price in the security's own currency is kept where there is no tax, which is stated in one currency with it.
    """
    is_credit = row.text("type").partition(" ")[2] in _CREDITS
    fee, tax = row.amount("fee"), row.amount("tax")
    costs = plus(fee, tax)
    gross = plus(row.amount("amount"), costs if is_credit else -costs)
    fields: dict[str, Any] = {"gross": gross, "fee": fee, "tax": tax, "currency": row.currency}
    forex = row.number("forex_amount")
    if forex and gross > ZERO and not tax and row.text("forex_currency") != row.currency:
        fields |= {
            "gross": forex,
            "currency": row.text("forex_currency"),
            "settle_currency": row.currency,
            "settle_amount": gross,
            "fee_currency": row.currency if fee else None,
        }
    if gross < ZERO:
        row.fail("amount", "unexpected_amount", f"Fee and tax of {costs} exceed the amount; correct the transaction.")
    return fields


def _hint(row: Row) -> str:
    symbol = row.text("symbol")
    isin = row.text("isin")
    row.hint(
        symbol,
        isin=isin if is_isin(isin) else None,
        name=row.text("name") or None,
        currency=MAJOR_UNITS.get(row.text("security_currency"), row.text("security_currency")) or row.currency,
    )
    return symbol


def _trade(kind: T) -> Action:
    def act(row: Row) -> None:
        if not row.need("symbol", "shares", "amount", "account"):
            return
        # One account for everything, when the caller asks for it, pays too.
        money = None if row.layout.account else row.text("cash_account") or None
        row.book(kind, asset=_hint(row), quantity=row.number("shares"), cash_account=money, **_terms(row))

    return act


def _delivery(kind: T) -> Action:
    """Units without money: the amount is what they cost, fees included."""

    def act(row: Row) -> None:
        if row.need("symbol", "shares", "account"):
            gross, units = row.number("amount"), row.number("shares")
            row.book(kind, asset=_hint(row), quantity=units, gross=gross or None, currency=row.currency)

    return act


def _moved_units(kind: T) -> Action:
    def act(row: Row) -> None:
        if row.need("symbol", "shares", "account"):
            group = row.text("group") or None
            row.book(kind, asset=_hint(row), quantity=row.number("shares"), currency=row.currency, group=group)

    return act


def _moved_money(kind: T) -> Action:
    """Money between cash accounts; into another currency it is bought."""

    def act(row: Row) -> None:
        if not row.need("amount", "account"):
            return
        if not row.text("to_currency"):
            row.book(kind, gross=row.number("amount"), currency=row.currency, group=row.text("group") or None)
        elif kind is T.TRANSFER_IN:
            row.message = f"Part of the transaction on line {row.text('other_line')}."
        else:
            money = None if row.layout.account else row.text("account")
            target = row.layout.account or row.text("to_account")
            row.hint(row.text("to_currency"), asset_class="cash")
            row.book(
                T.BUY, asset=row.text("to_currency"), quantity=row.number("to_amount"), gross=row.number("amount"),
                currency=row.currency, account=target, cash_account=money,
            )  # fmt: skip

    return act


def _payment(kind: T) -> Action:
    """Money in or out of a cash account."""

    def act(row: Row) -> None:
        if not row.need("amount", "account"):
            return
        fields = _terms(row)
        if kind in {T.DIVIDEND, T.INTEREST}:
            if row.text("symbol"):
                fields["asset"] = _hint(row)
        else:
            fields = _without_costs(row, kind, fields)
        row.book(kind, **fields)

    return act


def _without_costs(row: Row, kind: T, fields: dict[str, Any]) -> dict[str, Any]:
    """Kinds that carry no tax of their own move the whole amount."""
    kept: dict[str, Any] = {"gross": row.number("amount"), "currency": row.currency}
    if kind in {T.DEPOSIT, T.WITHDRAWAL} and not fields["tax"]:
        kept |= {"gross": fields["gross"], "fee": fields["fee"], "currency": fields["currency"]}
    if kind in {T.FEE, T.TAX, T.FEE_REFUND, T.TAX_REFUND} and row.text("symbol"):
        kept["asset"] = _hint(row)
    return kept


def _tally(row: Row) -> list[Statement]:
    """What Portfolio Performance itself would count: the shares of the one side, the money of the other."""
    side, _, kind = row.text("type").partition(" ")
    account = row.account or ""
    if side == "account":
        sign = 1 if kind in _CREDITS else -1
        return [Statement(account, row.currency or "", sign * row.amount("amount"))]
    sign = 1 if kind in {"BUY", "DELIVERY_INBOUND", "TRANSFER_IN"} else -1
    found = [Statement(account, row.text("symbol"), sign * row.amount("shares"))]
    if kind in TRADES:
        money = row.layout.account or row.text("cash_account") or account
        moved = row.number("cash_amount")
        found.append(Statement(money, row.currency or "", -sign * (row.amount("amount") if moved is None else moved)))
    return found


_ONE_SIDED = Refuse("missing_leg", "The file has the money of this trade but not its shares; record the trade by hand.")
_TYPES: dict[str, Rule] = {
    "portfolio buy": _trade(T.BUY),
    "portfolio sell": _trade(T.SELL),
    "portfolio delivery_inbound": _delivery(T.TRANSFER_IN),
    "portfolio delivery_outbound": _delivery(T.TRANSFER_OUT),
    "portfolio transfer_in": _moved_units(T.TRANSFER_IN),
    "portfolio transfer_out": _moved_units(T.TRANSFER_OUT),
    "account deposit": _payment(T.DEPOSIT),
    "account removal": _payment(T.WITHDRAWAL),
    "account interest": _payment(T.INTEREST),
    "account interest_charge": _payment(T.INTEREST_PAID),
    "account dividends": _payment(T.DIVIDEND),
    "account fees": _payment(T.FEE),
    "account fees_refund": _payment(T.FEE_REFUND),
    "account taxes": _payment(T.TAX),
    "account tax_refund": _payment(T.TAX_REFUND),
    "account transfer_in": _moved_money(T.TRANSFER_IN),
    "account transfer_out": _moved_money(T.TRANSFER_OUT),
    "account buy": _ONE_SIDED,
    "account sell": _ONE_SIDED,
}

PORTFOLIO_PERFORMANCE = Format(
    id="portfolio-performance",
    name="Portfolio Performance",
    description="The file of Portfolio Performance, saved as XML (with or without id attributes, not encrypted).",
    extensions=(".xml",),
    container=Container.XML,
    signature=("client",),
    columns={
        "day": day("date"),
        "type": text("type"),
        "external_id": text("uuid"),
        "account": text("account"),
        "cash_account": text("cash_account"),
        "symbol": text("symbol"),
        "name": text("name"),
        "isin": text("isin"),
        "security_currency": text("security_currency"),
        "currency": text("currency"),
        "amount": number("amount"),
        "shares": number("shares"),
        "fee": number("fee"),
        "tax": number("tax"),
        "forex_amount": number("forex_amount"),
        "forex_currency": text("forex_currency"),
        "cash_amount": number("cash_amount"),
        "to_account": text("to_account"),
        "to_amount": number("to_amount"),
        "to_currency": text("to_currency"),
        "other_line": text("other_line"),
        "group": text("group"),
        "note": text("note"),
    },
    types=_TYPES,
    tally=_tally,
    time_zone="",
    midnight_is_day=True,
)
