"""A small application behind the real pipeline; only the people behind the credentials are made up."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from valkey_server import Valkey

from finsage.errors import Conflict, Fault, Forbidden, Invalid, Unauthenticated
from finsage.gateway.pipeline import build_pipeline
from finsage.gateway.problems import install_problem_handlers
from finsage.platform.caller import Caller
from finsage.platform.changes import Changes, tenant_tag
from finsage.platform.settings import Settings
from finsage.platform.telemetry import ACCESS_LOG, configure_logging
from finsage.platform.unit import requires

HERE = "http://127.0.0.1"
OFF: Any = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def person(number: int, *, tenant: int | None = None, scopes: frozenset[str] = frozenset({"portfolio:read"})) -> Caller:
    return Caller(UUID(int=number), UUID(int=tenant or 100 + number), "member", scopes, "session", UUID(int=number))


class People:
    """Credentials known by heart: ``alice`` and ``bob``, by cookie or token."""

    def __init__(self) -> None:
        self.callers = {"alice": person(1), "bob": person(2), "colleague": person(3, tenant=101)}

    def find_session_cookie(self, cookies, *, scheme):  # noqa: ARG002 - the shape of identity's door
        return cookies.get("finsage")

    async def authenticate_session(self, cookie, *, is_use=True):  # noqa: ARG002 - the shape of identity's door
        return self._find(cookie)

    async def authenticate_token(self, token):
        return self._find(token)

    def _find(self, name):
        if name not in self.callers:
            raise Unauthenticated("Nobody by that name.")
        return self.callers[name]

    def check_csrf(self, cookie, *, headers, scheme, host):  # noqa: ARG002 - the shape of identity's door
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Forbidden("Another site.")
        if not hmac.compare_digest(headers.get("x-csrf-token", ""), f"csrf-{cookie}"):
            raise Forbidden("No token.")


class Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: str


class OutOfStock(Conflict):
    """There is none left."""

    asset: str


@dataclass
class World:
    """The application, what it counts, and the knobs of a test."""

    changes: Changes = field(default_factory=Changes)
    computed: int = 0
    body: Any = "first"
    gate: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    seen: dict[str, Any] = field(default_factory=dict)

    def application(self) -> FastAPI:
        app = FastAPI(telemetry=OFF, docs_url=None, redoc_url=None)
        install_problem_handlers(app)
        app.include_router(self._things(), prefix="/api/v1")
        app.include_router(self._faults(), prefix="/api/v1")
        return app

    def _things(self) -> APIRouter:
        router = APIRouter(prefix="/things")

        @router.get("/{thing_id}", name="thing")
        async def thing(thing_id: str, request: Request, caller: Annotated[Caller, requires("portfolio:read")]) -> Any:
            self.computed += 1
            self.seen = {"client": request.client.host if request.client else None, "scheme": request.url.scheme}
            body = self.body
            self.begun.set()
            if self.gate is not None:
                await self.gate.wait()
            return {"id": thing_id, "tenant": str(caller.tenant_id), "body": body}

        @router.post("")
        async def create(draft: Draft, caller: Annotated[Caller, requires("portfolio:read")]) -> Any:
            self.body = draft.amount
            self.changes.bump(tenant_tag(caller.tenant_id))
            return {"amount": draft.amount}

        @router.post("/imports")
        async def upload(file: UploadFile) -> Any:
            return {"bytes": len(await file.read())}

        @router.get("/{thing_id}/cookie")
        async def with_cookie(thing_id: str, response: Response) -> Any:
            self.computed += 1
            response.set_cookie("a", "b")
            return {}

        @router.get("/{thing_id}/private")
        async def no_store(thing_id: str, response: Response) -> Any:
            self.computed += 1
            response.headers["cache-control"] = "no-store"
            return {}

        @router.get("/{thing_id}/export")
        async def export(thing_id: str) -> StreamingResponse:
            self.computed += 1

            async def rows() -> AsyncIterator[bytes]:
                for _ in range(12):
                    yield b"x" * 2**20

            return StreamingResponse(rows(), media_type="text/csv")

        return router

    def _faults(self) -> APIRouter:
        router = APIRouter(prefix="/faults")

        @router.get("/bug")
        async def bug() -> Any:
            raise KeyError("internal-name-of-a-column")

        @router.get("/conflict")
        async def conflict() -> Any:
            raise OutOfStock("Sold out.", asset="SEED")

        @router.get("/invalid")
        async def invalid() -> Any:
            raise Invalid("Two faults.", faults=(Fault("/a", "wrong"), Fault("/b", "worse")))

        @router.get("/late")
        async def late() -> StreamingResponse:
            async def rows() -> AsyncIterator[bytes]:
                yield b"half"
                raise KeyError("boom")

            return StreamingResponse(rows(), media_type="text/event-stream")

        @router.get("/slow")
        async def slow() -> Any:
            await asyncio.sleep(60)

        return router


@pytest.fixture
def world():
    return World()


@pytest.fixture
def log():
    """What is logged during the test, as JSON lines."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("ecs", "info", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.reset_defaults()
    ACCESS_LOG.configure(None, is_on=True)


@pytest.fixture
def build(world, tmp_path, log):
    """Compose a pipeline; keywords of Settings go to the settings, the others to build_pipeline."""

    def build(**options):
        names = set(Settings.model_fields) & set(options)
        settings = Settings(**{"data_dir": tmp_path, **{name: options.pop(name) for name in names}})
        defaults = {
            "settings": settings,
            "changes": world.changes,
            "authenticator": People(),
            "public_routes": frozenset({("POST", "/api/v1/auth/login")}),
            "checks": {},
        }
        return build_pipeline(world.application(), **{**defaults, **options})

    return build


@pytest.fixture
def connect():
    """A client of an ASGI application, from an address."""

    def connect(app, *, address="127.0.0.1", who=None, base_url=HERE):
        headers = {"authorization": f"Bearer {who}"} if who else {}
        transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=(address, 1234))
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers)

    return connect


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Redis of a file of tests."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no fault of Redis, but where that is what a test is about."""
    for name in ("OPERATION_SECONDS_MAX", "CONNECT_SECONDS_MAX", "SLOW_SECONDS"):
        monkeypatch.setattr(f"finsage.platform.shared.store.{name}", 10.0)
