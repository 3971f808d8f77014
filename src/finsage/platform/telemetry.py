"""What the process tells its operator: log lines, counters and the trace id that ties them together.

Logs are structlog: readable on a terminal, ECS JSON elsewhere. Metrics live in one registry of the process, because
that is what a scraper reads. Labels never hold a tenant, user, asset, address or raw path, so the number of series is
bounded.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TextIO, cast

import msgspec
import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from finsage.platform.database import Database

TRACE_ID: ContextVar[str] = ContextVar("finsage_trace_id", default="")
"""The trace of the request, job or command at hand: 32 hexadecimal digits, empty outside of any."""

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

LOG_LINES_LOST = Counter("finsage_log_lines_lost", "Log lines that could not be written", registry=REGISTRY)
HTTP_PROBLEMS = Counter("finsage_http_problems", "Problems answered", ("type", "status"), registry=REGISTRY)
CACHE_REQUESTS = Counter("finsage_cache_requests", "Look-ups in a cache", ("cache", "result"), registry=REGISTRY)
CACHE_BYTES = Gauge("finsage_cache_bytes", "Bytes held by a cache", ("cache",), registry=REGISTRY)
CACHE_EVICTIONS = Counter("finsage_cache_evictions", "Entries dropped to make room", ("cache",), registry=REGISTRY)
RATE_LIMITED = Counter("finsage_rate_limited", "Requests refused by a limit", ("limit",), registry=REGISTRY)
AUTH_ATTEMPTS = Counter(
    "finsage_auth_attempts", "Credentials presented with a request", ("method", "outcome"), registry=REGISTRY
)


class DatabasePoolCollector(Collector):
    """The state of the connection pool, read when it is scraped."""

    def __init__(self, database: Database) -> None:
        self._pool: Any = database.engine.pool

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily("finsage_db_pool_connections", "Connections by state", labels=["state"])
        family.add_metric(["in_use"], self._pool.checkedout())
        family.add_metric(["idle"], self._pool.checkedin())
        yield family


def exposition() -> bytes:
    """Every metric of the process in the Prometheus text format."""
    return generate_latest(REGISTRY)


# A value under one of these names is never written; a name matches as a whole word or at its end (``new_password``).
_SECRET_NAME = re.compile(
    r"(?i)(^|[_.\-])(password|passwd|passphrase|secret|token|authorization|cookie|credential|dsn|private_key|seed|otp)s?$"
)
# What a secret of ours, a bearer header, a signed token or an address with a password looks like inside a text.
_SECRET_TEXT = re.compile(
    r"(?i)\bbearer\s+[\w.~+/=-]+|\bf(?:s|sr|sa)_[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
    r"|(?<=password=)[^\s&'\"]+"
    # The database quotes the row that it refuses: amounts, addresses, hashes.
    r"|(?<=DETAIL:  )(?s:.*?)(?=\n\[SQL: |\n\nThe above exception |\Z)"
)
REDACTED = "[redacted]"
_PLAIN = (int, float, bool, type(None))


IS_CLEAN = "_is_clean"
"""A field that vouches for the others: they were chosen and redacted by who logs them, for lines on the hot path."""


def redact_text(text: str) -> str:
    """The text without what looks like a secret."""
    lower = text.lower()
    if (
        "_" in lower or "bearer" in lower or "eyj" in lower or "://" in lower
        or "password=" in lower or "detail:" in lower
    ):  # fmt: skip
        return _SECRET_TEXT.sub(REDACTED, text)
    return text  # none of the patterns can match: the search would cost more than the rest of a line


def redact(value: object, name: str = "") -> object:
    """The value with secrets blanked, by the name it stands under and by what it looks like."""
    if name and _SECRET_NAME.search(name):
        return REDACTED
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {str(key): redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item) for item in value]
    return redact_text(str(value))


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that blanks secrets in every field."""
    if event.pop(IS_CLEAN, False):
        return event
    for name, value in event.items():
        event[name] = redact(value, name)
    return event


def add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that names the trace at hand."""
    if "trace.id" not in event and (trace := TRACE_ID.get()):
        event["trace.id"] = trace
    return event


_SERVICE = {"service.name": "finsage", "ecs.version": "8.17"}


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _timestamp() -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(seconds)}.{nanoseconds // 1000:06d}Z"


def to_ecs(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that gives fields their Elastic Common Schema names."""
    level = event.pop("level", None) or {"exception": "error", "warn": "warning"}.get(method, method)
    line: dict[str, Any] = {
        "@timestamp": _timestamp(),
        "log.level": level,
        "message": event.pop("event", ""),
        **_SERVICE,
    }
    if "logger" in event:
        line["log.logger"] = event.pop("logger")
    if "exception" in event:
        line["error.stack_trace"] = event.pop("exception")
    line.update(event)
    return line


def render_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """A structlog renderer: one JSON object; what JSON does not know becomes text."""
    return msgspec.json.encode(event, enc_hook=str).decode()


class LossyStream:
    """A text stream whose failures are counted and otherwise ignored: a full disk must not stop an answer."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            LOG_LINES_LOST.inc()
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError:
            LOG_LINES_LOST.inc()


class AccessLog:
    """Where the line of each request goes. It skips structlog's chain for JSON: the fields are known and clean."""

    def __init__(self) -> None:
        self._stream: LossyStream | None = None
        self.is_on = True

    def configure(self, stream: LossyStream | None, *, is_on: bool) -> None:
        """Write JSON to the stream, or hand lines to structlog where there is none."""
        self._stream, self.is_on = stream, is_on

    def write(self, fields: dict[str, Any]) -> None:
        """Write one line; the caller vouches that no field holds a secret."""
        if self._stream is None:
            structlog.get_logger().info("request", **fields, **{IS_CLEAN: True})
            return
        line = {"@timestamp": _timestamp(), "log.level": "info", "message": "request", **_SERVICE, **fields}
        self._stream.write(msgspec.json.encode(line).decode() + "\n")
        self._stream.flush()


ACCESS_LOG = AccessLog()


def configure_logging(
    log_format: Literal["auto", "console", "ecs"], level: str, *, stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's records to one stream in one format.

    Args:
        log_format: console for people, ecs for machines; auto asks the stream whether it is a terminal.
        level: least severity written.
        stream: where to write, standard error when none is given; standard output belongs to data.
    """
    target = stream or sys.stderr
    lossy = LossyStream(target)
    is_ecs = log_format == "ecs" or (log_format == "auto" and not target.isatty())
    shared: list[Any] = [add_trace, structlog.processors.format_exc_info, redact_event]
    last: list[Any] = (
        [to_ecs, render_json]
        if is_ecs
        else [
            structlog.processors.TimeStamper("%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=target.isatty()),
        ]
    )
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *([] if is_ecs else [structlog.processors.add_log_level]), *last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", lossy)),
        cache_logger_on_first_use=False,
    )
    ACCESS_LOG.configure(lossy if is_ecs else None, is_on=threshold <= logging.INFO)
    handler = logging.StreamHandler(lossy)
    add_level, add_name = structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[add_level, add_name, structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for noisy in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(noisy).handlers.clear()
        logging.getLogger(noisy).propagate = True
    logging.getLogger("httpx").setLevel(max(threshold, logging.WARNING))
