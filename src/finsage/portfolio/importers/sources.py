"""Records of a file, whatever it is made of: rows of a table, elements of an XML report, objects of a JSON export.

A source can be read several times and names its columns; a record is a line and its cells in the order of the columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.sax import make_parser  # type: ignore[import-untyped]

from finsage.portfolio.importers.errors import unreadable
from finsage.portfolio.importers.format import Format
from finsage.portfolio.importers.reading import Cells, TextFile
from finsage.portfolio.importers.rows import Leftover

_CHUNK = 1 << 16


class Source(Protocol):
    """A file that can be gone through again and again."""

    @property
    def header(self) -> tuple[str, ...]:
        """The column names."""
        ...

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """What the file holds beside its records, which is not imported."""
        ...

    def records(self) -> Iterator[Cells]:
        """Every record after the header, in file order."""
        ...


@dataclass(frozen=True, slots=True)
class TableSource:
    """The rows of a table below its header."""

    file: TextFile
    delimiter: str
    header: tuple[str, ...]
    header_line: int
    leftovers: tuple[Leftover, ...] = ()

    def records(self) -> Iterator[Cells]:
        """Rows below the header row; the last one tells when the file breaks off within it."""
        rows = (row for row in self.file.rows(self.delimiter) if row.line > self.header_line)
        return _told_if_cut(rows, len(self.header)) if self.file.ends_midline else rows


def _told_if_cut(rows: Iterator[Cells], width: int) -> Iterator[Cells]:
    """The rows of a file without an end of its last line, which was cut off if it has fewer cells than any before it.

    An amount cut in two is a number all the same, so nothing else would tell. Where a row before it is as short,
    whoever wrote the file leaves out the empty cells at the end.
    """
    last: Cells | None = None
    narrowest = 0
    for row in rows:
        if last is not None:
            yield last
            count = len(last.cells) or width
            narrowest = min(narrowest or width, count)
        last = row
    if last is not None:
        count = len(last.cells)
        if 0 < count < narrowest:
            problem = f"the file breaks off after {count} of {width} cells; export it again, or complete the row"
            last = last._replace(problem=last.problem or problem)
        yield last


class LocatedHandler(ContentHandler):
    """A handler that can ask the parser where it is."""

    locator: Any = None

    @property
    def line(self) -> int:
        """The line of the event being handled."""
        return int(self.locator.getLineNumber() or 0)


def read_xml(stream: BinaryIO, handler: LocatedHandler) -> Iterator[None]:
    """Feed a file to a handler, piece by piece; yields after each piece. No DTD, no entities.

    Raises: UnreadableFile: not well-formed, or with a DTD.
    """
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    handler.locator = parser
    stream.seek(0)
    try:
        while chunk := stream.read(_CHUNK):
            parser.feed(chunk)
            yield
        parser.close()
    except DefusedXmlException:
        raise unreadable("forbidden_xml", 1, "The file defines a DTD or entities; export it without.") from None
    except SAXException as error:
        line = getattr(error, "getLineNumber", lambda: 1)() or 1
        raise unreadable("not_xml", line, f"The XML breaks off on line {line}; export the file again.") from None


class _Elements(LocatedHandler):
    """Collects attributes of the wanted elements with their lines."""

    def __init__(self, wanted: tuple[str, ...], columns: tuple[str, ...]) -> None:
        super().__init__()
        self.wanted = wanted
        self.columns = columns
        self.found: list[Cells] = []
        self.root = ""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 the parser calls it so
        """Keep a wanted element."""
        self.root = self.root or name
        if name in self.wanted:
            cells = [name if column == "element" else attrs.get(column, "") for column in self.columns]
            self.found.append(Cells(self.line, cells))


@dataclass(frozen=True, slots=True)
class XmlSource:
    """Elements of an XML report. No DTD, no entities: neither a bomb nor a file of this machine can come in."""

    stream: BinaryIO
    root: str
    elements: tuple[str, ...]
    header: tuple[str, ...]
    leftovers: tuple[Leftover, ...] = ()

    def records(self) -> Iterator[Cells]:
        """The wanted elements in file order.

        Raises: UnreadableFile: not well-formed, another root, or with a DTD.
        """
        handler = _Elements(self.elements, self.header)
        for _ in read_xml(self.stream, handler):
            yield from handler.found
            handler.found.clear()
        yield from handler.found
        if handler.root != self.root:
            raise unreadable("unknown_xml", 1, f"The XML starts with <{handler.root}>, expected <{self.root}>.")


@dataclass(frozen=True, slots=True)
class JsonSource:
    """Objects taken out of a JSON export by its format, anew each time they are asked for."""

    items: Callable[[], Iterator[Cells]]
    header: tuple[str, ...]
    leftovers: tuple[Leftover, ...] = ()

    def records(self) -> Iterator[Cells]:
        """The objects in file order."""
        return self.items()


def columns_of(form: Format) -> tuple[str, ...]:
    """All header names a format knows, as the columns of a file that has no header row."""
    names = [name for column in form.columns.values() for name in column.names]
    return tuple(dict.fromkeys(names))
