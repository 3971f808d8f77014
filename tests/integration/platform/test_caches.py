"""Emptying caches and knowing who writes beside: what a command does is seen by the process that serves."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hishel import AsyncSqliteStorage

from finsage.platform.caches import UnknownCache, clear, layers
from finsage.platform.changes import ANSWERS, EVERYTHING, Changes, always
from finsage.platform.database import Database
from finsage.platform.memory import BoundedMemory
from finsage.platform.postgres.beside import Beside
from finsage.platform.settings import load_settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def other(server):
    """The database as another process has it."""
    database = Database(server.app_dsn, pool_size=1, changes=Changes(always))
    yield database
    await database.close()


async def test_each_write_of_a_process_that_is_not_alone_changes_its_tag(server, other):
    versions = "SELECT count(*), count(DISTINCT version) FROM cache_versions WHERE tag LIKE 'tenant:%%'"
    [(before, _)] = server.query(versions)
    async with other.write():
        pass
    [(rows, _)] = server.query(versions)
    stamp = await other.changes.stamp(["tenant:00000000-0000-0000-0000-000000000000"])
    async with other.write(is_announced=False):
        pass
    assert await other.changes.is_current(stamp, list(stamp.versions or {}))
    async with other.write():
        pass
    assert not await other.changes.is_current(stamp, list(stamp.versions or {}))
    assert rows == before + 1


@pytest.mark.parametrize("tag", [EVERYTHING, ANSWERS])
async def test_what_one_process_empties_is_empty_in_the_others(database, other, tmp_path: Path, tag: str):
    stamp = await other.changes.stamp([ANSWERS, EVERYTHING])
    await clear(database, load_settings({}, data_dir=tmp_path), tag)
    assert not await other.changes.is_current(stamp, [ANSWERS, EVERYTHING])
    with pytest.raises(UnknownCache, match="everything, answers, outbound"):
        await clear(database, load_settings({}, data_dir=tmp_path), "all")


async def test_answers_of_providers_are_emptied_by_their_tag_alone(database, tmp_path: Path):
    settings = load_settings({}, data_dir=tmp_path)
    await clear(database, settings, "outbound")  # there is no file yet
    path = tmp_path / "cache" / "outbound.sqlite"
    path.parent.mkdir()
    storage = AsyncSqliteStorage(database_path=path)
    await storage.get_entries("nothing")  # makes the tables
    await storage.close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO entries (id, cache_key, data, last_accessed_at) VALUES ('a', 'b', 'c', 0)")
        connection.execute("INSERT INTO streams VALUES ('a', 0, 'd')")
    connection.close()

    def left() -> int:
        connection = sqlite3.connect(path)
        [count] = connection.execute(
            "SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM streams)"
        ).fetchone()
        connection.close()
        return int(count)

    await clear(database, settings, ANSWERS)
    assert left() == 2
    await clear(database, settings, "outbound")
    assert left() == 0


def test_whoever_joins_is_noticed_until_the_owner_starts_again(tmp_path: Path):
    (tmp_path / "run").mkdir()
    owner, command = Beside(tmp_path), Beside(tmp_path)
    owner.forget()
    assert not owner()
    command.join()
    assert owner()
    owner.forget()
    assert owner(), "it is still there, and may write to the next owner's database"
    command.leave()
    assert owner()
    owner.forget()
    assert not owner()


def test_a_memory_keeps_within_its_bytes_and_tells_what_it_did():
    class Piece:
        def __init__(self, size: int) -> None:
            self.size = size

        def size_bytes(self) -> int:
            return self.size

    memory: BoundedMemory[int, Piece] = BoundedMemory("of_a_test", 100)
    assert not memory.put(0, Piece(26))
    for number in range(5):
        assert memory.put(number, Piece(25))
    memory.get(1)
    memory.put(9, Piece(25))
    assert [number for number in range(10) if memory.get(number)] == [1, 3, 4, 9]
    assert not memory.drop(1, Piece(25))
    assert memory.drop(1, memory.get(1))
    [layer] = [layer for layer in layers() if layer.name == "of_a_test"]
    assert (layer.held_bytes, layer.evicted) == (75, 2)
    memory.clear()
    assert (len(memory), memory.held_bytes) == (0, 0)
