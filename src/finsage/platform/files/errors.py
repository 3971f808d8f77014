"""What can go wrong with a stored file, one class each, because callers tell them apart."""

from __future__ import annotations

from finsage.errors import FinSageError, Invalid, NotFound, TooLarge, Unavailable, Upstream


class FileNameRefused(Invalid):
    """A stored file cannot have this name."""


class FileAbsent(NotFound):
    """There is no stored file of this name."""


class FileDamaged(FinSageError):
    """The stored file is not what was stored."""


class FileTooLarge(TooLarge):
    """The file is larger than may be stored or read at once."""


class FileStoreFailed(Unavailable):
    """The file store cannot be reached or written right now."""


class FileStoreRefused(Upstream):
    """The file store refuses the request."""
