"""Sentences per CPU second that the sentiment model reads, beside scikit-learn with the same kinds of terms; memory.

    uv run --group oracle python benchmarks/headlines.py FILE.csv[.gz] [ROUNDS]

FILE has a column ``text``; FinSage brings none along. scikit-learn learns its terms from the file itself, with labels
drawn by a seed: what its weights are makes no difference to how long it reads.
"""

from __future__ import annotations

import csv
import gzip
import resource
import sys
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from finsage.prediction.sentiment_model.model import shipped_model

SEED = 7
TEXTS = 20_000


def main() -> None:
    path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="") as stream:
        given = [row["text"] for row in csv.DictReader(stream)]
    texts = (given * (TEXTS // len(given) + 1))[:TEXTS]
    before = peak()
    model = shipped_model()
    model.probabilities(texts[:100])
    loaded = peak()
    model.probabilities(texts)
    print(f"ours: loaded {loaded - before:.0f} MiB, while reading {len(texts):,} at once {peak() - loaded:.0f} more")
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, max_features=150_000, sublinear_tf=True)
    other = make_pipeline(make_union(words, pieces), LogisticRegression(tol=100.0))
    other.fit(given, np.random.default_rng(SEED).integers(3, size=len(given)))
    seconds = {"ours": [], "scikit-learn": []}
    for _ in range(rounds):
        for name, read in (("ours", model.probabilities), ("scikit-learn", other.predict_proba)):
            start = time.process_time()
            read(texts)
            seconds[name].append(time.process_time() - start)
    for name, found in seconds.items():
        rates = [len(texts) / one for one in sorted(found)]
        print(f"{name:<13} {np.median(rates):8,.0f} texts per CPU second ({rates[-1]:,.0f} to {rates[0]:,.0f})")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
