"""The compute process itself: when it comes, what crosses to it and back, and when it goes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from finsage.errors import Fault, Limited
from finsage.platform.audit import Origin
from finsage.platform.caller import Caller
from finsage.platform.compute import (
    HEAVY_FROM,
    ComputeInterrupted,
    ComputeProcess,
    Elsewhere,
    FailedElsewhere,
    has_compute,
    open_compute,
    weigh,
)
from finsage.platform.compute_wire import End, JobWork, Part, RequestWork, SentError, frame, raised, sent, unpacked
from finsage.platform.telemetry import REGISTRY
from finsage.portfolio.errors import InsufficientQuantity

from .compute_nest import MODULE, work_of
from .conftest import status_of, wait_until

pytestmark = pytest.mark.anyio

NEST = Path(__file__).with_name("compute_nest.py")


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(NEST.parent))


@pytest.fixture
async def compute() -> AsyncIterator[ComputeProcess]:
    compute = ComputeProcess(MODULE, b"given")
    yield compute
    await compute.close()


async def _ask(compute: ComputeProcess, kind: str, word: str = "word") -> list[dict[str, Any]]:
    async with compute.working(work_of(kind, word)) as messages:
        return [message.message async for message in messages if isinstance(message, Part)]


async def _pid_of(compute: ComputeProcess) -> int:
    [told] = await _ask(compute, "tell")
    return int(told["pid"])


def _counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"finsage_compute_{name}", labels) or 0.0


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
    [told] = await _ask(compute, "tell")
    assert told == {"pid": compute.pid, "given": b"given", "word": "word"}
    assert compute.pid != os.getpid()
    answers = await asyncio.gather(*(_ask(compute, "tell", f"word {number}") for number in range(20)))
    assert answers == [[told | {"word": f"word {number}"}] for number in range(20)]


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
    first = await _pid_of(compute)
    with pytest.raises(ComputeInterrupted):
        await _ask(compute, "die")
    assert await _pid_of(compute) != first


async def test_whoever_leaves_cancels_the_work(compute, tmp_path):
    mark = tmp_path / "cancelled"
    async with compute.working(work_of("wait", str(mark))) as messages:
        await anext(messages)
        assert not mark.exists()
    await _until(mark.exists)


async def test_it_goes_when_there_is_nothing_to_do():
    compute = ComputeProcess(MODULE, b"given", idle_seconds=0)
    pid = await _pid_of(compute)
    await _until(lambda: not _is_alive(pid))
    assert await _pid_of(compute) != pid
    await compute.close()


async def test_closing_ends_it_in_the_middle_of_work(compute, tmp_path):
    async with compute.working(work_of("wait", str(tmp_path / "mark"))) as messages:
        await anext(messages)
        pid = compute.pid
        assert pid is not None
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
    # Neither its transactions nor its closes alone are too much.
    with pytest.raises(Elsewhere):
        weigh(1)
    has_compute(is_so=True)
    with pytest.raises(Elsewhere):
        weigh(HEAVY_FROM)
    has_compute(is_so=False)


async def test_it_counts_what_it_has_and_what_became_of_it(compute, tmp_path):
    before = {
        outcome: _counted("work_total", kind="job", outcome=outcome)
        for outcome in ("done", "refused", "failed", "interrupted", "left")
    }
    starts, deaths = _counted("starts_total"), _counted("ends_total", reason="died")
    seconds = _counted("work_seconds_total", kind="job")
    async with compute.working(work_of("wait", str(tmp_path / "mark"))) as messages:
        assert _counted("waiting", kind="job") == 1
        await anext(messages)
        assert (_counted("busy", kind="job"), _counted("waiting", kind="job"), _counted("running")) == (1, 0, 1)
    await _ask(compute, "done")
    for kind, error in (("refuse", Limited), ("fault", FailedElsewhere), ("die", ComputeInterrupted)):
        with pytest.raises(error):
            await _ask(compute, kind)
    after = {outcome: _counted("work_total", kind="job", outcome=outcome) - count for outcome, count in before.items()}
    assert after == dict.fromkeys(before, 1)
    assert (_counted("busy", kind="job"), _counted("waiting", kind="job"), _counted("running")) == (0, 0, 0)
    assert (_counted("starts_total") - starts, _counted("ends_total", reason="died") - deaths) == (1, 1)
    assert _counted("work_seconds_total", kind="job") > seconds


@pytest.mark.parametrize(
    ("module", "name"), [(socket, "send_fds"), (socket, "AF_UNIX"), (asyncio, "open_unix_connection")]
)
def test_where_no_process_can_be_handed_sockets_there_is_none_and_the_log_says_so(module, name, monkeypatch, caplog):
    monkeypatch.delattr(module, name)
    caplog.set_level("WARNING", "finsage.compute")
    assert open_compute(MODULE, b"") is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "no compute process" in caplog.text


CALLER = Caller(UUID(int=1), UUID(int=2), "owner", frozenset({"portfolio:read"}), "session", UUID(int=3))


@pytest.mark.parametrize(
    "message",
    [
        JobWork("name", UUID(int=1), UUID(int=2), {"a": [1, None, {"b": "c"}]}, 2, "trace"),
        RequestWork({"path": "/", "headers": [[b"a", b"b"]]}, CALLER, b"\x00\xff", Origin("::1", "trace")),
        RequestWork({}, None, b"", None),
        Part({"type": "http.response.body", "body": b"\xff", "more_body": True}),
    ],
)
def test_a_message_arrives_as_it_was_sent(message):
    assert unpacked(frame(message)[8:]) == message


def test_errors_are_found_again_by_name_and_nothing_else_is():
    error = InsufficientQuantity("too few", faults=(Fault("/a", "b"),), missing=Decimal("1.5"), asset_id=UUID(int=1))
    end = unpacked(frame(End(sent(error)))[8:])
    assert isinstance(end, End)
    assert end.error is not None
    again = raised(end.error)
    assert type(again) is InsufficientQuantity
    assert (again.detail, again.faults) == (error.detail, error.faults)
    # As the problem document writes them.
    assert again.members == {"missing": "1.5", "asset_id": str(UUID(int=1))}
    reset = sent(ConnectionResetError("gone"))
    assert reset is not None
    assert type(raised(reset)) is ConnectionError
    assert sent(ValueError("a fault")) is None
    for module, name in (("os", "system"), ("builtins", "eval"), ("finsage.errors", "Fault"), ("", "ValueError")):
        with pytest.raises(LookupError):
            raised(SentError(module, name, ""))
