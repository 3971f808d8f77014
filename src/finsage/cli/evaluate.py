"""``finsage evaluate``: a ledger in a file, its figures on standard output. No server, database, clock or network."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from finsage.errors import FinSageError, Invalid
from finsage.finance.evaluate_document import evaluate_document
from finsage.finance.explanation.document import explain_document

EXIT_INVALID = 2
EXIT_BROKEN = 1


def evaluate(
    file: Annotated[str, typer.Argument(help="The JSON file to evaluate, or - for standard input.")],
    json_output: Annotated[
        bool, typer.Option("--json", help="Write JSON. It is the only format, so this changes nothing.")
    ] = True,
    figure: Annotated[
        str, typer.Option("--explain", metavar="FIGURE", help="Instead say how one figure came about, such as twr.")
    ] = "",
    symbol: Annotated[
        str, typer.Option("--symbol", help="With --explain: the asset whose figure it is, or the currency of cash.")
    ] = "",
) -> None:
    """Evaluate a ledger given as JSON: holdings, lots, gains, returns and risk."""
    del json_output
    try:
        if symbol and not figure:
            raise Invalid("--symbol says whose figure to explain: give --explain too")
        text = _read(file)
        answer = explain_document(text, figure, symbol or None) if figure else evaluate_document(text)
    except FinSageError as error:
        _write(sys.stderr.buffer, json.dumps(problem(error), ensure_ascii=False, indent=1) + "\n")
        raise typer.Exit(EXIT_INVALID if isinstance(error, Invalid) else EXIT_BROKEN) from error
    _write(sys.stdout.buffer, answer)


def problem(error: FinSageError) -> dict[str, object]:
    """The error as a problem document (RFC 9457), without a status: there is no HTTP here."""
    return {
        "type": f"/problems/{error.slug()}",
        "title": error.title(),
        "detail": error.detail or error.title(),
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.faults],
    }


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not UTF-8 text") from error


def _write(stream: BinaryIO, text: str) -> None:
    stream.write(text.encode())
    stream.flush()
