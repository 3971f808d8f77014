"""Exports what an installation needs, exact and with hashes, to ``deploy/requirements.txt``; ``--check`` compares.

    uv run python tools/requirements.py [--check]

The file follows from pyproject.toml alone: direct dependencies are pinned there and ``exclude-newer`` fixes the rest.
Its lines name versions and hashes, never where packages come from.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "deploy" / "requirements.txt"
HEADER = "# Written by tools/requirements.py from pyproject.toml. Install with: pip install --require-hashes -r\n"


class NoLock(Exception):
    """There is no uv, or nothing has been resolved here yet."""


def exported() -> str:
    """The text that the present lock gives.

    Raises:
        NoLock: uv or uv.lock is missing.
    """
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None or not (ROOT / "uv.lock").is_file():
        raise NoLock("uv and uv.lock are needed; `uv sync` makes the latter")
    options = ("--frozen", "--no-emit-project", "--no-header", "--no-annotate", "--format", "requirements-txt")
    found = subprocess.run([uv, "export", *options], cwd=ROOT, capture_output=True, text=True, check=True)
    return HEADER + found.stdout


def main() -> int:
    """Write or compare. Exit 1 when ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(description="The pinned requirements of an installation.")
    parser.add_argument("--check", action="store_true", help="compare only")
    wanted = exported()
    if not parser.parse_args().check:
        TARGET.write_text(wanted, encoding="utf-8")
        return 0
    if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != wanted:
        print("deploy/requirements.txt is not what pyproject.toml gives: run tools/requirements.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
