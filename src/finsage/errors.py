"""The error tree. Every error a caller can meet is a class here or in a slice's ``errors`` module.

    FinSageError
    ├── Invalid            the request or file is wrong; faults point at the place        422
    ├── Unauthenticated    nobody is signed in, or the credential is no longer good       401
    ├── Forbidden          signed in, but without the scope or role                       403
    ├── NotFound           absent, or another tenant's (never told apart)                 404
    ├── Conflict           the state does not allow it now                                409
    │   └── Stale          the object changed since it was read (If-Match)                412
    ├── TooLarge           more bytes than the bound of this route                        413
    ├── Limited            asked too often; says when to come back                        429
    ├── Upstream           a service outside answered wrongly                             502
    └── Unavailable        cannot answer now; a retry with the same key is safe           503

The kind is what code may depend on; ``platform/problems.py`` alone knows status numbers. A class's docstring is the
problem's title, its slug is the class name in kebab case, its annotated fields name the members that whoever raises it
adds to the problem body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one place.

    ``pointer`` is a JSON pointer into the request or file (``/transactions/3/quantity``), or ``line 12, Price`` for a
    table; ``detail`` says what is wrong and how to mend it, in one English sentence.
    """

    pointer: str
    detail: str


class FinSageError(Exception):
    """Something went wrong."""

    kind: ClassVar[str] = "internal"

    def __init__(self, detail: str = "", *, faults: tuple[Fault, ...] = (), **members: object) -> None:
        self.detail = detail
        self.faults = faults
        self.members = members
        super().__init__(detail or self.title())

    @classmethod
    def slug(cls) -> str:
        """The last part of the problem's type URI, stable and unique."""
        return _WORD_START.sub("-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """The first line of the class's docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class Invalid(FinSageError):
    """The request cannot be understood as it stands."""

    kind = "invalid"


class Unauthenticated(FinSageError):
    """Sign in first, or sign in again."""

    kind = "unauthenticated"


class Forbidden(FinSageError):
    """This account may not do that."""

    kind = "forbidden"


class NotFound(FinSageError):
    """There is nothing here by that name."""

    kind = "not_found"


class Conflict(FinSageError):
    """The present state does not allow it."""

    kind = "conflict"


class Stale(Conflict):
    """The object has changed since it was read."""

    kind = "stale"


class TooLarge(FinSageError):
    """The request is larger than this route accepts."""

    kind = "too_large"


class Limited(FinSageError):
    """Too many requests; wait before the next one."""

    kind = "limited"

    def __init__(
        self, detail: str = "", *, retry_after_seconds: int, faults: tuple[Fault, ...] = (), **members: object
    ) -> None:
        super().__init__(detail, faults=faults, **members)
        self.retry_after_seconds = retry_after_seconds


class Upstream(FinSageError):
    """A service outside FinSage gave no usable answer."""

    kind = "upstream"


class Unavailable(FinSageError):
    """FinSage cannot answer right now; the same request may be sent again."""

    kind = "unavailable"

    def __init__(
        self, detail: str = "", *, retry_after_seconds: int = 2, faults: tuple[Fault, ...] = (), **members: object
    ) -> None:
        super().__init__(detail, faults=faults, **members)
        self.retry_after_seconds = retry_after_seconds
