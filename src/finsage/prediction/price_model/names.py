"""What the naive forecasts are called; apart from their kernels, so that a name costs nothing to know."""

from __future__ import annotations

RANDOM_WALK = "random-walk-EQ500"
GARCH = "GARCH-t"
NAMES = (RANDOM_WALK, GARCH)
