"""Trains the sentiment model that FinSage ships on labelled headlines and judges it on others.

    uv run python tools/train_sentiment_model.py TRAIN.csv.gz VALID.csv.gz

Columns ``text`` and ``label``: 0 negative, 1 positive, 2 neutral. Weights and vocabulary are kept, texts are not.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import sys
from pathlib import Path

from finsage.prediction.model_files import write_directory
from finsage.prediction.sentiment_model.model import LABELS, to_files
from finsage.prediction.sentiment_model.terms import cleaned
from finsage.prediction.sentiment_model.training import judge, train

SHIPPED = Path(__file__).resolve().parent.parent / "src" / "finsage" / "models" / "sentiment"


def main() -> None:
    """Train, judge, write."""
    train_file, valid_file = map(Path, sys.argv[1:])
    texts, labels = read(train_file)
    model = train(texts, labels, name="tfns-1")
    known = {cleaned(text) for text in texts}
    valid = [(text, label) for text, label in zip(*read(valid_file), strict=True) if cleaned(text) not in known]
    scores = judge(model, [text for text, _ in valid], [label for _, label in valid])
    print(scores)
    card = {
        "trained_on": "Twitter Financial News Sentiment (zeroshot/twitter-financial-news-sentiment), MIT",
        "texts": len(texts),
        "data_sha256": hashlib.sha256(train_file.read_bytes()).hexdigest(),
        "labels": list(LABELS),
        "judged_on": f"{len(valid)} texts of its validation part that do not stand in the training part",
        "scores": scores,
        "limits": [
            "Trained on short posts about shares in English; on edited news of other kinds it is right less often.",
            "A reading of words, not of what they mean for a price.",
        ],
        "licence": "Apache-2.0; the texts are not part of it",
    }
    write_directory(SHIPPED / model.id, to_files(model, card))


def read(file: Path) -> tuple[list[str], list[int]]:
    """Texts and labels of a file."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row["text"] for row in rows], [int(row["label"]) for row in rows]


if __name__ == "__main__":
    main()
