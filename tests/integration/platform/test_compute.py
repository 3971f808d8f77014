"""The compute process itself: when it comes, what crosses to it and back, and when it goes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from finsage.errors import Limited
from finsage.platform.compute import (
    HEAVY_FROM,
    ComputeInterrupted,
    ComputeProcess,
    Elsewhere,
    FailedElsewhere,
    has_compute,
    weigh,
)

from .compute_nest import MODULE
from .conftest import status_of, wait_until

pytestmark = pytest.mark.anyio

NEST = Path(__file__).with_name("compute_nest.py")


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NEST.parent))


@pytest.fixture
async def compute() -> AsyncIterator[ComputeProcess]:
    compute = ComputeProcess(MODULE, "given")
    yield compute
    await compute.close()


async def _ask(compute: ComputeProcess, kind: str, word: str = "word") -> list[Any]:
    async with compute.working((kind, word)) as messages:
        return [message async for message in messages]


async def _until(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come about")


def _is_alive(pid: int) -> bool:
    return status_of(pid).get("State", "Z")[0] != "Z"


async def test_it_starts_with_the_first_work_and_does_the_next_too(compute):
    assert compute.pid is None
    [[pid, given, word]] = await _ask(compute, "tell")
    assert (given, word) == ("given", "word")
    assert pid == compute.pid != os.getpid()
    answers = await asyncio.gather(*(_ask(compute, "tell", f"word {number}") for number in range(20)))
    assert answers == [[(pid, "given", f"word {number}")] for number in range(20)]


async def test_an_error_comes_back_as_it_was_raised(compute):
    with pytest.raises(Limited, match="slowly") as raised:
        await _ask(compute, "refuse", "slowly")
    assert (raised.value.retry_after_seconds, raised.value.members) == (7, {"limit": "nest"})


async def test_a_fault_is_logged_where_it_happened_and_is_a_fault_here(compute, capfd):
    with pytest.raises(FailedElsewhere, match="Fault"):
        await _ask(compute, "fault", "the reason")
    assert "the reason" in capfd.readouterr().err
    assert len(await _ask(compute, "tell")) == 1


async def test_its_death_interrupts_the_work_and_the_next_starts_another(compute):
    [[first, *_]] = await _ask(compute, "tell")
    with pytest.raises(ComputeInterrupted):
        await _ask(compute, "die")
    [[second, *_]] = await _ask(compute, "tell")
    assert second != first


async def test_whoever_leaves_cancels_the_work(compute, tmp_path):
    mark = tmp_path / "cancelled"
    async with compute.working(("wait", str(mark))) as messages:
        await anext(messages)
        assert not mark.exists()
    await _until(mark.exists)


async def test_it_goes_when_there_is_nothing_to_do():
    compute = ComputeProcess(MODULE, "given", idle_seconds=0)
    [[pid, *_]] = await _ask(compute, "tell")
    await _until(lambda: not _is_alive(pid))
    [[again, *_]] = await _ask(compute, "tell")
    assert again != pid
    await compute.close()


async def test_closing_ends_it_in_the_middle_of_work(compute, tmp_path):
    async with compute.working(("wait", str(tmp_path / "mark"))) as messages:
        pid, *_ = await anext(messages)
        await compute.close()
        with pytest.raises(ComputeInterrupted):
            await anext(messages)
    assert not _is_alive(pid)


def test_it_dies_with_the_process_that_started_it(tmp_path):
    with subprocess.Popen([sys.executable, NEST, tmp_path / "mark"], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _is_alive(pid)
        parent.kill()
    wait_until(lambda: not _is_alive(pid))


async def test_only_heavy_work_is_sent_away_and_only_where_there_is_a_process_for_it():
    weigh(HEAVY_FROM)
    has_compute(is_so=True)
    weigh(HEAVY_FROM - 1)
    with pytest.raises(Elsewhere):
        weigh(HEAVY_FROM)
    has_compute(is_so=False)
