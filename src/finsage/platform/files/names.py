"""What a stored file may be called: names that mean the same on every file system and in every bucket.

``folder/folder/file.ext``: lower case letters, digits, ``-`` and ``_``; a file has an extension and a folder none, so
that nothing can be both. Dots come only inside of a file's name, so no name leaves its folder.
"""

from __future__ import annotations

import re

from finsage.platform.files.errors import FileNameRefused

LENGTH_MAX = 200
FOLDERS_MAX = 8

_WORD = "[a-z0-9][a-z0-9_-]*"
_FOLDERS = re.compile(rf"(?:{_WORD})(?:/{_WORD})*")
_NAME = re.compile(rf"(?:{_WORD}/)*{_WORD}(?:\.[a-z0-9_-]+)+")
# Names that Windows keeps for devices, with any extension.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def checked_name(name: str) -> str:
    """The name of a file, as it was given.

    Raises:
        FileNameRefused: it is none.
    """
    if not _NAME.fullmatch(name) or not _is_portable(name):
        raise FileNameRefused(
            f"{name[:80]!r} is no name of a stored file; write it like reports/2026/tax-report.pdf: lower case letters,"
            f" digits, - and _, folders without and the file with an extension, at most {LENGTH_MAX} characters."
        )
    return name


def checked_folder(folder: str) -> str:
    """The name of a folder, or nothing for all.

    Raises:
        FileNameRefused: it is none.
    """
    if folder and (not _FOLDERS.fullmatch(folder) or not _is_portable(folder)):
        raise FileNameRefused(f"{folder[:80]!r} is no folder of stored files; write it like models/price.")
    return folder


def is_name(text: str) -> bool:
    """Whether this could be the name of a stored file."""
    return _NAME.fullmatch(text) is not None and _is_portable(text)


def _is_portable(path: str) -> bool:
    words = path.split("/")
    return len(path) <= LENGTH_MAX and len(words) <= FOLDERS_MAX + 1 and not any(map(_DEVICE.fullmatch, words))
