"""Which directories the embedded database moves into, and room where nothing is yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from finsage.platform.disk import free_space
from finsage.platform.postgres.errors import DataDirectoryUnusable
from finsage.platform.postgres.layout import Layout, prepare


def test_what_serving_from_an_external_database_left_is_no_obstacle(tmp_path: Path):
    for part in ("secrets", "web-cache"):
        (tmp_path / part).mkdir()
    prepare(Layout(tmp_path))
    assert (tmp_path / "run").is_dir()


def test_somebodys_home_is_not_moved_into(tmp_path: Path):
    (tmp_path / "letters").mkdir()
    with pytest.raises(DataDirectoryUnusable, match="holds other files"):
        prepare(Layout(tmp_path))


def test_room_is_known_before_the_directory_is_there(tmp_path: Path):
    assert free_space(tmp_path / "not" / "yet").free_mib == pytest.approx(free_space(tmp_path).free_mib, abs=500)
