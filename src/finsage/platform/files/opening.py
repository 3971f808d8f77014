"""The file store of an installation, as its settings say, and whether it does what it should."""

from __future__ import annotations

import secrets
from importlib import import_module

from finsage.errors import FinSageError
from finsage.platform.files.errors import FileDamaged
from finsage.platform.files.local import LocalFiles
from finsage.platform.files.signing import Key
from finsage.platform.files.store import FileStore
from finsage.platform.settings import Settings


def open_files(settings: Settings) -> FileStore:
    """The store: the bucket of the settings, else ``<data>/files``. Nothing is asked or made yet."""
    bucket = settings.s3()
    if bucket is None:
        return LocalFiles(settings.data_dir / "files")
    # Loaded here: its client costs half a start, and most installations have no bucket.
    s3 = import_module("finsage.platform.files.s3")
    key = Key(bucket.key_id, bucket.key_secret)
    store: FileStore = s3.S3Files(s3.Bucket(bucket.endpoint, bucket.name, settings.s3_region, key, settings.s3_prefix))
    return store


async def probe(settings: Settings) -> str:
    """Store a small file, read it back, find it in the list and remove it; where that was.

    Raises:
        FinSageError: any of it failed.
    """
    files = open_files(settings)
    name, content = f"doctor/{secrets.token_hex(8)}.txt", secrets.token_bytes(64)
    try:
        await files.put(name, content)
        try:
            found = await files.get(name)
            listed = {entry.name for entry in await files.list("doctor")}
        finally:
            await files.delete(name)
    finally:
        await files.aclose()
    if found != content or name not in listed:
        raise FileDamaged("What was stored is not what was read or listed.")
    place = settings.data_dir / "files" if settings.s3_bucket is None else f"the bucket {settings.s3_bucket}"
    return f"a file was stored, read back and removed in {place}"


async def files_fault(settings: Settings) -> tuple[bool, str]:
    """Whether the store works, and what was found."""
    try:
        return True, await probe(settings)
    except FinSageError as error:
        return False, str(error)
