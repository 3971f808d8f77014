"""``finsage backtest``: how the model and the naive baselines would have done on the prices of a file. No server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer

from finsage.cli.closes import AssetClass, ClassFile, classes_of, read_closes
from finsage.errors import Unavailable
from finsage.prediction.service.documents import TESTED_ROWS, InvalidCloses, backtest_document

_CONNECT_SECONDS = 10


def backtest(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: date,symbol,close")],
    horizons: Annotated[str, typer.Option(help="Days ahead, separated by commas: of 1, 7, 30")] = "1,7,30",
    asset_class: AssetClass = "equity",
    classes: ClassFile = None,
    rows: Annotated[int, typer.Option(help="How many of the last rows to forecast from", min=60)] = TESTED_ROWS,
    scheduler: Annotated[
        str | None, typer.Option(help="Share the work among the machines of this dask scheduler: tcp://HOST:PORT")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table")] = False,
) -> None:
    """Score the model and the naive baselines on past prices, each forecast as it would have been made then."""
    closes = read_closes(file)
    with _executor(scheduler) as executor:
        found = backtest_document(
            closes,
            _days(horizons),
            classes=classes_of(closes, asset_class, classes),
            tested_rows=rows,
            executor=executor,
        )
    print(json.dumps(found, indent=1, ensure_ascii=False) if json_output else "\n".join(_lines(found)))


class ClusterUnavailable(Unavailable):
    """The machines that were to share the work cannot be used."""


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Executor]:
    """Processes of this machine, or the workers of a dask scheduler; the result is the same.

    Raises:
        ClusterUnavailable: dask is not installed, or nothing answers at the address.
    """
    if scheduler is None:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as executor:
            yield executor
        return
    try:
        client = import_module("distributed").Client(scheduler, timeout=_CONNECT_SECONDS)
    except ImportError as error:
        raise ClusterUnavailable("Sharing among machines needs the extra `cluster` (dask[distributed]).") from error
    except (OSError, ValueError) as error:
        raise ClusterUnavailable(f"No dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield client.get_executor()


def _skill(one: dict[str, Any]) -> str:
    if one["value"] is None:
        return "none: nothing moved"
    low, high = one["interval"]
    return f"{one['value']:+.2%} [{low:+.2%}, {high:+.2%}]"


def _days(text: str) -> list[int]:
    try:
        return sorted({int(one) for one in text.split(",")})
    except ValueError as error:
        raise InvalidCloses(f"{text!r} are no horizons; write 1,7,30.") from error


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{'days':>4} {'class':<10} {'method':<18} {'n':>6}  {'CRPS skill over':<34} {'inside 80 %':>11} {'95 %':>6}"
    ]
    for row in found["scores"]:
        skills = "; ".join(f"{name} {_skill(one)}" for name, one in row["crps_skill"].items())
        inside = row["coverage"]
        lines.append(
            f"{row['horizon_days']:>4} {row['class'] or 'all':<10} {row['method']:<18} {row['n']:>6}  {skills};"
            f" {inside['0.8']:.1%}, {inside['0.95']:.1%}"
        )
    return [*lines, *found["notes"]]
