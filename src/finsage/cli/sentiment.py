"""``finsage sentiment``: headlines in a CSV file, how each reads on standard output. No server, no network."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from finsage.errors import Invalid
from finsage.prediction.sentiment_model.model import LABELS, Reading, score_of, shipped_model


class InvalidTexts(Invalid):
    """The file has no texts to read."""


def sentiment(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with a column text")],
    json_output: Annotated[
        bool, typer.Option("--json", help="Write JSON, with what each word says, instead of CSV")
    ] = False,
) -> None:
    """Read headlines: label, the probabilities of negative, positive and neutral, and their score."""
    model, texts = shipped_model(), _texts(file)
    if json_output:
        rows = [{"text": text, **_row(model.read(text))} for text in texts]
        print(
            json.dumps({"model": {"id": model.id, "sha256": model.sha256}, "items": rows}, indent=1, ensure_ascii=False)
        )
        return
    output = csv.writer(sys.stdout, lineterminator="\n")
    output.writerow(["label", *LABELS, "score"])
    for row in model.probabilities(texts):
        output.writerow([LABELS[row.argmax()], *(f"{one:.6f}" for one in row), f"{score_of(row):.6f}"])


def _row(reading: Reading) -> dict[str, object]:
    return {
        "label": reading.label,
        "probabilities": {label: round(value, 6) for label, value in reading.probabilities.items()},
        "score": round(reading.score, 6),
        "words": [{"word": word, "log_odds": round(value, 6)} for word, value in reading.words],
    }


def _texts(file: Path) -> list[str]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if "text" not in (rows.fieldnames or ()):
                raise InvalidTexts(f"{file.name} needs a column named text.")
            return [row["text"] or "" for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidTexts(f"{file.name} is no CSV in UTF-8: {error}.") from error
