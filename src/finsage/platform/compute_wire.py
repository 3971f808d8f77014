"""What crosses between the process that answers requests and the compute process: MessagePack of these shapes.

Nothing here names code to run: a message holds plain values, and an error is found again by its name among those of
FinSage.
"""

from __future__ import annotations

import struct
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec

from finsage.errors import Fault, FinSageError
from finsage.platform.audit import Origin
from finsage.platform.caller import Caller

LENGTH = struct.Struct(">Q")


class RequestWork(msgspec.Struct, frozen=True, tag="request"):
    """A request after the gateway's stages: the plain members of its ASGI scope, who asks, its body and where from."""

    scope: dict[str, Any]
    caller: Caller | None
    body: bytes
    origin: Origin | None


class JobWork(msgspec.Struct, frozen=True, tag="job"):
    """A job that has begun. Its one message is a ``JobDone``."""

    name: str
    job_id: UUID
    tenant_id: UUID
    payload: dict[str, Any]
    tries: int
    trace_id: str

    def context(self) -> dict[str, Any]:
        """The members of the job's context."""
        return {name: getattr(self, name) for name in ("name", "job_id", "tenant_id", "payload", "tries")}


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The first message of a piece of work: the compute process has taken it."""


class Part(msgspec.Struct, frozen=True, tag="part"):
    """A piece of an answer: an ASGI message of plain values."""

    message: dict[str, Any]


class JobDone(msgspec.Struct, frozen=True, tag="job_done"):
    """What a job's function left in its context; ``was_done`` where an earlier try had its effect."""

    is_done: bool = False
    result_url: str | None = None
    was_done: bool = False


class SentError(msgspec.Struct, frozen=True):
    """An error, by the name of its class; without a module where it means nothing to whoever asked."""

    module: str
    name: str
    detail: str
    faults: tuple[Fault, ...] = ()
    members: dict[str, Any] = {}
    retry_after_seconds: int | None = None


class End(msgspec.Struct, frozen=True, tag="end"):
    """The last message of a piece of work."""

    error: SentError | None = None


_PLAIN_ERRORS = (TimeoutError, ConnectionError)
_PLAIN_MODULE = "builtins"
Work = RequestWork | JobWork
Answer = Begun | Part | JobDone
_encoder = msgspec.msgpack.Encoder(enc_hook=str)
_decoder: msgspec.msgpack.Decoder[Work | Answer | End] = msgspec.msgpack.Decoder(Work | Answer | End)


def framed(packed: bytes) -> bytes:
    """Bytes as they travel, their length before them."""
    return LENGTH.pack(len(packed)) + packed


def frame(message: Work | Answer | End) -> bytes:
    """A message as it travels."""
    return framed(_encoder.encode(message))


def unpacked(packed: bytes) -> Work | Answer | End:
    """The message in a frame.

    Raises:
        msgspec.ValidationError: it is none of these shapes.
    """
    return _decoder.decode(packed)


def pairs(headers: list[list[bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them; MessagePack knows no tuples."""
    return [(name, value) for name, value in headers]


def sent(error: Exception) -> SentError | None:
    """An error as it travels; None for one that means nothing to whoever asked for the work."""
    if isinstance(error, FinSageError):
        cls = type(error)
        seconds: int | None = getattr(error, "retry_after_seconds", None)
        return SentError(cls.__module__, cls.__qualname__, error.detail, error.faults, error.members, seconds)
    for plain in _PLAIN_ERRORS:
        if isinstance(error, plain):
            return SentError(_PLAIN_MODULE, plain.__name__, str(error))
    return None


def raised(error: SentError) -> Exception:
    """The error that was sent.

    Raises:
        LookupError: there is no such error.
    """
    if error.module == _PLAIN_MODULE:
        return {cls.__name__: cls for cls in _PLAIN_ERRORS}[error.name](error.detail)
    if not error.module.startswith("finsage."):
        raise LookupError(error.module)
    cls: object = getattr(import_module(error.module), error.name, None)
    if not (isinstance(cls, type) and issubclass(cls, FinSageError)):
        raise LookupError(f"{error.module}.{error.name}")  # noqa: TRY004 - the name is what is wrong
    members = dict(error.members)
    if error.retry_after_seconds is not None:
        members["retry_after_seconds"] = error.retry_after_seconds
    return cls(error.detail, faults=error.faults, **members)
