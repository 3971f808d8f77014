"""How often Python looks for rings of garbage."""

from __future__ import annotations

import gc

# A folded ledger is hundreds of thousands of small objects, none of them in a ring: looking at each of them again and
# again, as the thresholds of the interpreter have it, takes as long as the fold itself.
_YOUNG_OBJECTS = 50_000
_ROUNDS = 20


def collect_rarely() -> None:
    """Look for rings after 50,000 new objects instead of 700; every process calls it once, at its start."""
    gc.set_threshold(_YOUNG_OBJECTS, _ROUNDS, _ROUNDS)
