"""Records of a file, whatever it is made of: rows of a table, elements of an XML report, objects of a JSON export.

A source can be read several times and names its columns; a record is a line and its cells in the order of the columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.sax import make_parser  # type: ignore[import-untyped]

from finsage.errors import Fault
from finsage.portfolio.importers.errors import UnreadableFile
from finsage.portfolio.importers.format import Format
from finsage.portfolio.importers.reading import Cells, TextFile
from finsage.portfolio.importers.rows import Leftover

JSON_BYTES_MAX = 32 << 20
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
        """Rows below the header row."""
        return (row for row in self.file.rows(self.delimiter) if row.line > self.header_line)


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
    """Objects taken out of a JSON export by its format."""

    items: tuple[Cells, ...]
    header: tuple[str, ...]
    leftovers: tuple[Leftover, ...] = ()

    def records(self) -> Iterator[Cells]:
        """The objects in file order."""
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Located:
    """A JSON object and the line it starts on."""

    line: int
    value: dict[str, Any]


def is_object(item: Located) -> bool:
    """Whether an item of a list is the object it should be."""
    return isinstance(item.value, dict)


def read_json(file: TextFile) -> tuple[dict[str, Any], dict[str, list[Located]]]:
    """The members of the outermost object; lists of objects come with their lines as well.

    Numbers keep their text, so that nothing is rounded.
    Raises: UnreadableFile: no JSON object, or more than 32 MiB.
    """
    with file.opened() as stream:
        text = stream.read(JSON_BYTES_MAX + 1)
    if len(text) > JSON_BYTES_MAX:
        raise unreadable("too_large", 1, "A JSON export may have up to 32 MiB; split it.")
    try:
        return _JsonReader(text).members()
    except RecursionError:
        raise unreadable("not_json", 1, "The JSON is nested too deeply; export it again.") from None
    except (ValueError, IndexError) as error:
        line = getattr(error, "lineno", 1)
        raise unreadable("not_json", line, f"The JSON cannot be read at line {line}; export it again.") from None


def json_start(head: TextFile) -> dict[str, Any]:
    """The members before the first list of the outermost object, and that list as an empty one.

    Args: head: the start of the file; what breaks off, or cannot be read, ends the members.
    """
    with head.opened() as stream:
        reader = _JsonReader(stream.read())
    members: dict[str, Any] = {}
    with suppress(ValueError, IndexError, RecursionError):
        members.update(reader.until_list())
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


class _JsonReader:
    """Walks the outermost object by hand to learn where the items of its lists stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_constant)
        self.at = 0
        self.line = 1
        self.counted = 0

    def members(self) -> tuple[dict[str, Any], dict[str, list[Located]]]:
        """All members; lists also located."""
        plain: dict[str, Any] = {}
        lists: dict[str, list[Located]] = {}
        self._expect("{")
        while self._next() != "}":
            key = str(self._value())
            self._expect(":")
            if self._next() == "[":
                lists[key] = self._items()
                plain[key] = [item.value for item in lists[key]]
            else:
                plain[key] = self._value()
            self._separator("}")
        self._expect("}")
        if self.text[self.at :].strip():
            raise ValueError(self.text[self.at : self.at + 20])
        return plain, lists

    def until_list(self) -> Iterator[tuple[str, Any]]:
        """Members up to the first list, of which nothing is read."""
        self._expect("{")
        while self._next() != "}":
            key = str(self._value())
            self._expect(":")
            if self._next() == "[":
                yield key, []
                return
            yield key, self._value()
            self._separator("}")

    def _items(self) -> list[Located]:
        self._expect("[")
        found = []
        while self._next() != "]":
            line = self._line_here()
            found.append(Located(line, self._value()))
            self._separator("]")
        self._expect("]")
        return found

    def _value(self) -> Any:
        value, self.at = self.decoder.raw_decode(self.text, self.at)
        return value

    def _next(self) -> str:
        while self.text[self.at] in " \t\r\n":
            self.at += 1
        return self.text[self.at]

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise json.JSONDecodeError(f"expected {character}", self.text, self.at)
        self.at += 1

    def _separator(self, end: str) -> None:
        if self._next() == ",":
            self.at += 1
            if self._next() == end:
                raise json.JSONDecodeError("comma before the end", self.text, self.at)
        elif self._next() != end:
            raise json.JSONDecodeError("expected a comma", self.text, self.at)

    def _line_here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line


def unreadable(code: str, line: int, detail: str) -> UnreadableFile:
    """The error for a file that is not what it claims to be."""
    return UnreadableFile(detail, faults=(Fault(f"line {line}", detail),), code=code, line=line)


def columns_of(form: Format) -> tuple[str, ...]:
    """All header names a format knows, as the columns of a file that has no header row."""
    names = [name for column in form.columns.values() for name in column.names]
    return tuple(dict.fromkeys(names))
