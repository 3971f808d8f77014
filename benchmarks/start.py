"""Seconds from ``finsage up`` to the first 200 of /health/ready: cold (nothing there), warm, and with the demo.

    uv run --group test python benchmarks/start.py [ROUNDS]

The floor is initdb plus the start of a bare embedded PostgreSQL in the same run. CPU is that of the whole process tree.
"""

from __future__ import annotations

import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from finsage.platform.postgres import EmbeddedPostgres

FINSAGE = Path(sys.executable).with_name("finsage")


def floor(place: Path) -> tuple[float, float]:
    """Seconds of initdb with a first start, and of a warm start."""
    started = time.perf_counter()
    with EmbeddedPostgres(place):
        cold = time.perf_counter() - started
    started = time.perf_counter()
    with EmbeddedPostgres(place):
        return cold, time.perf_counter() - started


def up(place: Path, *options: str) -> tuple[float, float]:
    """Wall seconds to ready and CPU seconds of the tree until then."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = place.parent / "up.log"
    started = time.perf_counter()
    with log.open("w") as stream:
        command = [FINSAGE, "up", "--port", "0", "--data-dir", place, *options]
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
        while not (found := re.search(r"ready at (\S+)", log.read_text())):
            time.sleep(0.01)
            assert process.poll() is None, log.read_text()
        while not _ready(found[1]):
            time.sleep(0.01)
        wall = time.perf_counter() - started
        process.send_signal(signal.SIGINT)
        process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/ready") as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False


def main(rounds: int) -> None:
    """Print medians and ratios."""
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        parent = Path(tempfile.mkdtemp(prefix="finsage-start-"))
        parent.chmod(0o755)
        cold, warm = floor(parent / "floor")
        measured = {
            "floor cold": cold,
            "floor warm": warm,
            "cold": up(parent / "plain")[0],
            "warm": up(parent / "plain")[0],
            "cold, demo": up(parent / "demo", "--demo")[0],
            "warm, demo": up(parent / "demo", "--demo")[0],
        }
        for name, seconds in measured.items():
            figures.setdefault(name, []).append(seconds)
        shutil.rmtree(parent)
    for name, seconds in figures.items():
        base = figures["floor cold" if "cold" in name else "floor warm"]
        ratio = statistics.median(seconds) / statistics.median(base)
        print(
            f"{name:<11} {statistics.median(seconds):6.2f} s ({min(seconds):.2f}-{max(seconds):.2f})   {ratio:5.1f} x"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
