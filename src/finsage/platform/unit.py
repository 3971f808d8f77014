"""One request is one transaction: the route class that opens it, keeps idempotency keys and commits before it answers.

A request that turns out to be too much for this process is undone and done as a whole by the compute process.

The transaction opens when a route first asks for its session, after the body has been read and checked, so that neither
a slow upload nor a password hash holds a connection. The idempotency row is part of the transaction of the effect:
both are there or neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncTransaction
from starlette.datastructures import UploadFile

from finsage.errors import Conflict, FinSageError, Invalid, NotFound, Stale, Unauthenticated
from finsage.platform.audit import ORIGIN
from finsage.platform.caller import PUBLIC_TENANT, Caller
from finsage.platform.changes import tenant_tag
from finsage.platform.compute import ComputeProcess, Elsewhere, has_compute
from finsage.platform.compute_wire import Answer, Part, RequestWork, pairs
from finsage.platform.database import Database, ReadSession, WriteSession
from finsage.platform.problems import problem_response

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEY_LENGTH_MAX = 255


class IdempotencyMismatch(Invalid):
    """This idempotency key was used for another request."""


class PreconditionFailed(Stale):
    """The object is no longer the one that If-Match names."""


class _Replay(Exception):
    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass(frozen=True, slots=True)
class _Key:
    value: str
    tenant_id: UUID
    request_hash: bytes


class Unit:
    """The transaction of one request, opened on first use."""

    def __init__(self, request: Request, database: Database, caller: Caller | None, key: _Key | None) -> None:
        self._request = request
        self._database = database
        self._caller = caller
        self._key = key
        self._stack = AsyncExitStack()
        self._session: WriteSession | None = None
        self._savepoint: AsyncTransaction | None = None

    async def session(self) -> WriteSession:
        """The session of this request; for GET the transaction is READ ONLY and writing fails in the database."""
        if self._session is not None:
            return self._session
        tenant = self._caller.tenant_id if self._caller else None
        user = self._caller.user_id if self._caller else None
        opened = self._database.write if self._request.method in UNSAFE else self._database.read
        self._session = WriteSession(ReadSession(await self._stack.enter_async_context(opened(tenant, user))))
        if self._key is not None:
            await self._claim(self._session, self._key)
            self._savepoint = await self._session.begin_nested()
        return self._session

    async def finish(self, response: Response) -> None:
        """Store the answer beside its key and commit."""
        if self._session is not None and self._key is not None:
            if self._savepoint is not None and self._savepoint.is_active:
                await self._savepoint.commit()
            await _store(self._session, self._key, response)
        await self._stack.aclose()

    async def refuse(self, error: FinSageError) -> Response:
        """Undo what the handler did; a refusal that follows from the state is stored beside its key."""
        response = problem_response(error, self._request.scope)
        if self._session is None or self._key is None or self._savepoint is None or not _is_stored(error):
            await self.abandon(error)
            return response
        await self._savepoint.rollback()
        await _store(self._session, self._key, response)
        await self._stack.aclose()
        return response

    async def abandon(self, error: BaseException) -> None:
        """Roll everything back."""
        await self._stack.__aexit__(type(error), error, error.__traceback__)

    async def _claim(self, session: WriteSession, key: _Key) -> None:
        inserted = await session.execute(_CLAIM, {"tenant": key.tenant_id, "key": key.value, "hash": key.request_hash})
        if inserted.first() is not None:
            return
        found = (await session.execute(_FIND, {"tenant": key.tenant_id, "key": key.value})).one()
        if found.request_hash != key.request_hash:
            raise IdempotencyMismatch(
                "The Idempotency-Key was already used with another body, address or user. Send a new key."
            )
        headers = json.loads(found.headers) | {"Idempotent-Replayed": "true"}
        raise _Replay(Response(found.body, status_code=found.status, headers=headers))


_CLAIM = text(
    "INSERT INTO idempotency_keys (tenant_id, key, request_hash) VALUES (:tenant, :key, :hash)"
    " ON CONFLICT (tenant_id, key) DO NOTHING RETURNING 1"
)
_FIND = text(
    "SELECT request_hash, status, headers, body FROM idempotency_keys WHERE tenant_id = :tenant AND key = :key"
)
_STORE = text(
    "UPDATE idempotency_keys SET status = :status, headers = :headers, body = :body"
    " WHERE tenant_id = :tenant AND key = :key"
)
_STORED_HEADERS = ("content-type", "location", "etag")


async def _store(session: WriteSession, key: _Key, response: Response) -> None:
    headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
    values = {"status": response.status_code, "headers": json.dumps(headers), "body": bytes(response.body)}
    await session.execute(_STORE, {"tenant": key.tenant_id, "key": key.value, **values})


def _is_stored(error: FinSageError) -> bool:
    # A refusal of the request itself (422, 401, 429) must not outlive the mended request; one that follows from the
    # state of the books is an answer like any other.
    return isinstance(error, Conflict | NotFound)


class UnitRoute(APIRoute):
    """A route whose handler runs in one transaction, committed before the first byte of the answer."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        scopes = tuple(_scopes_of(self.dependant))
        has_unit = _has_unit(self.dependant)

        async def run(request: Request) -> Response:
            caller: Caller | None = request.scope.get("caller")
            try:
                # Here and not first in the handler, which reads the body before: who may not, does not get to upload.
                for scope in scopes:
                    _caller(request).require(scope)
                key = await _key(request, caller)
            except FinSageError as error:
                return problem_response(error, request.scope)
            unit = Unit(request, request.app.state.database, caller, key)
            request.state.unit = unit
            has_compute(is_so=request.app.state.compute is not None)
            try:
                return await _run(handler, request, unit)
            except Elsewhere:
                return await _run_elsewhere(request, may_write=has_unit and request.method in UNSAFE)

        return run


async def _run(handler: Callable[[Request], Awaitable[Response]], request: Request, unit: Unit) -> Response:
    try:
        response = await handler(request)
        await unit.finish(response)
    except _Replay as replay:
        await unit.abandon(replay)
        return replay.response
    except FinSageError as error:
        return await unit.refuse(error)
    except RequestValidationError as error:
        await unit.abandon(error)
        return problem_response(error, request.scope)
    except BaseException as error:
        await unit.abandon(error)
        raise
    return response


_PLAIN_SCOPE = (
    "type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path", "headers",
    "client", "server", "trace_id",
)  # fmt: skip


async def _run_elsewhere(request: Request, *, may_write: bool) -> Response:
    """Have the compute process answer; the stages around this one see no difference."""
    compute: ComputeProcess = request.app.state.compute
    database: Database = request.app.state.database
    scope = {name: request.scope[name] for name in _PLAIN_SCOPE if name in request.scope}
    # A body that was read is kept. A form is not: a route that takes one must not let ``Elsewhere`` through.
    work = RequestWork(scope, request.scope.get("caller"), await request.body(), ORIGIN.get())
    async with AsyncExitStack() as stack:
        messages = await stack.enter_async_context(compute.working(work))
        try:
            start = await _part(messages)
        finally:
            # Also after an error: it may have committed. A COMMIT there is before the answer's start.
            if may_write:
                caller: Caller | None = request.scope.get("caller")
                database.changes.bump(tenant_tag(caller.tenant_id if caller else PUBLIC_TENANT))
        request.scope["problem_type"] = start["problem_type"]
        first = await _part(messages)
        if first.get("more_body", False):
            response: Response = StreamingResponse(_bodies(first, messages, stack.pop_all()), start["status"])
        else:
            response = Response(first.get("body", b""), start["status"])
        response.raw_headers = pairs(start["headers"])
        return response


async def _part(messages: AsyncIterator[Answer]) -> dict[str, Any]:
    part = await anext(messages)
    assert isinstance(part, Part), "a request is answered by parts"
    return part.message


async def _bodies(
    first: dict[str, Any], messages: AsyncIterator[Answer], stack: AsyncExitStack
) -> AsyncIterator[bytes]:
    async with stack:
        yield first["body"]
        async for part in messages:
            assert isinstance(part, Part), "a request is answered by parts"
            yield part.message.get("body", b"")


async def _key(request: Request, caller: Caller | None) -> _Key | None:
    value = request.headers.get("idempotency-key")
    if value is None or request.method not in UNSAFE:
        return None
    if not 1 <= len(value) <= KEY_LENGTH_MAX or not value.isprintable():
        raise Invalid(f"Idempotency-Key must have 1 to {KEY_LENGTH_MAX} printable characters.")
    tenant = caller.tenant_id if caller else PUBLIC_TENANT
    user = str(caller.user_id) if caller else ""
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query, str(tenant), user):
        digest.update(part.encode() + b"\x00")
    digest.update(await _body_digest(request))
    return _Key(value, tenant, digest.digest())


async def _body_digest(request: Request) -> bytes:
    digest = hashlib.sha256()
    if not request.headers.get("content-type", "").startswith("multipart/"):
        digest.update(await request.body())
        return digest.digest()
    for name, part in (await request.form()).multi_items():
        _add(digest, name)
        if not isinstance(part, UploadFile):
            _add(digest, part)
            continue
        _add(digest, part.filename or "")
        digest.update(b"%d:" % (part.size or 0))
        while chunk := await part.read(2**20):
            digest.update(chunk)
        await part.seek(0)
    return digest.digest()


def _add(digest: hashlib._Hash, text: str) -> None:
    # With its length: what ends one part must not begin the next.
    encoded = text.encode()
    digest.update(b"%d:%s" % (len(encoded), encoded))


async def _session(request: Request) -> WriteSession:
    return await _unit(request).session()


async def _read_session(request: Request) -> ReadSession:
    return await _session(request)


def _unit(request: Request) -> Unit:
    unit: Unit = request.state.unit
    return unit


def _caller(request: Request) -> Caller:
    caller: Caller | None = request.scope.get("caller")
    if caller is None:
        raise Unauthenticated("Sign in first: send the session cookie or an Authorization header.")
    return caller


def requires(scope: str) -> Any:
    """A dependency that yields the caller and refuses one without the scope; every route declares one."""

    def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        caller.require(scope)
        return caller

    check.scope = scope  # type: ignore[attr-defined]  # read by the route matrix test
    return Depends(check)


def _has_unit(dependant: Dependant) -> bool:
    """Whether a route can reach the transaction of its request; one that cannot writes nothing."""
    return dependant.call in {_session, _read_session, _unit} or any(_has_unit(one) for one in dependant.dependencies)


def _scopes_of(dependant: Dependant) -> Iterator[str]:
    scope = getattr(dependant.call, "scope", None)
    if isinstance(scope, str):
        yield scope
    for inner in dependant.dependencies:
        yield from _scopes_of(inner)


Reading = Annotated[ReadSession, Depends(_read_session)]
Writing = Annotated[WriteSession, Depends(_session)]
UnitOfWork = Annotated[Unit, Depends(_unit)]


def entity_tag(body: BaseModel) -> str:
    """The strong ETag that GET answers for this body: the gateway hashes the same bytes."""
    return strong_tag(body.model_dump_json(by_alias=True).encode())


def strong_tag(body: bytes) -> str:
    """A strong ETag: a hash of the bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _if_match(request: Request) -> Callable[[str], None] | None:
    wanted = request.headers.get("if-match")
    if wanted is None:
        return None

    def check(current: str) -> None:
        if wanted != "*" and current not in {tag.strip() for tag in wanted.split(",")}:
            raise PreconditionFailed("Somebody changed it since you read it. Read it again, then repeat your change.")

    return check


IfMatch = Annotated[Callable[[str], None] | None, Depends(_if_match)]
