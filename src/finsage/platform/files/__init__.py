"""The file store: models, imports and reports under names, in a directory or in an S3-compatible bucket.

names     what a file may be called, the same in both
store     FileStore, what callers hold; nothing is handed out before its SHA-256 was compared
local     a directory
s3        a bucket
signing   AWS Signature Version 4
opening   the store of an installation, and whether it works
errors    what can go wrong, one class each
"""

from __future__ import annotations

from finsage.platform.files.errors import (
    FileAbsent,
    FileDamaged,
    FileNameRefused,
    FileStoreFailed,
    FileStoreRefused,
    FileTooLarge,
)
from finsage.platform.files.local import LocalFiles
from finsage.platform.files.opening import open_files
from finsage.platform.files.store import FileEntry, FileStat, FileStore

__all__ = [
    "FileAbsent",
    "FileDamaged",
    "FileEntry",
    "FileNameRefused",
    "FileStat",
    "FileStore",
    "FileStoreFailed",
    "FileStoreRefused",
    "FileTooLarge",
    "LocalFiles",
    "open_files",
]
