"""FinSage: one exact ledger and returns that can be explained."""

import os

__version__ = "0.1.0"

# Before numpy and scipy load their algebra: a thread per core for matrices of four rows spends nine times the time of
# one on waiting for each other. Work is shared among processes instead.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
