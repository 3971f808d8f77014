"""Files in a bucket of S3 or of what speaks its documented REST API: MinIO, Ceph, Garage, R2 and others.

    PUT /bucket/key        the body's SHA-256 is signed, so that the service refuses bytes that changed on the way
    GET, HEAD              the SHA-256 is kept as metadata and compared with what arrives
    GET /?list-type=2      page by page

What a service may fail at for a moment is tried again: connections, 429, 500, 502, 503 (``SlowDown``), 504, and a body
that is cut off or not what was stored. Redirects are not followed: they tell that the region is wrong.

Source: docs.aws.amazon.com/AmazonS3/latest/API.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any, TypeAlias
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from finsage.errors import FinSageError
from finsage.platform import clock
from finsage.platform.files.errors import FileAbsent, FileDamaged, FileStoreFailed, FileStoreRefused
from finsage.platform.files.names import checked_folder, checked_name, is_name
from finsage.platform.files.signing import Key, amz_date, authorization, query_string
from finsage.platform.files.store import FILE_BYTES_MAX, PIECE_BYTES, Content, FileEntry, FileStat, FileStore, Sink
from finsage.platform.http import LocalHosts, meter
from finsage.platform.http.addresses import place_of
from finsage.platform.http.network import GuardedTransport, system_resolver

TRIES_MAX = 4
DAMAGED_TRIES_MAX = 2
PAUSE_SECONDS = 0.2
RETRY_AFTER_SECONDS_MAX = 5.0
TIMEOUT_SECONDS = 10.0
"""For a connection, and for each piece that is sent or received."""

_NO_BODY = hashlib.sha256(b"").hexdigest()
_SHA256 = "x-amz-meta-finsage-sha256"
_PASSING = frozenset({429, 500, 502, 503, 504})
_XML_BYTES_MAX = 4 * 2**20

Entries: TypeAlias = list[FileEntry]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where files go: ``endpoint`` without a path, ``prefix`` a folder in the bucket or nothing."""

    endpoint: str
    name: str
    region: str
    key: Key
    prefix: str = ""


class _Passing(Exception):
    """Failed for now; ``after`` is what the service asks to wait, in seconds."""

    def __init__(self, what: str, after: float | None = None) -> None:
        super().__init__(what)
        self.after = after


class _Damaged(_Passing):
    """Arrived otherwise than it was stored; once that may have been the way."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] | None = None
    body: IO[bytes] | None = None
    sha256: str = _NO_BODY


class S3Files(FileStore):
    """A bucket. One per process and event loop; close it at the end.

    Args:
        bucket: where, and with which key.
        tls: certificates to trust; the system's when not given.
        pause_seconds: before the second try; it doubles.
    """

    kind = "bucket"

    def __init__(
        self, bucket: Bucket, *, tls: ssl.SSLContext | None = None, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._bucket = bucket
        self._base = httpx.URL(bucket.endpoint)
        host, port = place_of(self._base)
        # The administrator chose this one place, in the own network or not; nothing else is reached from here.
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._transport = GuardedTransport(LocalHosts((self._host,)), system_resolver, tls)
        self._pause_seconds = pause_seconds

    async def put(self, name: str, content: Content) -> FileStat:
        checked_name(name)
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        sink = await asyncio.to_thread(_measured, name, source)
        digest = sink.digest().hex()
        headers = {
            "content-length": str(sink.size_bytes),
            "content-type": "application/octet-stream",
            _SHA256: digest,
        }
        await self._settled(_Request("PUT", self._path(name), headers=headers, body=source, sha256=digest), name)
        return FileStat(name, sink.size_bytes, clock.now(), digest)

    async def stat(self, name: str) -> FileStat:
        fields = await self._settled(_Request("HEAD", self._path(checked_name(name))), name)
        return FileStat(name, int(fields.get("content-length", "0")), _modified(fields), _digest(name, fields))

    async def list(self, folder: str = "") -> tuple[FileEntry, ...]:
        top = "/".join(part for part in (self._bucket.prefix, checked_folder(folder)) if part)
        asked = {"list-type": "2", "prefix": f"{top}/" if top else ""}
        entries: Entries = []
        while True:
            body = io.BytesIO()
            request = _Request("GET", f"/{self._bucket.name}", query_string(asked))
            await self._settled(request, "the list", Sink("The list of files", body, _XML_BYTES_MAX))
            page = _parsed(body.getvalue())
            entries += self._entries(page)
            token = _text(page, "NextContinuationToken")
            if _text(page, "IsTruncated") != "true" or not token:
                return tuple(sorted(entries, key=lambda entry: entry.name))
            asked["continuation-token"] = token

    async def delete(self, name: str) -> None:
        await self._settled(_Request("DELETE", self._path(checked_name(name))), name)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _copy(self, name: str, sink: Sink) -> str:
        return _digest(name, await self._settled(_Request("GET", self._path(name)), name, sink, is_sealed=True))

    def _path(self, name: str) -> str:
        return "/".join(("", *(part for part in (self._bucket.name, self._bucket.prefix, name) if part)))

    def _entries(self, page: Element) -> Entries:
        start = f"{self._bucket.prefix}/" if self._bucket.prefix else ""
        found = []
        for item in page.iterfind("{*}Contents"):
            key = _text(item, "Key")
            name = key.removeprefix(start)
            if key.startswith(start) and is_name(name):  # others share the bucket
                found.append(FileEntry(name, int(_text(item, "Size")), _instant(_text(item, "LastModified"))))
        return found

    async def _settled(
        self, request: _Request, what: str, sink: Sink | None = None, *, is_sealed: bool = False
    ) -> httpx.Headers:
        """Ask until there is an answer; its headers. ``is_sealed`` compares the body with the hash kept beside it."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._counted(request, what, sink, is_sealed=is_sealed)
            except _Passing as error:
                if isinstance(error, _Damaged) and tries >= DAMAGED_TRIES_MAX:
                    raise FileDamaged(f"{error}. Store it anew.") from error
                if tries == TRIES_MAX:
                    raise FileStoreFailed(f"{self._host} failed {tries} times, at {what}: {error}.") from error
                pause = error.after or self._pause_seconds * 2 ** (tries - 1) * random.uniform(0.5, 1.0)  # noqa: S311
            if sink is not None:
                sink.rewind()
            await asyncio.sleep(pause)

    async def _counted(self, request: _Request, what: str, sink: Sink | None, *, is_sealed: bool) -> httpx.Headers:
        outcome = "cancelled"
        try:
            fields = await self._once(request, what, sink, is_sealed=is_sealed)
            outcome = "ok"
        except _Passing:
            outcome = "failed"
            raise
        except FinSageError:
            outcome = "refused"
            raise
        finally:
            meter.REQUESTS.labels("files", outcome).inc()
        return fields

    async def _once(self, request: _Request, what: str, sink: Sink | None, *, is_sealed: bool) -> httpx.Headers:
        try:
            response = await self._transport.handle_async_request(self._signed(request))
            try:
                if response.status_code not in {200, 204}:
                    raise _fault(response, await _beginning(response), request, what)
                if sink is not None:
                    async for piece in response.aiter_raw():
                        sink.write(piece)
            finally:
                await response.aclose()
        except httpx.TransportError as error:
            raise _Passing(str(error) or type(error).__name__) from error
        if is_sealed and sink is not None and sink.digest().hex() != _digest(what, response.headers):
            raise _Damaged(f"{what} does not have the checksum it was stored with")
        return response.headers

    def _signed(self, request: _Request) -> httpx.Request:
        at = clock.now()
        headers = {
            "host": self._base.netloc.decode("ascii"),
            "x-amz-date": amz_date(at),
            "x-amz-content-sha256": request.sha256,
            **(request.headers or {}),
        }
        bucket = self._bucket
        signature = authorization(
            bucket.key,
            bucket.region,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=headers,
            at=at,
        )
        target = f"{request.path}?{request.query}" if request.query else request.path
        return httpx.Request(
            request.method,
            self._base.copy_with(raw_path=target.encode("ascii")),
            headers={**headers, "authorization": signature},
            content=None if request.body is None else _pieces(request.body),
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_SECONDS)},
        )


def _measured(name: str, source: IO[bytes]) -> Sink:
    sink = Sink(name, _Nowhere(), FILE_BYTES_MAX)
    source.seek(0)
    while piece := source.read(PIECE_BYTES):
        sink.write(piece)
    return sink


class _Nowhere(io.BytesIO):
    def write(self, piece: Any) -> int:
        return len(piece)


async def _pieces(body: IO[bytes]) -> AsyncIterator[bytes]:
    body.seek(0)
    while piece := await asyncio.to_thread(body.read, PIECE_BYTES):
        yield piece


async def _beginning(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > _XML_BYTES_MAX:
            break
    return bytes(body)


def _fault(response: httpx.Response, body: bytes, request: _Request, what: str) -> Exception:
    status = response.status_code
    code = _code(body)
    told = f"{status} {code}".strip()
    if status in _PASSING or code in {"RequestTimeout", "SlowDown"}:
        return _Passing(told, _retry_after(response))
    if status == 404 and code != "NoSuchBucket" and request.path.count("/") > 1:
        return FileAbsent(f"There is no stored file {what}.")
    remedy = {
        "NoSuchBucket": "Create the bucket, or mend FINSAGE_S3_BUCKET",
        "SignatureDoesNotMatch": "Mend FINSAGE_S3_KEY_SECRET and FINSAGE_S3_REGION",
        "InvalidAccessKeyId": "Mend FINSAGE_S3_KEY_ID",
        "RequestTimeTooSkewed": "Set the clock of this machine",
        "XAmzContentSHA256Mismatch": "The bytes changed on the way; store the file again",
    }.get(code, "Look at the endpoint, bucket and key, and at what the key may do")
    if 300 <= status < 400:
        region = response.headers.get("x-amz-bucket-region", "")
        remedy = f"Set FINSAGE_S3_REGION to {region}" if region else "Mend FINSAGE_S3_REGION or FINSAGE_S3_ENDPOINT"
    return FileStoreRefused(f"{what} is refused ({told}). {remedy}.", status=status)


def _code(body: bytes) -> str:
    """The code of an error's XML, a word; nothing where there is none."""
    try:
        code = (fromstring(body).findtext("{*}Code") or "").strip()
    except (ParseError, DefusedXmlException):
        return ""
    return code[:60] if code.isalnum() else ""


def _retry_after(response: httpx.Response) -> float | None:
    stated = response.headers.get("retry-after", "")
    return min(float(stated), RETRY_AFTER_SECONDS_MAX) if stated.isascii() and stated.isdigit() else None


def _digest(name: str, fields: httpx.Headers) -> str:
    found: str = fields.get(_SHA256, "")
    if len(found) != 64:
        raise FileDamaged(f"{name} has no checksum beside it: FinSage did not store it. Store it anew.")
    return found


def _parsed(body: bytes) -> Element:
    try:
        page: Element = fromstring(body)
    except (ParseError, DefusedXmlException) as error:
        raise FileStoreRefused("The list of files is no XML that can be read.", status=200) from error
    if page.tag.rpartition("}")[2] != "ListBucketResult":
        raise FileStoreRefused("The list of files is not what S3 answers. Look at FINSAGE_S3_ENDPOINT.", status=200)
    return page


def _text(item: Element, name: str) -> str:
    return (item.findtext(f"{{*}}{name}") or "").strip()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _modified(fields: httpx.Headers) -> datetime:
    return parsedate_to_datetime(fields["last-modified"]).astimezone(UTC)
