"""A table nobody knows: where it starts, what its columns hold, and a first guess at what they mean.

The guess is a proposal for a person to correct: headers and labels in seven languages, and the form of the cells where
the header says nothing. What is not recognised stays open.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from finsage.portfolio.importers.actions import is_isin
from finsage.portfolio.importers.currencies import is_currency
from finsage.portfolio.importers.days import DateOrders, read_moment
from finsage.portfolio.importers.detection import PREAMBLE_LINES_MAX, likely_header
from finsage.portfolio.importers.errors import CellError
from finsage.portfolio.importers.format import fold
from finsage.portfolio.importers.mapping import NUMBER_FIELDS
from finsage.portfolio.importers.numbers import Locale, read_number
from finsage.portfolio.importers.reading import DELIMITERS, Cells, TextFile, name_columns, rows_of, sniff_delimiter
from finsage.portfolio.importers.sources import TableSource

SAMPLE_ROWS = 5
LABELS_MAX = 200
_LOOKED_AT = 500
_COLUMNS_MAX = 200


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """A column as it stands: its header, its first filled cells, and the decimal sign its numbers prove."""

    name: str
    samples: tuple[str, ...]
    decimal: str | None


@dataclass(frozen=True, slots=True)
class TableLook:
    """A table as it stands. ``date_order`` is what its days prove, None when they leave it open."""

    delimiter: str
    header: tuple[str, ...]
    header_line: int
    columns: tuple[ColumnLook, ...]
    rows: tuple[tuple[str, ...], ...]
    date_order: str | None

    @property
    def signature(self) -> str:
        """What tells this kind of file from others."""
        return signature_of(self.header)


def signature_of(header: Iterable[str]) -> str:
    """SHA-256 in hex of the headers, whatever their capitals and accents; their order counts."""
    return hashlib.sha256("\x1f".join(fold(name) for name in header).encode()).hexdigest()


def signatures(file: TextFile) -> dict[str, tuple[str, tuple[str, ...], int]]:
    """Every row that may be a header: its signature, with delimiter, names and line."""
    found: dict[str, tuple[str, tuple[str, ...], int]] = {}
    head = file.head()
    for delimiter in DELIMITERS:
        for row in rows_of(head, delimiter)[:PREAMBLE_LINES_MAX]:
            names = tuple(name_columns(row.cells))
            if len(names) > 1:
                found.setdefault(signature_of(names), (delimiter, names, row.line))
    return found


def look_at_table(file: TextFile) -> TableLook | None:
    """What stands in a text file; None when it is no table of at least two columns and a row."""
    head = file.head()
    delimiter = sniff_delimiter(head)
    header = _header(head, delimiter)
    if header is None or not 1 < len(header.cells) <= _COLUMNS_MAX:
        return None
    names = tuple(name_columns(header.cells))
    rows = list(_first(TableSource(file, delimiter, names, header.line).records()))
    if not rows:
        return None
    orders = DateOrders()
    columns = []
    for index, name in enumerate(names):
        cells = [row.cells[index].strip() for row in rows if index < len(row.cells) and row.cells[index].strip()]
        locale = Locale()
        for row in rows:
            if index < len(row.cells):
                locale.look_at(row.cells[index])
                orders.look_at(row.cells[index].strip(), row.line)
        samples = tuple(dict.fromkeys(cell[:120] for cell in cells))[:SAMPLE_ROWS]
        columns.append(ColumnLook(name, samples, None if locale.contradicted else locale.decimal))
    seen = {order for found in orders.seen.values() for order in found}
    shown = tuple(tuple(cell[:120] for cell in row.cells[: len(names)]) for row in rows[:SAMPLE_ROWS])
    order = seen.pop() if len(seen) == 1 else None
    return TableLook(delimiter, names, header.line, tuple(columns), shown, order)


def _header(head: list[str], delimiter: str) -> Cells | None:
    """The row with the most known headers, else the first of the widest."""
    rows = [row for row in rows_of(head, delimiter)[:PREAMBLE_LINES_MAX] if len(row.cells) > 1]
    known = {row.line: sum(fold(cell) in _HEADER_WORDS for cell in row.cells) for row in rows}
    best = max(rows, key=lambda row: (known[row.line], -row.line), default=None)
    return best if best is not None and known[best.line] > 1 else likely_header(head)


def _first(records: Iterator[Cells]) -> Iterator[Cells]:
    """Rows that hold something, as many as are looked at."""
    count = 0
    for row in records:
        if not row.problem and any(map(str.strip, row.cells)):
            yield row
            count += 1
            if count == _LOOKED_AT:
                return


def labels_of(file: TextFile, look: TableLook, header: str) -> list[tuple[str, int]]:
    """The words of a column and how many rows have each, most frequent first; at most 200."""
    if header not in look.header:
        return []
    index = look.header.index(header)
    counted: Counter[str] = Counter()
    records = TableSource(file, look.delimiter, look.header, look.header_line).records()
    for row in records:
        label = row.cells[index].strip()[:120] if index < len(row.cells) else ""
        if label and (label in counted or len(counted) < LABELS_MAX):
            counted[label] += 1
    return counted.most_common()


# Guessing ------------------------------------------------------------------------------------------------------------

_HEADERS: dict[str, str] = {
    "day": (
        "trade date|transaction date|date d'operation|date operation|date de l'operation|handelstag|handelsdatum|"
        "ausfuhrungstag|buchungstag|buchungsdatum|fecha operacion|fecha de operacion|data operazione|data operacao|"
        "transactiedatum|date|datum|fecha|data|day|tag|timestamp|datetime|date/time|time|executed at|valuta|"
        "date de valeur|valutadatum|settlement date|run date"
    ),
    "type": (
        "transaction type|type|action|operation|art|transaktionstyp|transaktionsart|buchungsart|vorgang|typ|tipo|"
        "tipo operacion|tipo operazione|soort|side|buy/sell|kauf/verkauf|sens|nature|activity|activity type|"
        "omschrijving|transaction|movimiento|libelle operation|type d'operation"
    ),
    "symbol": "symbol|ticker|ticker symbol|code|instrument|kurzel|simbolo|symbole|mnemonic|asset|coin|valor|wkn",
    "isin": "isin|isin code|code isin|isin-code",
    "name": (
        "name|security|security name|bezeichnung|wertpapier|titel|libelle|designation|valeur|nom|descripcion|titulo|"
        "denominazione|titolo|produto|product|produkt|naam|description|beschreibung|company"
    ),
    "quantity": (
        "quantity|qty|shares|units|stuck|stk|anzahl|menge|nominal|stuck/nominal|quantite|nombre|cantidad|titulos|"
        "quantita|quantidade|aantal|amount of shares|no. of shares|volume|size"
    ),
    "unit_price": (
        "price|unit price|share price|kurs|preis|stuckpreis|ausfuhrungskurs|cours|prix|prix unitaire|precio|cambio|"
        "prezzo|preco|koers|rate|price per share|price / share|execution price"
    ),
    "gross": (
        "gross amount|gross|amount|betrag|brutto|bruttobetrag|kurswert|umsatz|wert|montant|montant brut|importe|"
        "importo|controvalore|valor total|bedrag|total|total amount|net amount|nettobetrag|montant net|sum|value|"
        "proceeds|transaktionswert|volumen"
    ),
    "fee": (
        "fee|fees|commission|commissions|gebuhr|gebuhren|provision|spesen|kosten|frais|courtage|frais de courtage|"
        "comision|comisiones|commissioni|spese|comissao|transactiekosten|charges|costs|brokerage"
    ),
    "tax": (
        "tax|taxes|steuer|steuern|quellensteuer|taxe|impot|impots|retencion|impuestos|imposta|tasse|impostos|belasting|"
        "withholding tax|stamp duty"
    ),
    "currency": "currency|wahrung|devise|divisa|moneda|valuta|moeda|munt|ccy|cur.|cur|currency code",
    "account": "account|depot|konto|account name|compte|cuenta|conto|conta|rekening|portfolio|wallet|broker|exchange",
    "external_id": (
        "id|transaction id|reference|order id|trade id|ref|referenz|auftragsnummer|numero|reference number|order number"
    ),
    "note": "note|notes|comment|comments|notiz|bemerkung|kommentar|commentaire|memo|remark|remarks|nota|observaciones",
    "fx_rate": "exchange rate|fx rate|wechselkurs|devisenkurs|taux de change|tipo de cambio|tasso di cambio",
    "asset_class": "asset class|asset type|security type|anlageklasse|instrument type|classe d'actif",
}  # fmt: skip
_LABELS: dict[str, str] = {
    "buy": (
        "buy|bought|purchase|kauf|wertpapierkauf|ankauf|achat|achat comptant|souscription|compra|suscripcion|acquisto|"
        "sottoscrizione|koop|aankoop|kop|kob|kjop|osto|zakup|b|k|sparplan|savings plan|reinvestment|buy limit"
    ),
    "sell": (
        "sell|sold|sale|verkauf|wertpapierverkauf|vente|vente comptant|rachat|venta|reembolso|vendita|rimborso|venda|"
        "verkoop|salg|salj|myynti|sprzedaz|s|v|redemption|sell market|sell limit"
    ),
    "dividend": (
        "dividend|dividends|dividende|dividendes|dividendos|dividendo|dividendi|cash dividend|ausschuttung|"
        "ertragsausschuttung|distribution|coupon|kupon|cedola|ertrage|dividendengutschrift|div|dividenden"
    ),
    "interest": (
        "interest|zinsen|zins|zinsgutschrift|interet|interets|interes|intereses|interessi|juros|rente|credit interest|"
        "habenzinsen"
    ),
    "interest_paid": "interest paid|debit interest|sollzinsen|margin interest|interets debiteurs",
    "deposit": (
        "deposit|deposits|einzahlung|einlage|uberweisung eingang|gutschrift|versement|virement recu|depot d'especes|"
        "deposito|ingreso|transferencia recibida|versamento|bonifico in entrata|storting|cash in|transfer in cash|"
        "wire in|contribution|sparrate|lastschrift einzug"
    ),
    "withdrawal": (
        "withdrawal|withdrawals|auszahlung|uberweisung ausgang|abhebung|retrait|prelevement|virement emis|reintegro|"
        "retirada|transferencia emitida|prelievo|bonifico in uscita|opname|cash out|wire out|removal|entnahme"
    ),
    "fee": (
        "fee|fees|gebuhr|gebuhren|depotgebuhr|spesen|frais|droits de garde|comision|comisiones|commissione|spese|"
        "kosten|custody fee|service fee|charge"
    ),
    "tax": (
        "tax|taxes|steuer|steuern|kapitalertragsteuer|quellensteuer|taxe|impot|prelevements sociaux|retencion|imposta|"
        "imposte|impuesto|belasting|withholding tax|vorabpauschale"
    ),
    "fee_refund": "fee refund|gebuhrenerstattung|remboursement de frais|rebate",
    "tax_refund": "tax refund|steuererstattung|steuerruckerstattung|remboursement d'impot|devolucion de impuestos",
    "transfer_in": "transfer in|einbuchung|depotubertrag eingang|delivery inbound|transfert entrant|receive|received",
    "transfer_out": "transfer out|ausbuchung|depotubertrag ausgang|delivery outbound|transfert sortant|send|sent",
    "reward": "reward|rewards|staking|staking reward|airdrop|bonus|saveback",
    "skip": "cancelled|canceled|storno|storniert|rejected|annule|anulada|annullato|failed|expired",
}  # fmt: skip


def _ranked(table: dict[str, str]) -> dict[str, tuple[str, int]]:
    ranks: dict[str, tuple[str, int]] = {}
    for name, words in table.items():
        for rank, word in enumerate(words.split("|")):
            ranks.setdefault(word, (name, rank))
    return ranks


_HEADER_WORDS = _ranked(_HEADERS)
_LABEL_WORDS = _ranked(_LABELS)


def guess(file: TextFile, look: TableLook) -> dict[str, Any]:
    """What the columns of a table may mean, as ``mapping.mapping_of`` takes it."""
    columns = _by_header(look)
    _by_content(look, columns)
    by_field = {name: header for header, name in columns.items()}
    fixed: dict[str, str] = {}
    types: dict[str, str] = {}
    if "type" in by_field:
        labels = labels_of(file, look, by_field["type"])
        types = {label: kind for label, _ in labels if (kind := kind_of(label)) is not None}
    else:
        fixed["type"] = _direction(look, by_field)
    return {"columns": columns, "types": types, "fixed": fixed}


def kind_of(label: str) -> str | None:
    """The type a word of a file stands for, None when it is not known."""
    words = fold(label).replace("_", " ").replace("-", " ")
    if words in _LABEL_WORDS:
        return _LABEL_WORDS[words][0]
    parts = words.replace("/", " ").replace(":", " ").split()
    known = {_LABEL_WORDS[part][0] for part in parts if len(part) > 2 and part in _LABEL_WORDS}
    return known.pop() if len(known) == 1 else None


def _by_header(look: TableLook) -> dict[str, str]:
    """Columns whose header is known, best match first; each field once.

    One with bad cells in it is taken all the same where no better one is there: its rows are refused with a reason,
    while a column that is passed over would be missing from every row without a word.
    """
    found = []
    for index, column in enumerate(look.columns):
        words = fold(column.name.partition("#")[0]).replace("_", " ")
        bare = words.partition("(")[0].strip()
        for known, penalty in ((words, 0), (bare, 50), (_without_currency(bare), 60)):
            if known in _HEADER_WORDS:
                name, rank = _HEADER_WORDS[known]
                fitting = _fitting(name, column)
                if fitting:
                    found.append((fitting <= 0.5, rank + penalty, index, name))
                break
    columns: dict[str, str] = {}
    for *_, index, name in sorted(found):
        column = look.columns[index]
        if name not in columns.values() and column.name not in columns:
            columns[column.name] = name
    return columns


def _without_currency(words: str) -> str:
    """``montant eur`` is an amount."""
    head, _, tail = words.rpartition(" ")
    return head if is_currency(tail) else words


def _fitting(name: str, column: ColumnLook) -> float:
    """The share of the cells that can be what the header says; a column without cells is believed."""
    if not column.samples:
        return 1.0
    if name in {"type", "name"}:
        return float(_share(column, _is_number) <= 0.5)
    test = {"day": _is_day, "isin": is_isin, "currency": is_currency}.get(name)
    if name in NUMBER_FIELDS:
        test = _is_number
    return 1.0 if test is None else _share(column, test)


def _by_content(look: TableLook, columns: dict[str, str]) -> None:
    """Day, ISIN and currency show by themselves."""
    for name, test in (("day", _is_day), ("isin", is_isin), ("currency", _is_code)):
        if name in columns.values():
            continue
        fitting = (c.name for c in look.columns if c.name not in columns and c.samples and _share(c, test) > 0.8)
        header = next(fitting, None)
        if header is not None:
            columns[header] = name


def _direction(look: TableLook, by_field: dict[str, str]) -> str:
    """What rows without a type are: trades when they have units, else money."""
    samples = {column.name: column.samples for column in look.columns}

    def is_signed(name: str) -> bool:
        return any("-" in cell or cell.startswith("(") for cell in samples.get(by_field.get(name, ""), ()))

    if "quantity" not in by_field:
        return "deposit_withdrawal_by_amount"
    return "buy_sell_by_amount" if is_signed("gross") and not is_signed("quantity") else "buy_sell_by_quantity"


def _share(column: ColumnLook, test: Any) -> float:
    return sum(bool(test(cell)) for cell in column.samples) / len(column.samples)


def _is_code(cell: str) -> bool:
    return cell.isupper() and is_currency(cell)


def _is_day(cell: str) -> bool:
    try:
        read_moment(cell, DateOrders("dmy"), UTC)
    except CellError:
        try:
            read_moment(cell, DateOrders("mdy"), UTC)
        except CellError as error:
            return error.code == "day_out_of_range"
    return not cell.isdigit() or len(cell) == 8


def _is_number(cell: str) -> bool:
    if cell in {"-", "--"}:
        return True
    for sign in (".", ","):
        try:
            read_number(cell, Locale(sign, fixed=True, is_grouped=True))
        except CellError as error:
            if error.code in {"out_of_range", "precision_exceeded"}:
                return True  # a number, though none that can be kept
            continue
        return True
    return False
