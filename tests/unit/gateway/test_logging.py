"""What a log line holds, and what it must never hold."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from finsage.platform.telemetry import ACCESS_LOG, LOG_LINES_LOST, TRACE_ID, configure_logging

CANARY = "canary-5f2c9e"


@pytest.fixture
def stream():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()
    ACCESS_LOG.configure(None, is_on=True)


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ecs_lines_have_their_names(stream):
    configure_logging("ecs", "info", stream=stream)
    token = TRACE_ID.set("ab" * 16)
    structlog.get_logger().warning("it rained", **{"event.action": "weather", "amount": 3})
    logging.getLogger("some.library").error("gave up after %d tries", 5)
    TRACE_ID.reset(token)
    ours, theirs = lines(stream)
    assert ours["@timestamp"].endswith("Z")
    assert (ours["log.level"], ours["message"], ours["event.action"]) == ("warning", "it rained", "weather")
    assert ours["trace.id"] == theirs["trace.id"] == "ab" * 16
    assert (theirs["log.level"], theirs["message"], theirs["log.logger"]) == (
        "error",
        "gave up after 5 tries",
        "some.library",
    )


def test_a_traceback_is_one_field(stream):
    configure_logging("ecs", "info", stream=stream)
    try:
        raise KeyError("gone")
    except KeyError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = lines(stream)
    assert "KeyError" in line["error.stack_trace"]


@pytest.mark.parametrize("log_format", ["ecs", "console"])
def test_no_secret_is_written(stream, log_format):
    configure_logging(log_format, "debug", stream=stream)
    log = structlog.get_logger()
    log.info(
        "hello",
        password=CANARY,
        new_password=CANARY,
        csrf_token=CANARY,
        Authorization=CANARY,
        set_cookie=CANARY,
        body={"user": {"refresh_token": CANARY, "secrets": [CANARY]}},
        header=f"Bearer {CANARY}",
        url=f"postgresql://finsage:{CANARY}@host/db",
        key=f"fsr_{CANARY}-{CANARY}",
    )
    log.info(f"signing in with Bearer {CANARY}")  # noqa: G004 - what must not be done, done
    logging.getLogger("uvicorn.error").warning("GET /x?password=%s", CANARY)
    try:
        raise RuntimeError(f"could not connect to postgresql://u:{CANARY}@h/d")
    except RuntimeError as error:
        log.error("failed", exc_info=error)  # noqa: TRY400 - structlog
    assert CANARY not in stream.getvalue()
    assert stream.getvalue().count("[redacted]") >= 9


def test_what_is_no_secret_stays(stream):
    configure_logging("ecs", "info", stream=stream)
    structlog.get_logger().info("x", tokens_count=3, asset="SEED", cookies_accepted=True)
    assert {"tokens_count": 3, "asset": "SEED", "cookies_accepted": True}.items() <= lines(stream)[0].items()


def test_less_severe_lines_are_left_out(stream):
    configure_logging("ecs", "warning", stream=stream)
    structlog.get_logger().info("quiet")
    assert not ACCESS_LOG.is_on
    assert stream.getvalue() == ""


class FullDisk(io.StringIO):
    def write(self, text):  # noqa: ARG002
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_stops_nothing(stream):
    configure_logging("ecs", "info", stream=FullDisk())
    before = LOG_LINES_LOST._value.get()
    structlog.get_logger().info("lost")
    ACCESS_LOG.write({"http.route": "/x"})
    assert LOG_LINES_LOST._value.get() > before
