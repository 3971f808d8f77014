"""What the gateway costs: requests per second of server CPU, as ratios to a bare FastAPI hello world of the same run.

    uv run --group test python benchmarks/gateway.py [--rounds 7] [--requests 3000]

Four servers, each uvicorn with httptools (and uvloop where it exists) in a process of its own:

    hello     FastAPI, one route that returns {"message": "hello world"}, nothing else
    raw       the smallest ASGI application that answers the same
    full      the same route behind the whole pipeline, memory cache off: trace, log, metrics, bounds, limits,
              identity's verified-token cache, ETag
    uncached  a list of 500 holdings, encoded by msgspec for each request, behind the whole pipeline, memory cache off
    bare-list the same list without the pipeline
    cached    the same list behind the whole pipeline, served from memory

Rounds alternate between the servers; only CPU time of the server process counts (user and system, from the scheduler's
own account where Linux has one); the first round is a warm-up. Median, minimum and maximum of the rounds are printed.
Nothing here fails on a clock.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import uvicorn
from fastapi import FastAPI, Response

from finsage.gateway.identity_door import IdentityAuthenticator
from finsage.gateway.pipeline import build_pipeline
from finsage.gateway.problems import install_problem_handlers
from finsage.identity.service import open_identity
from finsage.identity.service.tokens import hash_secret
from finsage.platform.caller import Caller
from finsage.platform.changes import Changes
from finsage.platform.database import Database
from finsage.platform.settings import Settings
from finsage.platform.telemetry import configure_logging

SERVERS = ("hello", "raw", "raw-list", "full", "cached-hello", "bare-list", "uncached", "cached")
ROWS = 500
CONNECTIONS = 8
COOKIE = "x" * 43
UNLIMITED = 10**9
OFF: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def hello() -> FastAPI:
    app = FastAPI(telemetry=OFF)

    @app.get("/api/v1/hello")
    async def say() -> dict[str, str]:
        return {"message": "hello world"}

    rows = [holding(number) for number in range(ROWS)]

    @app.get("/api/v1/portfolios/{portfolio_id}/holdings")
    async def holdings(portfolio_id: UUID) -> Response:
        return Response(
            msgspec.json.encode({"portfolio_id": portfolio_id, "items": rows}), media_type="application/json"
        )

    return app


def holding(number: int) -> dict[str, object]:
    return {
        "asset_id": str(UUID(int=number)),
        "symbol": f"SYM{number}",
        "quantity": f"{number}.50",
        "price": "101.25",
        "market_value": f"{number * 101}.25",
        "cost_basis": f"{number * 90}.10",
        "unrealised_gain": f"{number * 11}.15",
        "weight": 1 / ROWS,
    }


def raw(body: bytes) -> Any:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        fields = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    return app


def raw_list() -> Any:
    rows = [holding(number) for number in range(ROWS)]
    return raw(msgspec.json.encode({"portfolio_id": UUID(int=7), "items": rows}))


def behind_gateway(*, is_cached: bool) -> Any:
    configure_logging("ecs", "info", stream=open(os.devnull, "w"))  # noqa: SIM115, PTH123 - for the life of the server
    settings = Settings(
        data_dir=Path(tempfile.mkdtemp()),
        address_limit_per_minute=UNLIMITED,
        address_limit_burst=UNLIMITED,
        user_limit_per_minute=UNLIMITED,
        response_cache_bytes=32 * 2**20 if is_cached else 0,
    )
    identity = open_identity(settings)
    scopes = frozenset({"portfolio:read", "portfolio:write", "market:read", "market:write"})
    caller = Caller(UUID(int=1), UUID(int=2), "owner", scopes, "session", UUID(int=3))
    identity.callers.keep(hash_secret(COOKIE), caller, UNLIMITED)
    # No statement is sent: the verified caller comes from identity's memory, as on every request but one a minute.
    database = Database("", pool_size=1)
    app = hello()
    install_problem_handlers(app)
    return build_pipeline(
        app,
        settings=settings,
        changes=Changes(),
        authenticator=IdentityAuthenticator(database, identity),
        public_routes=frozenset(),
        checks={},
    )


def serve(name: str) -> None:
    app: Any = {
        "hello": hello,
        "bare-list": hello,
        "raw": lambda: raw(b'{"message":"hello world"}'),
        "raw-list": raw_list,
    }.get(name, lambda: behind_gateway(is_cached=name.startswith("cached")))()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    # Connections wait while the other servers have their round.
    config = uvicorn.Config(
        app,
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=600,
    )
    uvicorn.Server(config).run(sockets=[listener])


class Client:
    """A few keep-alive connections that each wait for an answer before they ask again."""

    def __init__(self, port: int, path: str) -> None:
        self._connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        fields = (
            f"host: 127.0.0.1:{port}\r\naccept: application/json\r\naccept-language: en\r\ncookie: finsage={COOKIE}"
        )
        self._request = f"GET {path} HTTP/1.1\r\n{fields}\r\nuser-agent: benchmark\r\n\r\n".encode()
        self.last = b""

    def run(self, count: int) -> None:
        for _ in range(count // CONNECTIONS):
            for connection in self._connections:
                connection.sendall(self._request)
            for connection in self._connections:
                self.last = read_answer(connection)


def read_answer(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection, 2**18)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    assert b" 200 " in head[:16], head
    chunks = [body]
    while (missing := length - sum(map(len, chunks))) > 0:
        chunks.append(_received(connection, missing))
    return head + b"\r\n\r\n" + b"".join(chunks)


def _received(connection: socket.socket, bytes_max: int) -> bytes:
    data = connection.recv(bytes_max)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


def cpu_seconds(pid: int) -> float:
    tasks = Path(f"/proc/{pid}/task")
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
    except OSError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(rounds: int, requests: int) -> dict[str, list[float]]:
    processes = {
        name: subprocess.Popen([sys.executable, __file__, "--serve", name], stdout=subprocess.PIPE, text=True)
        for name in SERVERS
    }
    try:
        clients = {name: Client(int(_first_line(process)), _path(name)) for name, process in processes.items()}
        micros: dict[str, list[float]] = {name: [] for name in SERVERS}
        for number in range(rounds + 1):
            for name in SERVERS:
                before = cpu_seconds(processes[name].pid)
                clients[name].run(requests)
                if number:
                    micros[name].append((cpu_seconds(processes[name].pid) - before) / requests * 1e6)
        assert b"cache-status: finsage; hit" in clients["cached"].last
        sizes = {name: len(client.last) for name, client in clients.items()}
    finally:
        for process in processes.values():
            process.terminate()
            process.wait()
    print("bytes per answer:", sizes)
    return micros


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    time.sleep(0.5)  # the socket accepts from here on, the loop a moment later
    return line


def _path(name: str) -> str:
    is_list = "list" in name or name in ("uncached", "cached")
    return f"/api/v1/portfolios/{UUID(int=7)}/holdings?as_of=2026-01-02" if is_list else "/api/v1/hello"


def report(micros: dict[str, list[float]]) -> None:
    print(f"\n{'server':10} {'CPU µs per request':>28}   requests per CPU second as a ratio to hello")
    for name in SERVERS:
        ratios = [base / own for base, own in zip(micros["hello"], micros[name], strict=True)]
        own = micros[name]
        print(
            f"{name:10} {statistics.median(own):9.1f} ({min(own):6.1f} to {max(own):6.1f})"
            f"   {statistics.median(ratios):5.2f} ({min(ratios):4.2f} to {max(ratios):4.2f})"
        )
    listed = [bare / own for bare, own in zip(micros["bare-list"], micros["uncached"], strict=True)]
    raws = [base / own for base, own in zip(micros["raw"], micros["cached"], strict=True)]
    print(f"\ncached list / hello          {_median_ratio(micros, 'hello', 'cached'):5.2f}   (aim 2)")
    print(f"cached list / raw ASGI       {statistics.median(raws):5.2f}   (aim 0.8)")
    print(f"full chain / hello           {_median_ratio(micros, 'hello', 'full'):5.2f}   (aim 0.6)")
    print(f"uncached list / bare list    {statistics.median(listed):5.2f}")
    print(f"cached list / bare list      {_median_ratio(micros, 'bare-list', 'cached'):5.2f}")


def _median_ratio(micros: dict[str, list[float]], base: str, name: str) -> float:
    return statistics.median(b / own for b, own in zip(micros[base], micros[name], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
    else:
        report(measure(arguments.rounds, arguments.requests))


if __name__ == "__main__":
    main()
