"""The head of a request, bounded before there is a request: the parser keeps what arrives until its last line is there.

The bounds of the gateway see a request only when its head is complete, so that a head without an end would fill the
memory, and one that comes byte by byte would hold its connection for ever.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 2**10
HEAD_SECONDS_MAX = 10.0

_REFUSAL = b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE = _REFUSAL % b"431 Request Header Fields Too Large"
_TOO_SLOW = _REFUSAL % b"408 Request Timeout"


class BoundedHead(HttpToolsProtocol):
    """Hangs up where what is no body exceeds 64 KiB or takes more than 10 s until it ends.

    That is a request line with its headers, blank lines before one, and of a body in chunks their sizes and trailers.
    """

    _is_unfinished = True
    _has_ended = False
    _bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._timer = self.loop.call_later(HEAD_SECONDS_MAX, self._hang_up, _TOO_SLOW)

    def data_received(self, data: bytes) -> None:
        self._has_ended = False
        super().data_received(data)
        if not self._has_ended:
            self._is_unfinished = True
            self._bytes += len(data)
        if not self._is_unfinished:
            return
        # Nearly every head comes in one piece: only one that does not pays for a timer.
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS_MAX, self._hang_up, _TOO_SLOW)
        if self._bytes > HEAD_BYTES_MAX:
            self._hang_up(_TOO_LARGE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._is_unfinished = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()
        # What comes as a header from now on is a trailer, and must not join those the request was let in by.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        self._end()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._end()
        super().on_message_complete()

    def _end(self) -> None:
        self._has_ended, self._is_unfinished, self._bytes = True, False, 0
        self._stop_timer()

    def _hang_up(self, refusal: bytes) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            self.transport.write(refusal)
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
