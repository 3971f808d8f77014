"""Closes from a CSV file for the verbs that need no server."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from finsage.errors import Fault
from finsage.market.service.price_file import ASSET_CLASSES, read_price_file
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
        InvalidCloses: the file has errors; each names its line.
        PriceFileTooLarge: more than 64 MiB.
    """
    found = read_price_file(file.read_bytes())
    if found.errors:
        faults = [
            Fault(f"line {one.line}, {one.column}" if one.column else f"line {one.line}", one.message)
            for one in found.errors[:FAULTS_SHOWN_MAX]
        ]
        raise InvalidCloses(f"{file.name} has errors.", faults=tuple(faults))
    by_symbol: dict[str, tuple[list[str], list[float]]] = {}
    for line in found.lines:
        days, closes = by_symbol.setdefault(line.symbol, ([], []))
        days.append(line.day.isoformat())
        closes.append(float(line.close))
    return {
        symbol: (np.array(days, "datetime64[D]"), np.array(closes, np.float64))
        for symbol, (days, closes) in by_symbol.items()
    }


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


def today() -> np.datetime64:
    """The last day that is not the future anywhere."""
    return np.datetime64(clock.today("UTC"), "D") + np.timedelta64(1, "D")
