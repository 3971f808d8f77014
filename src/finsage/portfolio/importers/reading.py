"""Bytes -> text -> rows of cells with their physical line numbers, in bounded memory.

The file is read as a stream, several times: once to check its encoding and find its end, then by each pass over its
rows. Nothing here knows a format. What cannot be read for certain is refused with the place and the remedy: text that
is not UTF-8 or UTF-16 needs an encoding named by the caller, because a guess silently changes names and amounts.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO, NamedTuple

from finsage.finance.row import row_of
from finsage.portfolio.importers.errors import UnreadableFile, unreadable

ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1", "iso-8859-15", "mac-roman")
DELIMITERS = (",", ";", "\t", "|")
LINE_LENGTH_MAX = 1 << 20
CELL_LENGTH_MAX = 16_384
HEAD_LINES = 60
HEAD_BYTES = 1 << 18

_CHUNK = 1 << 16
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Cells(NamedTuple):
    """One row of a table. ``line`` is where it starts; ``problem`` says why its cells cannot be trusted."""

    line: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file whose encoding is known and has been checked to its end."""

    stream: BinaryIO
    encoding: str
    start: int
    ends_midline: bool = False

    @contextmanager
    def opened(self) -> Iterator[io.TextIOWrapper]:
        """The text from its first character, line ends untouched; the stream stays open afterwards."""
        self.stream.seek(self.start)
        text = io.TextIOWrapper(self.stream, self.encoding, errors="strict", newline="")
        try:
            yield text
        finally:
            text.detach()

    def lines(self) -> Generator[str]:
        """The lines with their ends, whether LF, CRLF or CR.

        Raises: UnreadableFile: a line is longer than one mebibyte.
        """
        with self.opened() as text:
            number = 0
            while line := text.readline(LINE_LENGTH_MAX):
                number += 1
                if len(line) == LINE_LENGTH_MAX:
                    raise unreadable("line_too_long", number, "A line is longer than 1 MiB; this is not a table.")
                yield line

    def head(self) -> list[str]:
        """The first lines, for recognising the format."""
        found: list[str] = []
        for line in self.lines():
            found.append(line)
            if len(found) == HEAD_LINES:
                break
        return found

    def rows(self, delimiter: str) -> Iterator[Cells]:
        """Every row of the file, empty ones included.

        Raises: UnreadableFile: a quote is opened and never closed, so that nothing after it can be trusted.
        """
        with closing(self.lines()) as lines:
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            line = 1
            while True:
                try:
                    for cells in reader:
                        yield row_of(Cells, (line, cells, _cell_problem(cells)))
                        line = reader.line_num + 1
                except csv.Error as error:
                    yield _broken(line, error)
                    line = reader.line_num + 1
                else:
                    return


def _broken(line: int, error: csv.Error) -> Cells:
    """A row whose quotes are wrong; a quote that swallows the rest of the file ends the reading."""
    text = str(error)
    if "field larger than" in text:
        detail = (
            f"A cell on line {line} has more than {csv.field_size_limit()} characters: shorten it, or close its quote."
        )
        raise unreadable("cell_too_long", line, detail)
    if "unexpected end of data" in text:
        raise unreadable(
            "unclosed_quote", line, f"The quote opened on line {line} is never closed; close it or remove it."
        )
    return Cells(line, [], "a quoted cell is followed by other text; double the quotes inside it, or remove them")


def _cell_problem(cells: list[str]) -> str:
    together = "".join(cells)
    if len(together) <= CELL_LENGTH_MAX and "\0" not in together:
        return ""
    for number, cell in enumerate(cells, 1):
        if "\0" in cell:
            return f"cell {number} holds NUL bytes; the file is damaged, export it again"
        if len(cell) > CELL_LENGTH_MAX:
            return f"cell {number} has more than {CELL_LENGTH_MAX} characters; shorten it"
    return ""


def open_text(source: bytes | BinaryIO, encoding: str | None = None) -> TextFile:
    """Find the encoding of a file and check that all of it can be read.

    Args: source: the file; a stream must be seekable. encoding: what the caller says it is, else UTF-8 or UTF-16.
    Raises: UnreadableFile: empty, binary, an unknown encoding, or a byte that does not belong to the encoding.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes | bytearray) else source
    stream.seek(0)
    head = stream.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        _refuse_if_empty(stream, head)
    name, start = _encoding_of(head, encoding)
    file = TextFile(stream, name, start)
    return replace(file, ends_midline=_check_encoding(file))


def head_of(stream: BinaryIO, encoding: str | None = None) -> io.BytesIO:
    """The first 256 KiB of a file as a file of its own, to recognise what it is; a smaller file as a whole.

    It ends where a row does, as far as that can be told: at the end of a line with every quote closed before it.
    """
    stream.seek(0)
    data = stream.read(HEAD_BYTES)
    if len(data) < HEAD_BYTES:
        return io.BytesIO(data)
    name, start = _encoding_of(data, encoding)
    try:
        text = codecs.getincrementaldecoder(name)("strict").decode(data[start:])
    except UnicodeDecodeError:
        return io.BytesIO(data)  # whoever opens it finds the byte and names it
    return io.BytesIO(data[:start] + text[: _end_of_rows(text)].encode(name))


def _end_of_rows(text: str) -> int:
    end = at = quotes = 0
    for line in text.split("\n")[:-1]:
        at += len(line) + 1
        quotes += line.count('"')
        if quotes % 2 == 0:
            end = at
    return end or len(text)


def _refuse_if_empty(stream: BinaryIO, head: bytes) -> None:
    if len(head) < 4096 or not stream.read(1):
        raise unreadable("empty_file", 1, "The file is empty; export it again with its rows.")


def _encoding_of(head: bytes, declared: str | None) -> tuple[str, int]:
    """The codec and the length of the byte order mark."""
    if declared is not None:
        name = declared.strip().lower().replace("_", "-")
        name = {"windows-1252": "cp1252", "latin-1": "iso-8859-1", "utf8": "utf-8"}.get(name, name)
        if name not in ENCODINGS:
            raise unreadable("unknown_encoding", 1, f"Encoding '{declared}' is not one of {', '.join(ENCODINGS)}.")
    elif head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise unreadable("encoding", 1, "The file is UTF-32, which is not read; save it as UTF-8.")
    for mark, found in _BOMS:
        if head.startswith(mark) and (declared is None or name.startswith(found[:6])):
            return found, len(mark)
    if declared is not None:
        return ("utf-16-le" if name == "utf-16" else name), 0
    return _without_mark(head), 0


def _without_mark(head: bytes) -> str:
    """UTF-16 shows by its zero bytes: Latin text has one in every character."""
    zeros_even, zeros_odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if zeros_odd > half * 0.6 > zeros_even * 3:
        return "utf-16-le"
    if zeros_even > half * 0.6 > zeros_odd * 3:
        return "utf-16-be"
    return "utf-8"


def _check_encoding(file: TextFile) -> bool:
    """Decode everything once, so that later passes cannot fail half-way. Returns whether the last line has no end."""
    decoder = codecs.getincrementaldecoder(file.encoding)("strict")
    file.stream.seek(file.start)
    offset, line, ended, last = file.start, 1, False, "\n"
    while not ended:
        chunk = file.stream.read(_CHUNK)
        ended = not chunk
        try:
            text = decoder.decode(chunk, final=ended)
        except UnicodeDecodeError as error:
            place = offset + len(chunk) - len(error.object) + error.start
            line += error.object[: error.start].count(b"\n")
            raise _not_decodable(file.encoding, place, line, error.object[error.start]) from None
        offset += len(chunk)
        line += text.count("\n")
        last = text[-1:] or last
    return last not in {"\n", "\r"}


def _not_decodable(encoding: str, place: int, line: int, byte: int) -> UnreadableFile:
    remedy = (
        "Save the file as UTF-8, or say which encoding it has (often 'cp1252' for files from Windows)."
        if encoding == "utf-8"
        else "Name the encoding the file really has, or save it as UTF-8."
    )
    detail = f"Byte 0x{byte:02X} at offset {place} (line {line}) is not {encoding.upper()}. {remedy}"
    return unreadable("encoding", line, detail, offset=place)


def rows_of(lines: list[str], delimiter: str) -> list[Cells]:
    """The rows of a few lines, for recognising the format; rows with wrong quotes are left out."""
    reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
    found: list[Cells] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return found
        except csv.Error:
            continue
        found.append(Cells(line, cells))


def sniff_delimiter(lines: list[str]) -> str:
    """The delimiter that splits the most lines into the same number of cells, a comma if none does."""
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        widths = Counter(len(row.cells) for row in rows_of(lines, delimiter) if len(row.cells) > 1)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if width * count > best_score:
            best, best_score = delimiter, width * count
    return best


def name_columns(cells: list[str]) -> list[str]:
    """Header names without blanks around them; a repeated one is told apart by its position: ``Cur.``, ``Cur.#2``."""
    seen: Counter[str] = Counter()
    names = []
    for cell in cells:
        name = " ".join(cell.split())
        seen[name.casefold()] += 1
        count = seen[name.casefold()]
        names.append(name if count == 1 else f"{name}#{count}")
    return names
