"""A server on loopback that answers as a service outside would, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

import uvicorn


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    raw_query: str = ""
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What is sent: ``pace`` seconds before each of the pieces of ``piece`` bytes; ``cut`` breaks off half way."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pace: float = 0.0
    piece: int = 65536
    cut: bool = False


Answering = Callable[[Asked], Reply]


def json_reply(value: Any, **headers: str) -> Reply:
    return Reply(json.dumps(value).encode(), headers={"content-type": "application/json", **headers})


NOT_FOUND = Reply(b'{"error": "not found"}', 404, {"content-type": "application/json"})


# What any service may do wrong. Those that depend on its shapes stand beside the shapes.

FAULTS: dict[str, Callable[[Reply], Reply]] = {
    "limited": lambda _: Reply(b"{}", 429, {"retry-after": "7"}),
    "failed": lambda _: Reply(b"oops", 500),
    "drip": lambda good: replace(good, pace=0.2, piece=1),
    "truncated": lambda good: replace(good, body=good.body[: len(good.body) * 2 // 3]),
    "cut": lambda good: replace(good, cut=True),
    "html": lambda _: Reply(b"<!doctype html><html><body>Sorry</body></html>", 200, {"content-type": "text/html"}),
    "empty": lambda good: replace(good, body=b""),
}


class _Server(uvicorn.Server):
    """Ends when it is told to: uvicorn's own looks ten times a second whether it was."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)  # writes the headers that every answer has
        if not self.should_exit:
            await self._told.wait()

    def end(self) -> None:
        self.should_exit = self.force_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


class ReplayServer:
    """A real server in a thread of its own; ``answer`` may be replaced between requests."""

    def __init__(self, answer: Answering, tls: tuple[Path, Path] | None = None) -> None:
        self.answer = answer
        self.fault: Callable[[Reply], Reply] | None = None
        self.asked: list[Asked] = []
        self.server_names: list[str | None] = []
        self.at_once = 0
        self.at_once_max = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        # asyncio leaves sockets alone that it did not make: without this each kept-alive answer takes 44 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        self.scheme = "https" if tls else "http"
        config = uvicorn.Config(
            self._app, interface="asgi3", log_level="critical", lifespan="off", loop="asyncio", timeout_graceful_shutdown=1,
            ssl_certfile=tls and str(tls[0]), ssl_keyfile=tls and str(tls[1]),
        )  # fmt: skip
        config.load()
        if config.ssl is not None:
            config.ssl.sni_callback = self._note_server_name
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.end()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._socket]))

    def _note_server_name(self, *names: Any) -> None:
        self.server_names.append(names[1])

    async def _app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked = Asked(
            scope["path"],
            {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()},
            {name.decode(): value.decode() for name, value in scope["headers"]},
            scope["method"],
            scope["query_string"].decode(),
            await _body(receive) if scope["method"] == "PUT" else b"",
        )
        self.asked.append(asked)
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        try:
            reply = self.answer(asked)
            await _send(self.fault(reply) if self.fault else reply, send)
        finally:
            self.at_once -= 1


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _send(reply: Reply, send: Any) -> None:
    headers = {"content-length": str(len(reply.body)), **reply.headers}
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    body = reply.body[: len(reply.body) // 2] if reply.cut else reply.body
    for start in range(0, len(body), reply.piece):
        if reply.pace:
            await asyncio.sleep(reply.pace)
        await send({"type": "http.response.body", "body": body[start : start + reply.piece], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
