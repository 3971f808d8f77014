"""``finsage sentiment``: headlines in a CSV file, how each reads on standard output. No server, no network."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from finsage.errors import Invalid
from finsage.prediction.service.headlines import COLUMNS, headline_rows, headlines_document


class InvalidTexts(Invalid):
    """The file has no texts to read."""


def sentiment(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a column text")],
    json_output: Annotated[bool, typer.Option("--json", help="Write JSON, with what each word says")] = False,
) -> None:
    """Read headlines: label, the probabilities of negative, positive and neutral, and their score."""
    texts = _texts(file)
    if json_output:
        print(json.dumps(headlines_document(texts), indent=1, ensure_ascii=False))
        return
    output = csv.writer(sys.stdout, lineterminator="\n")
    output.writerow(COLUMNS)
    output.writerows(headline_rows(texts))


def _texts(file: Path) -> list[str]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if "text" not in (rows.fieldnames or ()):
                raise InvalidTexts(f"{file.name} needs a column named text.")
            return [row["text"] or "" for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidTexts(f"{file.name} is no CSV in UTF-8: {error}.") from error
