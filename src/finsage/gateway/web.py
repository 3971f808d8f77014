"""The built web app: hashed files for ever, the shell always revalidated, its index behind every page address."""

from __future__ import annotations

import hashlib
import mimetypes
import shutil
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # ships no types
import structlog

from finsage.gateway.exchange import (
    ASGIApp,
    Header,
    Receive,
    Scope,
    Send,
    answer,
    answer_unchanged,
    exchange_of,
    header,
)
from finsage.gateway.response_cache import matches

RESERVED = ("/api", "/health", "/metrics", "/mcp", "/problems", "/docs", "/openapi.json")
_HASHED = "/assets/"
_FOR_EVER: Header = (b"cache-control", b"public, max-age=31536000, immutable")
_REVALIDATE: Header = (b"cache-control", b"no-cache")
_VARY: Header = (b"vary", b"Accept-Encoding")
_COMPRESSED = frozenset({".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt", ".ico", ".map"})
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
_SMALLEST_COMPRESSED = 512


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    content_type: bytes
    etag: bytes
    encodings: dict[bytes, bytes]


class WebApp:
    """Serves the directory of the built app from memory; everything it does not have goes on to the API."""

    def __init__(self, app: ASGIApp, *, directory: Path, cache_dir: Path) -> None:
        self._app = app
        self._loaded = {f"/{path.relative_to(directory).as_posix()}": _load(path) for path in _files_below(directory)}
        self._cache_dir = cache_dir
        if self._loaded:
            threading.Thread(target=self._compress, name="web-compression", daemon=True).start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = self._address(scope) if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") else None
        if address is None:
            await self._app(scope, receive, send)
            return
        exchange_of(scope).route = "/assets/{file}" if address.startswith(_HASHED) else "web"
        await _serve(self._loaded[address], scope, send, is_hashed=address.startswith(_HASHED))

    def _address(self, scope: Scope) -> str | None:
        path = scope["path"]
        if path in self._loaded:
            return str(path)
        # The pages of what people hold are below /assets too: their addresses have no dot, a file's always has.
        if not self._loaded or is_reserved(path) or "." in path.rpartition("/")[2]:
            return None
        accepts_page = b"text/html" in (header(scope, b"accept") or b"")
        return "/index.html" if "/index.html" in self._loaded and (accepts_page or path == "/") else None

    def _compress(self) -> None:
        """Fill the memory with compressed forms, from the cache directory where an earlier start has left them."""
        stamp = hashlib.sha256(b"".join(file.etag for file in self._loaded.values())).hexdigest()[:16]
        place = self._cache_dir / stamp
        try:
            if not place.is_dir():
                self._write_siblings(place)
            self._read_siblings(place)
        except OSError as error:
            # Identity encoding serves as well; a full or read-only disk must not stop the start.
            structlog.get_logger("finsage.web").warning("web app not compressed", reason=str(error))

    def _write_siblings(self, place: Path) -> None:
        building = place.with_name(f"{place.name}.{threading.get_native_id()}.part")
        building.mkdir(parents=True)
        for address, file in self._loaded.items():
            if Path(address).suffix in _COMPRESSED and len(file.body) >= _SMALLEST_COMPRESSED:
                target = building / address.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.with_name(target.name + ".gz").write_bytes(_gzip(file.body))
                target.with_name(target.name + ".br").write_bytes(brotli.compress(file.body, quality=11))
        try:
            building.rename(place)
        except OSError:
            shutil.rmtree(building)  # another process was faster
            if not place.is_dir():
                raise

    def _read_siblings(self, place: Path) -> None:
        for address, file in self._loaded.items():
            for suffix, encoding in ((".br", b"br"), (".gz", b"gzip")):
                sibling = place / (address.lstrip("/") + suffix)
                if sibling.is_file():
                    file.encodings[encoding] = sibling.read_bytes()


def is_reserved(path: str) -> bool:
    """Whether the address belongs to the API, probes or problem pages, never to the app's own router."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in RESERVED)


async def _serve(file: _File, scope: Scope, send: Send, *, is_hashed: bool) -> None:
    encoding, body = _choose(file, header(scope, b"accept-encoding") or b"")
    # Each encoding is another representation: a strong tag must tell them apart.
    etag = file.etag if encoding is None else file.etag[:-1] + b"-" + encoding + b'"'
    fields: list[Header] = [_FOR_EVER if is_hashed else _REVALIDATE, (b"etag", etag), _VARY]
    condition = header(scope, b"if-none-match")
    if condition is not None and matches(condition, etag):
        await answer_unchanged(send, *fields)
        return
    if encoding is not None:
        fields.append((b"content-encoding", encoding))
    await answer(send, 200, file.content_type, body, *fields)


def _choose(file: _File, accepted: bytes) -> tuple[bytes | None, bytes]:
    names = {
        name.strip()
        for name, _, weight in (part.partition(b";") for part in accepted.split(b","))
        if weight.strip() != b"q=0"
    }
    for encoding in (b"br", b"gzip"):
        if encoding in names and encoding in file.encodings:
            return encoding, file.encodings[encoding]
    return None, file.body


def _files_below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("."))


def _load(path: Path) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return _File(body, kind.encode(), b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"', {})


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()
