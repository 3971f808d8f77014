"""Prints by how many MiB reading and booking a file of 100,000 rows raises the peak of an idle process.

A program of its own: the peak of a test run is that of everything the run has done.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path += [str(ROOT / "benchmarks")]

import import_rows  # noqa: E402

from finsage.app import build_app  # noqa: E402
from finsage.platform.database import Database  # noqa: E402
from finsage.platform.settings import load_settings  # noqa: E402


def peak_mib() -> int:
    """The highest resident size so far; VmHWM, because ru_maxrss starts with that of the parent."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def idle_mib() -> int:
    """Begin to count anew (the file was made in memory) and say from where."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mib()


async def main(rows: int) -> None:
    """One import beside the whole application."""
    async with import_rows.opened() as (_, database, caller):
        place = Path(tempfile.mkdtemp())
        application = build_app(load_settings({}, data_dir=place), Database(database.dsn, pool_size=2))
        content = tempfile.TemporaryFile()  # noqa: SIM115 - for the life of the program
        content.write(import_rows.native_csv(rows))
        idle = idle_mib()
        spent, _ = await import_rows.import_once(database, caller, content)
        print(
            f"{rows} rows in {sum(took[0] for took in spent.values()):.0f} s; idle {idle} MiB, peak {peak_mib()} MiB, over",
            end=" ",
        )
        print(peak_mib() - idle)
        application.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
