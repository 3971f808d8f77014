"""A JSON export read as a stream: the members of its outermost object, one list of them item by item.

A window slides over the text, so that a long list of transactions is never in memory as a whole; what stands beside it
is. Numbers keep their text, so that nothing is rounded, and every item knows its line.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from finsage.portfolio.importers.errors import UnreadableFile, unreadable
from finsage.portfolio.importers.reading import TextFile

HELD_LENGTH_MAX = 32 << 20
"""Characters of one value, and of all that is in memory at once."""
_PIECE = 1 << 18
# More than any token but a text has: what ends, or breaks, closer to the end of the window may go on behind it.
_MARGIN = 16
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Located:
    """A JSON object and the line it starts on."""

    line: int
    value: dict[str, Any]


def is_object(item: Located) -> bool:
    """Whether an item of a list is the object it should be."""
    return isinstance(item.value, dict)


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A document that has been read to its end.

    ``members`` are those of the outermost object, ``lists`` those that are lists, with the lines of their items; the
    list that is ``streamed`` is in neither. ``has_stream``: the document has it.
    """

    file: TextFile
    streamed: str
    members: dict[str, Any]
    lists: dict[str, list[Located]]
    has_stream: bool

    def stream(self) -> Iterator[Located]:
        """The items of the streamed list in file order, read from the file again each time."""
        with self.file.opened() as text:
            reader = _Reader(text)
            for name in reader.names():
                if name == self.streamed:
                    yield from reader.items(reader.value)
                    return
                reader.skip()


def read_json(file: TextFile, streamed: str) -> JsonDocument:
    """Read a document to its end; of the list ``streamed`` nothing is kept.

    Raises: UnreadableFile: no JSON object, a member twice, or more than 32 MiB beside the streamed list.
    """
    members: dict[str, Any] = {}
    lists: dict[str, list[Located]] = {}
    has_stream = False
    with file.opened() as text:
        reader = _Reader(text)
        for name in reader.names():
            if not reader.is_list():
                members[name] = reader.held()
            elif name == streamed:
                has_stream = True
                reader.skip()
            else:
                lists[name] = list(reader.items(reader.held))
                members[name] = [item.value for item in lists[name]]
    return JsonDocument(file, streamed, members, lists, has_stream)


def json_start(head: TextFile) -> dict[str, Any]:
    """The members before the first list of the outermost object, and that list as an empty one.

    Args: head: the start of the file; what breaks off, or cannot be read, ends the members.
    """
    members: dict[str, Any] = {}
    with head.opened() as text, suppress(UnreadableFile):
        reader = _Reader(text)
        for name in reader.names():
            if reader.is_list():
                members[name] = []
                break
            members[name] = reader.held()
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


class _Reader:
    """Walks the outermost object by hand, value by value; a window of the text is in memory.

    Everything here raises UnreadableFile with the place where the text is no JSON.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self._decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_constant)
        self._text = ""
        self._at = 0
        self._has_ended = False
        self._held = self._length = 0  # characters: of all that is kept, of the last value
        self._counted = 0
        self._line = self._column = 1  # of the character at _counted

    def names(self) -> Iterator[str]:
        """The names of the members; who asks for the next one has taken the value of the last."""
        seen = set()
        self._expect("{")
        while self._next() != "}":
            if self._next() != '"':
                self._refuse(self._at)
            line, _ = self._place(self._at)
            name = str(self.value())
            if name in seen:
                raise unreadable("not_json", line, f"The JSON has a second member {name[:60]!r} on line {line}.")
            seen.add(name)
            self._expect(":")
            yield name
            self._separator("}")
        self._expect("}")
        if self._next():
            self._refuse(self._at)

    def is_list(self) -> bool:
        """Whether the value that comes next is a list."""
        return self._next() == "["

    def items(self, take: Callable[[], Any]) -> Iterator[Located]:
        """The items of the list that comes next, each taken by ``value`` or ``held``."""
        self._expect("[")
        while self._next() != "]":
            line, _ = self._place(self._at)
            yield Located(line, take())
            self._separator("]")
        self._expect("]")

    def skip(self) -> None:
        """Leave out the value that comes next, a list item by item."""
        if not self.is_list():
            self.value()
            return
        for _ in self.items(self.value):
            pass

    def held(self) -> Any:
        """The value that comes next, to be kept."""
        value = self.value()
        self._held += self._length
        if self._held > HELD_LENGTH_MAX:
            self._refuse_length()
        return value

    def value(self) -> Any:
        """The value that comes next; the window grows until it holds all of it."""
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._has_ended or not self._may_go_on(error):
                    self._refuse(error.pos)
            except RecursionError:
                line, _ = self._place(self._at)
                raise unreadable("not_json", line, f"The JSON on line {line} is nested too deeply.") from None
            except ValueError:
                self._refuse(self._at)
            else:
                if self._has_ended or end <= len(self._text) - _MARGIN:
                    self._length = end - self._at
                    self._at = end
                    return value
            self._fill()

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        """Whether what is missing may stand behind the window."""
        return error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _MARGIN

    def _fill(self) -> None:
        """Move the window on: what has been taken goes out of it, as much again as is left comes in."""
        left = len(self._text) - self._at
        if left > HELD_LENGTH_MAX:
            self._refuse_length()
        self._place(self._at)
        piece = self._stream.read(max(_PIECE, left))
        self._has_ended = not piece
        self._text = self._text[self._at :] + piece
        self._at = self._counted = 0

    def _next(self) -> str:
        """The next character that is not blank, without taking it; none at the end of the file."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._text) or self._has_ended:
                return self._text[self._at : self._at + 1]
            self._fill()

    def _expect(self, character: str) -> None:
        if self._next() != character:
            self._refuse(self._at)
        self._at += 1

    def _separator(self, end: str) -> None:
        """A comma with something behind it, or the end."""
        if self._next() == end:
            return
        self._expect(",")
        if self._next() == end:
            self._refuse(self._at)

    def _place(self, at: int) -> tuple[int, int]:
        """Line and column, from 1, of a character of the window that is not before the last one asked for."""
        breaks = self._text.count("\n", self._counted, at)
        self._line += breaks
        self._column = at - self._text.rfind("\n", 0, at) if breaks else self._column + at - self._counted
        self._counted = at
        return self._line, self._column

    def _refuse(self, at: int) -> NoReturn:
        line, column = self._place(at)
        detail = f"The JSON cannot be read at line {line}, character {column}; export it again."
        raise unreadable("not_json", line, detail) from None

    def _refuse_length(self) -> NoReturn:
        line, _ = self._place(self._at)
        detail = (
            f"Up to line {line} the JSON has more than {HELD_LENGTH_MAX >> 20} MiB beside its transactions; split it."
        )
        raise unreadable("too_large", line, detail)
