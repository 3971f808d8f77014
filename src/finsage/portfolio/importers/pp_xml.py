"""The object graph of a Portfolio Performance file, read as a stream.

The file is what XStream writes: an object stands where it is first met, everywhere else a ``reference`` names it, by a
path through the elements or by an id. Only what transactions need is kept; prices, which are most of a file, go by.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from sys import intern
from typing import BinaryIO
from xml.sax.xmlreader import AttributesImpl

from finsage.errors import Fault
from finsage.portfolio.importers.errors import TooManyRows, unreadable
from finsage.portfolio.importers.sources import LocatedHandler, read_xml

VERSION_MIN = 49
"""Since this version shares have eight decimals, as they are read here."""

_TRANSACTIONS = frozenset(
    {
        "account-transaction", "accountTransaction", "portfolio-transaction", "portfolioTransaction",
        "transactionFrom", "transactionTo",
    }
)  # fmt: skip
_CASH_SIDES = frozenset({"account-transaction", "accountTransaction"})
TRADES = frozenset({"BUY", "SELL"})
_OWNERS = frozenset({"account", "accountFrom", "accountTo", "portfolio", "portfolioFrom", "portfolioTo"})
_OBJECTS = _TRANSACTIONS | _OWNERS | {"security", "crossEntry"}
_REPEATED = frozenset({"currencyCode", "date", "type"})
_KEPT = frozenset(
    {
        "uuid", "name", "currencyCode", "isin", "tickerSymbol", "wkn", "date", "amount", "shares", "type", "note",
        "source", "version", "baseCurrency",
    }
)  # fmt: skip
_COUNTED = {
    "price": "prices", "plan": "investment plans", "watchlist": "watchlists", "taxonomy": "taxonomies",
    "dashboard": "dashboards",
}  # fmt: skip
_PASSED_BY = frozenset({"prices", "latest", "attributes", "taxonomies", "dashboards", "properties", "settings", "map"})
_FORGOTTEN = frozenset({"unit", "units", "event", "events", "dividendEvent"})
_STEP = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")


class Node:
    """An element that can be referred to: what its leaves say, and the objects in it or referred to from it.

    A file has hundreds of thousands, so both stand in flat lists (name, text, name, text); of several children of one
    name the list stands under the name.
    """

    __slots__ = ("kids", "line", "name", "parent", "target", "texts", "units")

    def __init__(self, name: str, parent: Node | None, line: int) -> None:
        self.name = name
        self.parent = parent
        self.line = line
        self.kids: list[str | Node | list[Node]] | None = None
        self.texts: list[str] | None = None
        self.target: Node | None = None
        self.units: list[Unit] | None = None

    def kid(self, name: str, place: int = 0) -> Node | None:
        """The object that stands at a place under a name, or is referred to there."""
        at = self._at(name)
        found = self.kids[at] if self.kids is not None and at else None
        if isinstance(found, list):
            return found[place] if 0 <= place < len(found) else None
        return found if isinstance(found, Node) and place == 0 else None

    def add(self, kid: Node) -> None:
        """Put an element at the next place under its name."""
        at = self._at(kid.name)
        if self.kids is None or not at:
            self.kids = [*(self.kids or ()), kid.name, kid]
            return
        known = self.kids[at]
        if isinstance(known, list):
            known.append(kid)
        else:
            assert isinstance(known, Node)
            self.kids[at] = [known, kid]

    def replace_last(self, name: str, kid: Node | None) -> None:
        """Put the object meant in the place of the last element of a name, or nothing."""
        at = self._at(name)
        assert self.kids is not None, "what is replaced has been added"
        known = self.kids[at]
        if isinstance(known, list):
            if kid is None:
                known.pop()
            else:
                known[-1] = kid
        elif kid is None:
            del self.kids[at - 1 : at + 1]
        else:
            self.kids[at] = kid

    def _at(self, name: str) -> int:
        """Where the children of a name stand; 0 when there are none."""
        if self.kids is not None and name in self.kids:
            return self.kids.index(name) + 1
        return 0

    def text(self, name: str) -> str:
        """What a leaf says, empty when there is none."""
        texts = self.texts
        if texts is not None:
            for at in range(0, len(texts), 2):
                if texts[at] == name:
                    return texts[at + 1]
        return ""

    def say(self, name: str, text: str) -> None:
        """Keep what a leaf says."""
        self.texts = [*(self.texts or ()), name, text]


@dataclass(slots=True)
class Unit:
    """A part of an amount: FEE, TAX or GROSS_VALUE, in hundredths; with what it was in the security's currency."""

    type: str
    amount: str = "0"
    forex_amount: str = ""
    forex_currency: str = ""


@dataclass(slots=True)
class Client:
    """What a file holds: its securities, its transactions in the order of the file, and counts of the rest."""

    root: Node
    securities: list[Node] = field(default_factory=list)
    transactions: list[Node] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    splits: list[tuple[int, str]] = field(default_factory=list)


class _Reader(LocatedHandler):
    """Builds the graph. ``here`` is the element being read; leaves only leave their text at it."""

    def __init__(self, rows_max: int) -> None:
        super().__init__()
        self.rows_max = rows_max
        self.client: Client | None = None
        self.here: Node | None = None
        self.by_id: dict[str, Node] = {}
        self.passed_by = 0
        self.text: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 the parser calls it so
        """Enter an element."""
        self.text.clear()
        if name in _COUNTED and self.client is not None:
            self.client.counts[_COUNTED[name]] += 1
        if self.passed_by or name in _PASSED_BY:
            self.passed_by += 1
            return
        node = Node(name, self.here, self.line)
        if self.client is None:
            self.client = Client(node)
        if self.here is not None:
            self.here.add(node)
        self.here = node
        reference = attrs.get("reference")
        if reference is not None:
            node.target = self._found(reference)
        elif (identity := attrs.get("id")) is not None:
            self.by_id[identity] = node
        self._note(node, attrs)

    def _note(self, node: Node, attrs: AttributesImpl) -> None:
        """What an element means by its name."""
        client = self.client
        assert client is not None
        if node.target is None and node.name == "security":
            client.securities.append(node)
        elif node.target is None and node.name in _TRANSACTIONS:
            client.transactions.append(node)
            if len(client.transactions) > 2 * self.rows_max:
                detail = f"The file has more than {self.rows_max:,} transactions; split it, for example by account."
                raise TooManyRows(detail, faults=(Fault(f"line {node.line}", detail),), rows_max=self.rows_max)
        elif node.name == "unit":
            holder = _above(node, _TRANSACTIONS)
            if holder is not None:
                holder.units = [*(holder.units or []), Unit(attrs.get("type", ""))]
        elif node.name in {"amount", "forex"} and "amount" in attrs:
            self._note_unit(node, attrs)

    def _note_unit(self, node: Node, attrs: AttributesImpl) -> None:
        holder = _above(node, _TRANSACTIONS)
        if holder is None or not holder.units:
            return
        if node.name == "amount":
            holder.units[-1].amount = attrs["amount"]
        else:
            holder.units[-1].forex_amount = attrs["amount"]
            holder.units[-1].forex_currency = attrs.get("currency", "")

    def characters(self, content: str) -> None:
        """Text of a leaf; comes in pieces."""
        if not self.passed_by:
            self.text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 the parser calls it so
        """Leave an element: a leaf's text goes to its parent."""
        if self.passed_by:
            self.passed_by -= 1
            return
        node = self.here
        assert node is not None, "an element ends that has begun"
        parent = self.here = node.parent
        if parent is not None:
            self._settle(parent, node)
        if name == "event" and node.text("type") == "STOCK_SPLIT" and self.client is not None:
            security = _above(node, {"security"})
            self.client.splits.append((node.line, f"{security.text('name') if security else ''} {node.text('date')}"))
        self.text.clear()

    def _settle(self, parent: Node, node: Node) -> None:
        """Keep of an element what others may mean by it: a leaf its text, a reference what it refers to."""
        name = node.name
        if name == "date" and node.target is not None:
            # Old files share the date of the two sides of a trade; the leaf is gone, its text is with its parent.
            parent.say(name, node.target.text(name))
            parent.replace_last(name, None)
        elif node.target is not None:
            parent.replace_last(name, node.target)
        elif node.kids is None and name not in _OBJECTS:
            text = "".join(self.text).strip()
            if name in _KEPT and text:
                parent.say(name, intern(text) if name in _REPEATED else text)
            parent.replace_last(name, None)
        elif name in _FORGOTTEN:
            parent.replace_last(name, None)
        if not node.kids:
            node.kids = None
        is_joined = parent.name == "crossEntry" or node.kid("crossEntry") is not None
        if is_joined and name in _CASH_SIDES and node.text("type") in TRADES:
            # Booked from the securities account; of the cash side only the money is wanted, and there are many.
            node.texts = ["type", node.text("type"), "amount", node.text("amount")]

    def _found(self, reference: str) -> Node | None:
        """The object a reference names; None when it names nothing that is kept."""
        if reference.lstrip("#").isdigit():
            return self.by_id.get(reference.lstrip("#"))
        steps = reference.split("/")
        assert self.client is not None
        node: Node | None = self.here
        if reference.startswith("/"):
            node, steps = self.client.root, [step for step in steps if step][1:]
        for step in steps:
            if node is None:
                return None
            node = _stepped(node, step)
        return node


def _stepped(node: Node, step: str) -> Node | None:
    """One step of a path."""
    if step == "..":
        return node.parent
    matched = _STEP.fullmatch(step)
    if matched is None:
        return None
    if matched[1] == "date":
        return node
    return node.kid(matched[1], int(matched[2] or 1) - 1)


def _above(node: Node, names: frozenset[str] | set[str]) -> Node | None:
    """The nearest element around with one of these names."""
    found = node.parent
    while found is not None and found.name not in names:
        found = found.parent
    return found


def read_client(stream: BinaryIO, rows_max: int) -> Client:
    """The graph of a file.

    Raises: UnreadableFile: not well-formed, with a DTD, or of a version whose shares have fewer decimals; TooManyRows.
    """
    reader = _Reader(rows_max)
    for _ in read_xml(stream, reader):
        pass
    client = reader.client
    assert client is not None, "well-formed XML has a root"
    version = client.root.text("version")
    if not version.isdigit() or int(version) < VERSION_MIN:
        raise unreadable(
            "old_version", 1,
            f"The file has version {version or '(none)'} of Portfolio Performance's format; open it in a current "
            "Portfolio Performance, save it, and upload it again.",
        )  # fmt: skip
    return client


def owner_of(transaction: Node) -> Node | None:
    """The account or portfolio a transaction belongs to: the list it stands in, else its side of the cross entry."""
    parent = transaction.parent
    if parent is None:
        return None
    if parent.name == "transactions":
        return parent.parent
    side = {
        "accountTransaction": ("account",),
        "portfolioTransaction": ("portfolio",),
        "transactionFrom": ("accountFrom", "portfolioFrom"),
        "transactionTo": ("accountTo", "portfolioTo"),
    }.get(transaction.name, ())
    return next((found for name in side if (found := parent.kid(name)) is not None), None)


def cross_entry_of(transaction: Node) -> Node | None:
    """What joins a transaction to its other side: referred to from it, or around it when it is defined there."""
    cross = transaction.kid("crossEntry")
    if cross is not None:
        return cross
    parent = transaction.parent
    return parent if parent is not None and parent.name == "crossEntry" else None


def securities_in_use(client: Client) -> Iterator[Node]:
    """The securities that transactions name."""
    named = {id(security) for one in client.transactions if (security := one.kid("security")) is not None}
    return (security for security in client.securities if id(security) in named)
