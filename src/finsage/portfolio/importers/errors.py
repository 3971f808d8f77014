"""What is wrong with a file as a whole. Faults of single rows are ``rows.RowError`` and are collected, not raised."""

from __future__ import annotations

from finsage.errors import Fault, Invalid, TooLarge


class UnreadableFile(Invalid):
    """The file cannot be read as text or as the format it claims to be."""

    code: str
    line: int


class UnknownFormat(Invalid):
    """No known format has these column headers."""

    headers: list[str]
    known: list[str]


class AmbiguousFormat(Invalid):
    """More than one format fits; say which one it is."""

    candidates: list[str]


class TooManyRows(TooLarge):
    """The file has more rows than one import takes."""

    rows_max: int


class CellError(ValueError):
    """A cell that cannot be read; the reader turns it into a ``RowError`` that knows its place."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def unreadable(code: str, line: int, detail: str, **members: object) -> UnreadableFile:
    """The error for a file that is not what it claims to be."""
    return UnreadableFile(detail, faults=(Fault(f"line {line}", detail),), code=code, line=line, **members)
