"""The trace context of a request: accepted from the caller when it is valid, made here otherwise.

Source: W3C Trace Context, section 3.2 (traceparent).
"""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

_VERSION_0 = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
# A later version may append fields after a dash; its first four mean the same.
_LATER = re.compile(rb"(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[\x21-\x7e]*)?")
_NO_TRACE = b"0" * 32
_NO_SPAN = b"0" * 16


class Trace(NamedTuple):
    """The trace a request belongs to and our own span in it, hexadecimal."""

    trace_id: str
    span_id: str
    flags: str = "00"

    def header(self) -> bytes:
        """The value of the ``traceparent`` header that names our span."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}".encode()


def parse_traceparent(value: bytes) -> tuple[str, str, str] | None:
    """Trace id, parent span id and flags, or None where the header is invalid and must be ignored."""
    match = _VERSION_0.fullmatch(value) or _LATER.fullmatch(value)
    if match is None or match[1] == _NO_TRACE or match[2] == _NO_SPAN:
        return None
    return match[1].decode(), match[2].decode(), match[3].decode()


def trace_of(traceparent: bytes | None) -> Trace:
    """Continue the caller's trace where its header is valid, else start one."""
    parent = parse_traceparent(traceparent) if traceparent is not None else None
    fresh = secrets.token_hex(24)
    if parent is None:
        return Trace(fresh[:32], fresh[32:])
    # Only the sampled bit is defined by version 00; the others must be sent as zero.
    return Trace(parent[0], fresh[32:], "01" if int(parent[2], 16) & 1 else "00")
