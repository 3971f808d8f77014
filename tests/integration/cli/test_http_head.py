"""Heads that do not end, do not come, or come in pieces, sent to the server's own parser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from finsage.cli import http_head
from finsage.cli.http_head import HEAD_BYTES_MAX, BoundedHead

pytestmark = pytest.mark.anyio

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(scope, receive, send):
    """The body; of a request to /names the names of its headers, as they are when the body has come."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if scope["path"] == "/names":
        body = b" ".join(name for name, _ in scope["headers"])
    fields = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected() -> AsyncIterator[Pair]:
    config = uvicorn.Config(echo, lifespan="off", log_config=None, ws="none")
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedHead(config, ServerState(), {}, loop), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    yield reader, writer
    writer.close()
    server.close()


async def poured(writer: asyncio.StreamWriter, piece: bytes, pieces: int) -> None:
    try:
        for _ in range(pieces):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
    except ConnectionError:
        return


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nhost: here\r\nx: ", b"GET /", b"\r\n"])
async def test_a_head_without_an_end_is_cut_off(start: bytes):
    async with connected() as (reader, writer):
        writer.write(start)
        piece = b"\r\n" * 2048 if start == b"\r\n" else b"a" * 4096
        await poured(writer, piece, 4 * HEAD_BYTES_MAX // 4096)
        try:
            answer = await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return  # it hung up while we were still sending
        assert answer.startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: he"])
async def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, sent: bytes):
    monkeypatch.setattr(http_head, "HEAD_SECONDS_MAX", 0.1)
    async with connected() as (reader, writer):
        writer.write(sent)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408")


CHUNKED = b"POST %s HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("start", [b"0\r\nx: ", b"1;x=", b"1\r\na\r\n0\r\nx: "])
async def test_sizes_and_trailers_of_chunks_without_an_end_are_cut_off(start: bytes):
    async with connected() as (reader, writer):
        writer.write(CHUNKED % b"/" + start)
        await poured(writer, b"a" * 4096, 16 * HEAD_BYTES_MAX // 4096)
        try:
            answer = await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return
        assert answer.startswith(b"HTTP/1.1 431")


async def test_a_trailer_does_not_join_the_headers():
    async with connected() as (reader, writer):
        writer.write(CHUNKED % b"/names" + b"1;x=y\r\na\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"0\r\nauthorization: x\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"host transfer-encoding"), 5)
        assert b"HTTP/1.1 200" in answer
        writer.write(CHUNKED % b"/names" + b"0\r\n\r\n")
        assert b"HTTP/1.1 200" in await asyncio.wait_for(reader.readuntil(b"host transfer-encoding"), 5)


@pytest.mark.parametrize("blank", [b"\r", b"\n", b"\r\n"])
async def test_blank_lines_after_a_request_hold_no_connection(monkeypatch: pytest.MonkeyPatch, blank: bytes):
    async with connected() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        monkeypatch.setattr(http_head, "HEAD_SECONDS_MAX", 0.1)
        writer.write(blank)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408")


async def test_long_bodies_and_requests_in_pieces_pass_one_after_the_other():
    size = 4 * HEAD_BYTES_MAX
    pieces = (b"POST / HTTP/1.1\r\nho", b"st: here\r\ncontent-length: %d\r\n" % size, b"\r\n", b"x" * size)
    async with connected() as (reader, writer):
        for _ in range(3):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert head.startswith(b"HTTP/1.1 200")
            assert len(await reader.readexactly(size)) == size
