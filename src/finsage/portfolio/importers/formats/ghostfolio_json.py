"""Ghostfolio's JSON export.

Cash is stated there as balances: deposits and withdrawals are what brings the cash of the
activities to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finsage.finance.money import ZERO, exact
from finsage.finance.transaction import Draft
from finsage.finance.transaction import TransactionType as T
from finsage.portfolio.importers.errors import unreadable
from finsage.portfolio.importers.format import Container, Format, day, number, signed, text
from finsage.portfolio.importers.formats.ghostfolio import TYPES, tally
from finsage.portfolio.importers.json_reading import JsonDocument, Located, is_object
from finsage.portfolio.importers.reading import Cells
from finsage.portfolio.importers.row import Row
from finsage.portfolio.importers.rows import Leftover, Statement
from finsage.portfolio.importers.sources import JsonSource, columns_of

_SIGNS = {
    T.BUY: -1, T.SELL: 1, T.DIVIDEND: 1, T.INTEREST: 1, T.FEE: -1, T.DEPOSIT: 1, T.WITHDRAWAL: -1,
}  # fmt: skip


def json_source(document: JsonDocument, form: Format) -> JsonSource:
    """The activities and stated balances of an export.

    Raises: UnreadableFile: not a Ghostfolio export.
    """
    members, lists = document.members, document.lists
    if "activities" not in lists:
        raise unreadable("unknown_json", 1, "The JSON has no list 'activities'; export it from Ghostfolio again.")
    accounts = {account.value.get("id"): account for account in lists.get("accounts", []) if is_object(account)}
    profiles = {
        (profile.get("dataSource"), profile.get("symbol")): profile
        for profile in members.get("assetProfiles", [])
        if isinstance(profile, dict)
    }
    header = columns_of(form)
    items = [_activity(item, accounts, profiles, header) for item in lists["activities"]]
    items += [cells for account in accounts.values() for cells in _balances(account, header)]
    return JsonSource(items.__iter__, header, tuple(_leftovers(members)))


def _leftovers(members: Mapping[str, Any]) -> Iterator[Leftover]:
    """What an export holds that has no place here."""
    reasons = {
        "platforms": ("The account's name says where it is held.", ""),
        "tags": ("Activities do not carry their tags over.", "Tag the transactions by hand."),
        "watchlist": ("There is no watchlist.", ""),
        "user": ("Settings are those of FinSage.", ""),
    }
    for name, (reason, remedy) in reasons.items():
        held = members.get(name)
        if held:
            count = f"{len(held)} " if isinstance(held, list) else ""
            yield Leftover(0, f"{count}{name}", reason, remedy)


def _activity(
    item: Located,
    accounts: dict[Any, Located],
    profiles: dict[tuple[Any, Any], dict[str, Any]],
    header: tuple[str, ...],
) -> Cells:
    if not is_object(item):
        return Cells(item.line, [], "an activity is not an object")
    values = dict(item.value)
    profile = profiles.get((values.get("dataSource"), values.get("symbol")), {})
    account = accounts.get(values.get("accountId"))
    values |= {
        "name": profile.get("name"),
        "isin": profile.get("isin"),
        "assetClass": profile.get("assetSubClass") or profile.get("assetClass"),
        "account": account.value.get("name") if account else None,
    }
    return Cells(item.line, [_text(values.get(name)) for name in header])


def _balances(account: Located, header: tuple[str, ...]) -> list[Cells]:
    stated = account.value.get("balances") or []
    common = {"type": "BALANCE", "account": account.value.get("name"), "currency": account.value.get("currency")}
    rows = [common | balance for balance in stated if isinstance(balance, dict)]
    rows.sort(key=lambda row: str(row.get("date")))
    return [Cells(account.line, [_text(row.get(name)) for name in header]) for row in rows]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, list | dict) else str(value)


def _balance(row: Row) -> None:
    """Booked by ``_settle``, when the cash of the activities is known."""
    row.need("value", "currency")


def _settle(rows: list[Row]) -> None:
    """Book what is missing between the cash of the activities and each stated balance."""
    cash: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for row in sorted(rows, key=lambda row: (row.day, row.text("type") == "BALANCE", row.sequence)):
        key = (row.text("account"), row.currency or "")
        if row.errors:
            continue
        if row.text("type") == "BALANCE":
            _book_difference(row, row.amount("value") - cash[key])
        for entry in row.entries:
            with exact():
                cash[key] += _cash_of(entry.draft)


def _book_difference(row: Row, difference: Decimal) -> None:
    stated = f"The file states a balance of {row.amount('value')} {row.currency} on {row.day}"
    if not difference:
        row.skip(f"{stated}; the activities already lead there.")
        return
    kind = T.DEPOSIT if difference > 0 else T.WITHDRAWAL
    row.book(kind, gross=abs(difference), currency=row.currency, note="Balance stated by Ghostfolio")
    row.warn(f"{stated}; a {kind} of {abs(difference)} makes the activities lead there.")


def _cash_of(draft: Draft) -> Decimal:
    gross = draft.gross
    if gross is None:
        gross = (draft.quantity or ZERO) * (draft.unit_price or ZERO)
    return _SIGNS.get(draft.type, 0) * gross - draft.fee - draft.tax


def _tally(row: Row) -> list[Statement]:
    """Units of activities, and cash as the balances state it."""
    if row.text("type") == "BALANCE" and "value" in row.numbers:
        return [Statement(row.account or "", row.currency or "", row.amount("value"), row.day)]
    return tally(row)


GHOSTFOLIO_JSON = Format(
    id="ghostfolio-json",
    name="Ghostfolio JSON",
    description="The full export of Ghostfolio: activities, accounts and their stated balances.",
    extensions=(".json",),
    container=Container.JSON,
    signature=("activities",),
    columns={
        "day": day("date"),
        "type": text("type"),
        "symbol": text("symbol"),
        "isin": text("isin"),
        "name": text("name"),
        "asset_class": text("assetClass"),
        "source": text("dataSource"),
        "currency": text("currency"),
        "unit_price": number("unitPrice"),
        "quantity": number("quantity"),
        "fee": number("fee"),
        "value": signed("value"),
        "note": text("comment"),
        "account": text("account"),
        "external_id": text("id"),
    },
    types=TYPES | {"balance": _balance},
    settle=_settle,
    tally=_tally,
    midnight_is_day=True,
    asset_classes={
        "stock": "equity", "equity": "equity", "etf": "etf", "mutualfund": "fund", "bond": "bond",
        "cryptocurrency": "crypto", "commodity": "commodity", "precious_metal": "commodity",
    },
)  # fmt: skip
