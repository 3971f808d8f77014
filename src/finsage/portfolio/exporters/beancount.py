"""Beancount: a portfolio as one file that `bean-check` accepts, with assertions that it says what FinSage says.

Every lot is a position with its cost in the asset's currency, its day and a label of its own; a sale names the label,
so that strict booking finds it. A split takes a lot out and puts it back with its new units and old cost; so does a
spin-off with the cost it takes along. Under the average method lots have no cost of their own, and the account of the
asset is opened with booking NONE. Fees and taxes that join cost or lower proceeds are inside them and have no line.
What is left over of a transaction is the gain, or what its type says it is against; beancount works it out itself.

The file ends with a ``balance`` for every asset and currency of every account. Units that were never acquired are in
no lot, so that they are in no balance; a comment names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from finsage.finance.ledger import Entry
from finsage.finance.lot_moves import Held, LotMove
from finsage.finance.money import ZERO, allocate, exact, plain
from finsage.finance.options import LotMethod, Options
from finsage.finance.results import MissingAcquisition
from finsage.finance.trail import TRANSIT, Place
from finsage.finance.transaction import POOLINGS, PURCHASES, STAKES, TRADES, AccountKind, Draft, TransactionType
from finsage.portfolio.exporters.document import NamedAsset

_TYPE = TransactionType
_ROUNDING = Decimal("1e-12")
_TOLERANCE = "0.000000000001"
_LENGTH_MAX = 24
_RESERVED = {"TRUE", "FALSE", "NULL"}

AGAINST: dict[TransactionType, str] = {
    **dict.fromkeys(TRADES | {_TYPE.SWAP}, "Income:Gains"),
    **dict.fromkeys((_TYPE.DEPOSIT, _TYPE.WITHDRAWAL), "Equity:External"),
    **dict.fromkeys((_TYPE.TRANSFER_IN, _TYPE.TRANSFER_OUT), "Equity:External"),
    _TYPE.DIVIDEND: "Income:Dividends",
    _TYPE.INTEREST: "Income:Interest",
    _TYPE.INTEREST_PAID: "Expenses:Interest",
    _TYPE.FEE: "Expenses:Fees",
    _TYPE.FEE_REFUND: "Expenses:Fees",
    _TYPE.TAX: "Expenses:Taxes",
    _TYPE.TAX_REFUND: "Expenses:Taxes",
    **dict.fromkeys((_TYPE.SPLIT, _TYPE.BONUS, _TYPE.SPIN_OFF), "Equity:Adjustments"),
    # What leaves with its cost leaves nothing over; cash of a merger, or a pool taken as a disposal, is a gain.
    **dict.fromkeys(POOLINGS | {_TYPE.MERGER}, "Income:Gains"),
    **dict.fromkeys(STAKES, "Equity:Adjustments"),
    _TYPE.REWARD: "Income:Rewards",
    _TYPE.AIRDROP: "Income:Airdrops",
    _TYPE.OPENING_BALANCE: "Equity:Opening-Balances",
}
"""What the rest of a transaction of each type is booked against. A type that comes later needs its line here."""

_KINDS = {
    AccountKind.EXTERNAL: "Equity:External",
    AccountKind.TRANSFER: "Equity:Transfers",
    AccountKind.FEE: "Expenses:Fees",
    AccountKind.TAX: "Expenses:Taxes",
    AccountKind.OPENING: "Equity:Opening-Balances",
    AccountKind.ADJUSTMENT: "Equity:Adjustments",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BeancountBook:
    """What is written: entries in booking order, their lots, and prices of the end."""

    name: str
    base_currency: str
    options: Options
    assets: Mapping[str, NamedAsset]
    entries: Sequence[Entry]
    moves: Mapping[str, Sequence[LotMove]]
    notes: Mapping[str, str]
    missing: Sequence[MissingAcquisition]
    prices: Sequence[tuple[date, str, Decimal, str]]


def export_beancount(book: BeancountBook) -> Iterator[str]:
    """The text of a beancount file, a directive at a time."""
    writer = _Writer(book)
    body = [text for entry in book.entries for text in writer.transaction(entry)]
    first = min((entry.day for entry in book.entries), default=date(1970, 1, 1))
    last = max((entry.day for entry in book.entries), default=first)
    yield from writer.head(first)
    yield from body
    yield from writer.tail(last + timedelta(days=1))


@dataclass(slots=True)
class _Names:
    """Names that beancount allows, each for one thing only."""

    used: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    def of(self, thing: str, wanted: str) -> str:
        """The name of a thing, like ``wanted``."""
        if thing in self.known:
            return self.known[thing]
        name, count = wanted, 1
        while name in self.used:
            count += 1
            name = f"{wanted[: _LENGTH_MAX - 4]}-{count}"
        self.used[name] = thing
        self.known[thing] = name
        return name


class _Writer:
    def __init__(self, book: BeancountBook) -> None:
        self.book = book
        self.is_average = book.options.lot_method is LotMethod.AVERAGE
        self.accounts = _Names()
        self.commodities = _Names({name: name for name in _RESERVED})
        self.opened: dict[str, tuple[str, str]] = {}
        self.labels: dict[tuple[Place, str, bool, str], str] = {}
        self.units: dict[tuple[str, str], Decimal] = {}
        for entry in book.entries:
            for posting in entry.postings:
                if posting.asset not in book.assets:
                    self.commodities.of(posting.asset, posting.asset)

    def head(self, first: date) -> Iterator[str]:
        """Options, commodities and accounts."""
        method = self.book.options.lot_method.value
        yield f'option "title" {_quoted(self.book.name)}\n'
        yield f'option "operating_currency" "{self.book.base_currency}"\n\n'
        yield f"; Written by FinSage. Lots follow the method {method}; costs are in the currency of the asset.\n"
        if self.is_average:
            yield "; Averaged lots have no cost of their own: booking is NONE, each sale states the average it took.\n"
        for item in self.book.missing:
            yield f"; Never acquired: {plain(item.quantity)} {self.commodity(item.asset)} that left on {item.day}.\n"
        yield "\n"
        for key, asset in sorted(self.book.assets.items(), key=lambda pair: pair[1].key):
            yield self._commodity(first, key, asset)
        for account, (directive, name) in sorted(self.opened.items()):
            yield f"{first} open {account}{directive}\n" + (f"  name: {_quoted(name)}\n" if name else "")
        yield "\n"

    def _commodity(self, first: date, key: str, asset: NamedAsset) -> str:
        lines = [f"{first} commodity {self.commodity(key)}", f"  name: {_quoted(asset.name)}"]
        known = {"symbol": asset.symbol, "isin": asset.isin, "mic": asset.mic, "class": asset.asset_class}
        lines += [f"  {name}: {_quoted(value)}" for name, value in known.items() if value]
        return "\n".join(lines) + "\n"

    def tail(self, day: date) -> Iterator[str]:
        """Prices, and what there must be at the end."""
        for quoted, key, price, currency in self.book.prices:
            yield f"{quoted} price {self.commodity(key)} {plain(price)} {currency}\n"
        yield "\n"
        for (account, commodity), units in sorted(self.units.items()):
            yield f"{day} balance {account} {plain(units)} ~ {_TOLERANCE} {commodity}\n"

    def transaction(self, entry: Entry) -> Iterator[str]:
        """A transaction as postings; nothing for one that moves nothing."""
        draft = entry.draft
        against = self._open(AGAINST[draft.type])
        money = self._money(entry, against)
        lots = [line for move in self.book.moves.get(draft.id, ()) for line in self._move(move)]
        if not money and not lots:
            return
        note = self.book.notes.get(draft.id, "")
        lines = [f"{entry.day} * {_quoted(draft.type.value)} {_quoted(note)}", f"  id: {_quoted(draft.id)}"]
        lines += [f"  {line}" for line in (*lots, *money)]
        if lots or self._is_open(entry):
            lines.append(f"  {against}")
        yield "\n".join(lines) + "\n\n"

    def _money(self, entry: Entry, against: str) -> list[str]:
        lines = []
        for posting in entry.postings:
            if posting.asset in self.book.assets:
                continue
            currency = self.commodity(posting.asset)
            if posting.kind is AccountKind.ASSET:
                account = self._account(posting.account, "Cash")
                self._count(account, currency, posting.amount)
            elif posting.kind is AccountKind.TRADING or self._is_inside(posting.kind, entry.draft):
                continue
            else:
                account = against if posting.kind is AccountKind.INCOME else self._open(_KINDS[posting.kind])
            lines.append(f"{account}  {plain(posting.amount)} {currency}")
        return lines

    def _is_inside(self, kind: AccountKind, draft: Draft) -> bool:
        """Whether a fee or tax of a trade is in its cost or proceeds."""
        options = self.book.options
        if draft.type not in TRADES | {_TYPE.SWAP}:
            return False
        if kind is AccountKind.TAX:
            return options.are_taxes_in_cost and (draft.type in PURCHASES or draft.type is _TYPE.SWAP)
        return kind is AccountKind.FEE and options.fees_in_cost

    def _is_open(self, entry: Entry) -> bool:
        """Whether the lines of money do not sum to zero by themselves."""
        return any(
            posting.asset not in self.book.assets
            and (posting.kind is AccountKind.TRADING or self._is_inside(posting.kind, entry.draft))
            for posting in entry.postings
        )

    def _move(self, move: LotMove) -> Iterator[str]:
        before, after = move.before, move.after
        account = self._lots(move)
        commodity, sign = self.commodity(move.asset), -1 if move.is_short else 1
        change = (after.quantity if after else ZERO) - (before.quantity if before else ZERO)
        with exact():
            self._count(account, commodity, sign * change)
        if self.is_average:
            yield from self._averaged(move, account, commodity, sign)
            return
        if before is None or after is None or not _is_part(before, after):
            if before is not None:
                yield f"{account}  {plain(-sign * before.quantity)} {commodity} {self._label(move, before)}"
            if after is not None:
                yield self._acquired(move, after, account, commodity, sign)
            return
        if change:
            yield f"{account}  {plain(sign * change)} {commodity} {self._label(move, before)}"

    def _acquired(self, move: LotMove, after: Held, account: str, commodity: str, sign: int) -> str:
        key = (move.place, move.asset, move.is_short, move.lot)
        self.labels[key] = f"{len(self.labels) + 1}" if key not in self.labels else self.labels[key] + "'"
        day, label = date.fromordinal(after.acquired_on), self.labels[key]
        cost = self._cost(move, after.cost, f', {day}, "{label}"')
        return f"{account}  {plain(sign * after.quantity)} {commodity} {cost}"

    def _averaged(self, move: LotMove, account: str, commodity: str, sign: int) -> Iterator[str]:
        before, after = move.before or Held(0, ZERO, ZERO), move.after or Held(0, ZERO, ZERO)
        with exact():
            units, cost = after.quantity - before.quantity, after.cost - before.cost
        if units and (cost.is_nan() or (units > 0) == (cost * sign >= 0)):
            yield f"{account}  {plain(sign * units)} {commodity} {self._cost(move, cost, '')}"
            return
        for held, turn in ((before, -sign), (after, sign)):
            if held.quantity:
                yield f"{account}  {plain(turn * held.quantity)} {commodity} {self._cost(move, held.cost, '')}"

    def _cost(self, move: LotMove, cost: Decimal, rest: str) -> str:
        currency = self.book.assets[move.asset].currency
        # A cost that is not known has no number anywhere; beancount needs one, and zero shows as such.
        amount = ZERO if cost.is_nan() else abs(cost)
        return f"{{{{{plain(amount)} {currency}{rest}}}}}" if amount else f"{{0 {currency}{rest}}}"

    def _label(self, move: LotMove, held: Held) -> str:
        label = self.labels[move.place, move.asset, move.is_short, move.lot]
        # With its currency: beancount would take another that stands in the transaction.
        return f'{{{self.book.assets[move.asset].currency}, {date.fromordinal(held.acquired_on)}, "{label}"}}'

    def _lots(self, move: LotMove) -> str:
        name = move.place[1] or "All accounts"
        if name.startswith(TRANSIT):
            name = f"In transit {name.removeprefix(TRANSIT)}"
        commodity = self.commodity(move.asset)
        part = _component(commodity) + ("-Short" if move.is_short else "")
        booking = "NONE" if self.is_average else "STRICT"
        return self._account(name, part, f' {commodity} "{booking}"')

    def _account(self, name: str, part: str, directive: str = "") -> str:
        return self._open(f"Assets:{self.accounts.of(name, _component(name))}:{part}", directive, name)

    def _open(self, account: str, directive: str = "", name: str = "") -> str:
        self.opened.setdefault(account, (directive, name))
        return account

    def _count(self, account: str, commodity: str, units: Decimal) -> None:
        with exact():
            self.units[account, commodity] = self.units.get((account, commodity), ZERO) + units

    def commodity(self, key: str) -> str:
        """What beancount calls an asset or currency."""
        asset = self.book.assets.get(key)
        return self.commodities.of(key, _commodity_name(asset.symbol) if asset else key)


def _is_part(before: Held, after: Held) -> bool:
    """Whether what is left is a part of the lot at the same cost per unit."""
    if after.quantity > before.quantity or before.acquired_on != after.acquired_on:
        return False
    if before.cost.is_nan() or after.cost.is_nan():
        return before.cost.is_nan() and after.cost.is_nan()
    share = allocate(before.cost, after.quantity, before.quantity)
    return abs(share - after.cost) <= _ROUNDING


def _commodity_name(symbol: str) -> str:
    letters = "".join(letter if _is_plain(letter) or letter in "._" else "-" for letter in symbol.upper())[:_LENGTH_MAX]
    letters = letters.strip("-._")
    if not letters or not letters[0].isalpha():
        letters = f"X-{letters}"[:_LENGTH_MAX].rstrip("-._")
    return letters if len(letters) > 1 else f"{letters}-X"


def _component(name: str) -> str:
    letters = "".join(letter if _is_plain(letter) else "-" for letter in name).strip("-")[:60] or "Account"
    return letters[0].upper() + letters[1:]


def _is_plain(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _quoted(text: str) -> str:
    cleaned = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{cleaned}"'
