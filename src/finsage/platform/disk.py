"""Whether there is room to write: the one bound that readiness and ``finsage doctor`` share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

FREE_MIB_MIN = 512


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """What is free on the disk of a place, in MiB, and how much should be."""

    free_mib: int
    needed_mib: int = FREE_MIB_MIN

    @property
    def is_enough(self) -> bool:
        return self.free_mib >= self.needed_mib

    def __str__(self) -> str:
        return f"{self.free_mib} MiB free"


def free_space(place: Path) -> FreeSpace:
    """The room where ``place`` is, or will be: it need not exist yet."""
    existing = next(path for path in (place, *place.parents) if path.exists())
    return FreeSpace(shutil.disk_usage(existing).free // 2**20)
