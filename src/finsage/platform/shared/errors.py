"""What a shared store can raise."""

from __future__ import annotations

from finsage.errors import Unavailable


class SharedStoreUnavailable(Unavailable):
    """Redis does not answer, or is left alone because it did not."""
