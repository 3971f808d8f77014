"""Closes from a CSV file for the verbs that need no server."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from finsage.errors import Fault
from finsage.market.service.price_file import ASSET_CLASSES, PriceLine, RowError, read_price_file
from finsage.platform import clock
from finsage.prediction.service.documents import Closes, InvalidCloses

FAULTS_SHOWN_MAX = 50

AssetClass = Annotated[str, typer.Option("--class", help="Class of every asset that --classes does not name")]
ClassFile = Annotated[
    Path | None, typer.Option("--classes", exists=True, dir_okay=False, help="CSV of classes: symbol,class")
]


def read_closes(file: Path) -> Closes:
    """Days and closes by symbol; a file with one column of closes has one symbol, the column's name.

    Raises:
        InvalidCloses: the file has errors, says a day twice or has one to come; each fault names its line.
        PriceFileTooLarge: more than 64 MiB.
    """
    found = read_price_file(file.read_bytes())
    last = last_day()
    errors = [*found.errors, *found.repeats]
    errors += [
        RowError(one.line, "date", "day", f"{one.day} lies in the future.") for one in found.lines if one.day > last
    ]
    errors += [
        RowError(one.line, "currency", "currency", f"{one.symbol} has closes in another currency too.")
        for one in _mixed(found.lines)
    ]
    if errors:
        shown = sorted(errors, key=lambda error: error.line)[:FAULTS_SHOWN_MAX]
        count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
        faults = tuple(Fault(error.place, error.message) for error in shown)
        raise InvalidCloses(f"{file.name} has {count}.", faults=faults)
    by_symbol: dict[str, tuple[list[str], list[float]]] = {}
    for line in found.lines:
        days, closes = by_symbol.setdefault(line.symbol, ([], []))
        days.append(line.day.isoformat())
        closes.append(float(line.close))
    return {
        symbol: (np.array(days, "datetime64[D]"), np.array(closes, np.float64))
        for symbol, (days, closes) in by_symbol.items()
    }


def _mixed(lines: Iterable[PriceLine]) -> list[PriceLine]:
    """Lines whose currency is not that of their symbol's first line: from one to the other nothing was gained."""
    currencies: dict[str, str] = {}
    return [one for one in lines if currencies.setdefault(one.symbol, one.currency) != one.currency]


def classes_of(closes: Closes, default: str, file: Path | None) -> dict[str, str]:
    """The class of each symbol.

    Raises:
        InvalidCloses: the file is no CSV, has no columns ``symbol`` and ``class``, or a class is none.
    """
    _refuse_unknown([default], "--class")
    named: dict[str, str] = {}
    if file is not None:
        try:
            with file.open(newline="", encoding="utf-8-sig") as stream:
                rows = csv.DictReader(stream)
                if not {"symbol", "class"} <= set(rows.fieldnames or ()):
                    raise InvalidCloses(f"{file.name} needs the columns symbol,class.")
                named = {row["symbol"] or "": row["class"] or "" for row in rows}
        except (UnicodeDecodeError, csv.Error) as error:
            raise InvalidCloses(f"{file.name} is no CSV in UTF-8: {error}.") from error
        _refuse_unknown(named.values(), file.name)
    return {symbol: named.get(symbol, default) for symbol in closes}


def _refuse_unknown(classes: Iterable[str], place: str) -> None:
    # A class nobody knows would be one of its own, and learn nothing from the assets it belongs to.
    for one in classes:
        if one not in ASSET_CLASSES:
            known = ", ".join(ASSET_CLASSES)
            raise InvalidCloses(f"{place}: there is no class {one[:40]!r}; it is one of {known}.")


def last_day() -> date:
    """The last day that is not the future anywhere."""
    return clock.today("UTC") + timedelta(days=1)
