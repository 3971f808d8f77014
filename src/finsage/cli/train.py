"""``finsage train``: weights from a user's own file, written as a folder with a card. No server, no network."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from finsage.cli.closes import AssetClass, ClassFile, classes_of, read_closes
from finsage.errors import Conflict, Invalid
from finsage.prediction.service.documents import write_model
from finsage.prediction.service.training import train_price, train_sentiment

Prices = Annotated[Path | None, typer.Option("--prices", exists=True, dir_okay=False, help="CSV: date,symbol,close")]
Data = Annotated[Path | None, typer.Option("--data", exists=True, dir_okay=False, help="CSV: text,label")]


class InvalidTrainingData(Invalid):
    """There is nothing to train on in this file."""


class FolderExists(Conflict):
    """The folder of the model is there already."""


def train(
    family: Annotated[str, typer.Option("--family", help="price, risk or sentiment")],
    prices: Prices = None,
    data: Data = None,
    name: Annotated[str, typer.Option("--name", help="What the version is called; also its folder")] = "own",
    out: Annotated[Path, typer.Option("--out", help="Where the folder is written")] = Path(),
    asset_class: AssetClass = "equity",
    classes: ClassFile = None,
    is_judged: Annotated[bool, typer.Option("--judge/--no-judge", help="Walk through the past for the card")] = True,
) -> None:
    """Train weights on your own data. ``finsage models --add FOLDER`` makes them a challenger."""
    folder = out / name
    if folder.exists():
        raise FolderExists(f"{folder} is there already; choose another --name.")
    if family == "price":
        closes = read_closes(_given(prices, "--prices"))
        named = classes_of(closes, asset_class, classes)
        files = train_price(closes, named, name=name, is_judged=is_judged)
    elif family == "sentiment":
        texts, labels = _labelled(_given(data, "--data"))
        files = train_sentiment(texts, labels, name=name)
    elif family == "risk":
        raise InvalidTrainingData("Risk is read from the price model; train that: --family price.")
    else:
        raise InvalidTrainingData(f"There is no family {family!r}: price, risk or sentiment.")
    write_model(folder, files)
    print(folder)


def _given(file: Path | None, option: str) -> Path:
    if file is None:
        raise InvalidTrainingData(f"Say what to train on with {option} FILE.csv.")
    return file


def _labelled(file: Path) -> tuple[list[str], list[str]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if not {"text", "label"} <= set(rows.fieldnames or ()):
                raise InvalidTrainingData(f"{file.name} needs the columns text,label.")
            found = [(row["text"] or "", row["label"] or "") for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidTrainingData(f"{file.name} is no CSV in UTF-8: {error}.") from error
    return [text for text, _ in found], [label for _, label in found]
