"""Password hashing in a small pool of threads, and the rules a new password has to meet."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from finsage.errors import Fault, Unavailable
from finsage.identity.errors import WeakPassword

LENGTH_MIN = 12
BYTES_MAX = 1024
WORKERS = 2
QUEUE_MAX = 16
_PERSONAL_LENGTH_MIN = 4

_T = TypeVar("_T")

# Nobody's password. An unknown account is verified against it, so that it costs the same work as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$FWcSryoj7VQZL4zMVbrFZQ$3ZPqE65D8eb79oo1HRcZ5CYsUtnQ2oUsfxlpGQPx/3Q"


class TooBusy(Unavailable):
    """Too many people are signing in at this moment."""


class PasswordPool:
    """argon2id (19 MiB, 2 passes, 1 lane) on 2 threads with a queue of 16: a flood of sign-ins must not slow the rest.

    Source: OWASP Password Storage Cheat Sheet, minimum for argon2id.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="password")
        self._lock = threading.Lock()
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The argon2id hash of a normalised password.

        Raises:
            TooBusy: the queue is full.
        """
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """Whether the password fits, and a new hash where the parameters of the stored one are outdated.

        Args:
            password: normalised.
            password_hash: the stored one; none for an unknown account, which fits nothing but costs the same.

        Raises:
            TooBusy: the queue is full.
        """
        fits, renewed = await self._run(lambda: self._hasher.verify_and_update(password, password_hash or _NOBODY))
        return fits and password_hash is not None, renewed

    def close(self) -> None:
        """Let the threads end when their work is done."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], _T]) -> _T:
        with self._lock:
            if self._waiting >= WORKERS + QUEUE_MAX:
                raise TooBusy("Too many people are signing in at this moment. Try again in a few seconds.")
            self._waiting += 1
        future = self._threads.submit(work)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _: Future[_T]) -> None:
        with self._lock:
            self._waiting -= 1


def normalise_password(password: str) -> str:
    """One form for the same password typed on different keyboards (Unicode NFC)."""
    return unicodedata.normalize("NFC", password)


def check_new_password(password: str, personal: Iterable[str], pointer: str) -> None:
    """Refuse a password that is short, common, or made of the person's own name.

    Args:
        password: normalised.
        personal: the person's e-mail address and names.
        pointer: JSON pointer of the password in the request.

    Raises:
        WeakPassword: with one fault that says what to do instead.
    """
    complaint = _complaint(password, personal)
    if complaint:
        raise WeakPassword(complaint, faults=(Fault(pointer, complaint),))


def _complaint(password: str, personal: Iterable[str]) -> str:
    if len(password) < LENGTH_MIN:
        return f"Use at least {LENGTH_MIN} characters; a few unrelated words do well."
    if len(password.encode()) > BYTES_MAX:
        return f"Use at most {BYTES_MAX} bytes."
    folded = password.casefold()
    if folded in _common_passwords():
        return "This password is on the list of the most common ones. Choose another."
    rest = folded
    for part in sorted(_personal_parts(personal), key=len, reverse=True):
        rest = rest.replace(part, "")
    if len(rest) < LENGTH_MIN and rest != folded:
        return f"Without your name and e-mail address, the password needs at least {LENGTH_MIN} characters."
    return ""


def _personal_parts(personal: Iterable[str]) -> set[str]:
    parts: set[str] = set()
    for text in personal:
        folded = text.casefold()
        local, _, domain = folded.partition("@")
        parts |= {folded, local, domain, *domain.split(".")[:-1], *folded.split()}
    return {part for part in parts if len(part) >= _PERSONAL_LENGTH_MIN}


@cache
def _common_passwords() -> frozenset[str]:
    text = files("finsage.identity").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
