"""Trace Context: valid headers continue a trace, everything else starts one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.gateway.trace import parse_traceparent, trace_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
OURS = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-extra",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
        f"0x-{TRACE}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01x",
    ],
)
def test_invalid_headers_are_replaced(header):
    assert parse_traceparent(header.encode()) is None
    trace = trace_of(header.encode())
    assert trace.trace_id != TRACE
    assert OURS.fullmatch(trace.header())


@pytest.mark.parametrize(
    "header", [f"00-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what.ever"]
)
def test_valid_headers_are_continued_with_a_span_of_our_own(header):
    trace = trace_of(header.encode())
    assert (trace.trace_id, trace.flags) == (TRACE, "01")
    assert trace.span_id != SPAN


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_lead_to_a_valid_header(value):
    assert OURS.fullmatch(trace_of(value).header())


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.integers(0, 255))
def test_every_valid_header_keeps_its_trace(trace_id, span_id, flags):
    trace = trace_of(f"00-{trace_id:032x}-{span_id:016x}-{flags:02x}".encode())
    assert int(trace.trace_id, 16) == trace_id
    assert int(trace.flags, 16) == flags & 1
