"""Reading an answer's body: decoded piece by piece, so that neither a bomb nor an endless stream fills the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from finsage.platform.http.errors import AnswerTooLarge, AnswerUnreadable

BYTES_MAX = 5 * 2**20
ENCODINGS = "gzip"
_PIECE = 65536
_GZIP = 31  # zlib's name for a window of 32 KiB behind a gzip header


async def read_body(response: httpx.Response, bytes_max: int = BYTES_MAX) -> bytes:
    """The body without its content encoding.

    Raises:
        AnswerTooLarge: more than ``bytes_max`` bytes, sent or decoded.
        AnswerUnreadable: an encoding nobody asked for, or bytes that are not in it.
    """
    host = response.request.url.host
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", ENCODINGS}:
        raise AnswerUnreadable(f"{host} answered in the encoding {encoding[:20]!r}, which was not asked for.")
    declared = response.headers.get("content-length", "")
    too_large = AnswerTooLarge(f"{host} sent more than {bytes_max // 2**20} MiB.")
    if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > bytes_max):
        raise too_large
    decoder = _Decoder() if encoding == ENCODINGS else None
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        for piece in [chunk] if decoder is None else decoder.pieces(chunk, host):
            body += piece
            if len(body) > bytes_max:
                raise too_large
        if received > bytes_max:
            raise too_large
    if decoder is not None and body and not decoder.is_whole:
        raise AnswerUnreadable(f"{host} broke off in the middle of its answer.")
    return bytes(body)


class _Decoder:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_GZIP)

    @property
    def is_whole(self) -> bool:
        return self._zlib.eof

    def pieces(self, chunk: bytes, host: str) -> Iterator[bytes]:
        """What the chunk decodes to, at most 64 KiB at a time."""
        left = chunk
        is_more = bool(left)
        try:
            while is_more:
                if self._zlib.eof:  # another member follows
                    self._zlib = zlib.decompressobj(_GZIP)
                piece = self._zlib.decompress(left, _PIECE)
                yield piece
                left = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
                # A full piece may have left decoded bytes behind, with nothing more to feed.
                is_more = bool(left) or (len(piece) == _PIECE and not self._zlib.eof)
        except zlib.error as error:
            raise AnswerUnreadable(f"{host} sent bytes that are not in the encoding it names.") from error
