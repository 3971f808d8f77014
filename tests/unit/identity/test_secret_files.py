from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from finsage.identity.service.state import open_identity
from finsage.platform.secrets import load_or_create
from finsage.platform.settings import Settings


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "secrets" / "key"
    made = load_or_create(path, lambda: b"first")
    assert made == b"first"
    assert load_or_create(path, lambda: b"second") == b"first"
    assert [child.name for child in path.parent.iterdir()] == ["key"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_of_many_who_come_at_once_all_get_the_same(tmp_path: Path):
    path = tmp_path / "secrets" / "key"
    gate = threading.Barrier(8)
    seen: list[bytes] = []

    def make() -> bytes:
        gate.wait(timeout=10)
        return os.urandom(32)

    threads = [threading.Thread(target=lambda: seen.append(load_or_create(path, make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert set(seen) == {path.read_bytes()}
    assert [child.name for child in path.parent.iterdir()] == ["key"]


def test_a_directory_that_cannot_be_written_fails_at_the_start(tmp_path: Path):
    (tmp_path / "secrets").write_text("a file stands where the directory should")
    with pytest.raises(OSError):
        open_identity(Settings(data_dir=tmp_path))
