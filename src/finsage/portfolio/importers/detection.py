"""Which format a file is: by the headers that distinguish it, wherever its table starts. A tie asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from finsage.errors import Fault
from finsage.portfolio.importers.errors import AmbiguousFormat, UnknownFormat
from finsage.portfolio.importers.format import Container, Format, fold
from finsage.portfolio.importers.reading import DELIMITERS, Cells, name_columns, rows_of, sniff_delimiter

PREAMBLE_LINES_MAX = 40
_NAMES_SHOWN = 100
_NAME_LENGTH_SHOWN = 80


@dataclass(frozen=True, slots=True)
class TableShape:
    """Where the table of a text file starts and how its cells are divided."""

    format: Format
    delimiter: str
    header: tuple[str, ...]
    header_line: int


def detect_table(head: list[str], formats: Iterable[Format], wanted: str | None = None) -> TableShape:
    """Find the format and the header row.

    Args: head: the first lines. formats: the known ones. wanted: the id the caller names, if any.
    Raises: UnknownFormat: no header row fits; AmbiguousFormat: several formats fit equally well.
    """
    candidates = [form for form in formats if form.container is Container.TABLE and wanted in {None, form.id}]
    found: dict[str, TableShape] = {}
    for delimiter in DELIMITERS:
        for row in rows_of(head, delimiter)[:PREAMBLE_LINES_MAX]:
            header = name_columns(row.cells)
            for form in candidates:
                if form.id not in found and form.matches(header):
                    found[form.id] = TableShape(form, delimiter, tuple(header), row.line)
    return _most_specific(found, head, candidates)


def _most_specific(found: dict[str, TableShape], head: list[str], candidates: list[Format]) -> TableShape:
    if not found:
        raise _unknown(head, candidates)
    longest = max(len(shape.format.signature) for shape in found.values())
    best = [shape for shape in found.values() if len(shape.format.signature) == longest]
    if len(best) > 1:
        names = sorted(shape.format.id for shape in best)
        detail = f"The headers fit {' and '.join(names)}; say which format the file is."
        raise AmbiguousFormat(detail, faults=(Fault(f"line {best[0].header_line}", detail),), candidates=names)
    return best[0]


def _unknown(head: list[str], candidates: list[Format]) -> UnknownFormat:
    header = likely_header(head)
    names = name_columns(header.cells[:_NAMES_SHOWN]) if header else []
    names = [name if len(name) <= _NAME_LENGTH_SHOWN else f"{name[:_NAME_LENGTH_SHOWN]}…" for name in names]
    nearest = max(candidates, key=lambda form: _likeness(form, names), default=None)
    detail = f"No known format has the headers {', '.join(names[:30]) or '(none found)'}."
    if nearest is not None and _likeness(nearest, names) > 0:
        detail += f" Closest is {nearest.name}: {_difference(nearest, names)}."
    known = sorted(form.name for form in candidates)
    detail += f" Known: {', '.join(known)}. Or rename the columns as the FinSage CSV calls them."
    line = header.line if header else 1
    return UnknownFormat(detail, faults=(Fault(f"line {line}", detail),), headers=names, known=known)


def likely_header(head: list[str]) -> Cells | None:
    """The first of the widest rows."""
    rows = rows_of(head, sniff_delimiter(head))
    return max(rows, key=lambda row: (len(row.cells), -row.line), default=None)


def _likeness(form: Format, names: list[str]) -> float:
    """Share of the signature that is there."""
    present = {fold(name) for name in names}
    asked = [fold(name) for name in form.signature]
    hits = sum(name in present for name in asked)
    return hits / len(asked) if asked and hits * 2 > len(asked) else 0


def _difference(form: Format, names: list[str]) -> str:
    present = {fold(name) for name in names}
    missing = [name for name in form.signature if fold(name) not in present]
    missing += [" or ".join(group) for group in form.any_of if not present & {fold(name) for name in group}]
    parts = [f"missing {', '.join(missing)}"] if missing else []
    unknown = form.unknown(names) if form.is_closed else []
    if unknown:
        parts.append(f"not a column of it: {', '.join(unknown)}")
    return "; ".join(parts)
