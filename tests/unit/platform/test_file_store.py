"""The file store: names, signatures as documented, and the same promises of a directory and of a bucket."""

from __future__ import annotations

import hashlib
import io
import os
import string
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import s3 as replayed
from replay.server import ReplayServer, Reply

from finsage.platform.files import (
    FileAbsent,
    FileDamaged,
    FileNameRefused,
    FileStore,
    FileStoreFailed,
    FileStoreRefused,
    FileTooLarge,
    LocalFiles,
    local,
    open_files,
    store,
)
from finsage.platform.files.names import checked_folder, checked_name
from finsage.platform.files.opening import files_fault
from finsage.platform.files.s3 import Bucket, S3Files
from finsage.platform.files.signing import Key, authorization, query_string
from finsage.platform.settings import InvalidSetting, load_settings, masked

pytestmark = pytest.mark.anyio
NAME = "reports/2026/tax-report.pdf"


@pytest.fixture(scope="module")
def one_service() -> Iterator[ReplayServer]:
    with ReplayServer(lambda _: Reply()) as server:
        yield server


@pytest.fixture
def bucket() -> replayed.Bucket:
    return replayed.Bucket(page=2)


@pytest.fixture
def service(one_service: ReplayServer, bucket: replayed.Bucket) -> ReplayServer:
    one_service.answer, one_service.fault = bucket.answer, None
    return one_service


def place(service: ReplayServer, **changes: str) -> Bucket:
    key = Key(replayed.KEY_ID, replayed.SECRET)
    return replace(Bucket(service.url, "finsage-files", replayed.REGION, key, "finsage/files"), **changes)


@pytest.fixture(params=["directory", "bucket"])
async def files(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FileStore]:
    if request.param == "directory":
        yield LocalFiles(tmp_path / "data" / "files")
        return
    files = S3Files(place(request.getfixturevalue("service")), pause_seconds=0.001)
    yield files
    await files.aclose()


@pytest.fixture
async def remote(service: ReplayServer) -> AsyncIterator[S3Files]:
    files = S3Files(place(service), pause_seconds=0.001)
    yield files
    await files.aclose()


# Both


async def test_what_is_put_is_got_and_known(files: FileStore):
    content = os.urandom(3_000_000)
    kept = await files.put(NAME, content)
    assert (kept.name, kept.size_bytes, kept.sha256) == (NAME, len(content), hashlib.sha256(content).hexdigest())
    assert await files.get(NAME) == content
    async with files.open(NAME) as file:
        assert (file.read(10), file.seek(-10, 2), file.read()) == (content[:10], len(content) - 10, content[-10:])
    stat = await files.stat(NAME)
    assert replace(stat, stored_at=kept.stored_at) == kept
    assert stat.stored_at.tzinfo == UTC


async def test_a_file_is_replaced_as_a_whole_and_taken_from_an_open_file(files: FileStore):
    await files.put(NAME, b"first")
    source = io.BytesIO(b"second, longer")
    source.read(3)
    await files.put(NAME, source)
    assert await files.get(NAME) == b"second, longer"
    await files.put(NAME, b"")
    assert (await files.get(NAME), (await files.stat(NAME)).size_bytes) == (b"", 0)


async def test_folders_are_listed_by_name_over_all_pages(files: FileStore):
    names = [f"models/price/m-{number}.npz" for number in range(5)] + ["models/card.json", "modelsother/a.txt", "b.csv"]
    for name in names:
        await files.put(name, name.encode())
    assert [entry.name for entry in await files.list()] == sorted(names)
    assert [entry.name for entry in await files.list("models")] == sorted(n for n in names if n.startswith("models/"))
    assert {entry.size_bytes for entry in await files.list("models/price")} == {len("models/price/m-0.npz")}
    assert await files.list("nothing") == ()


async def test_what_is_deleted_is_absent_and_not_missed_twice(files: FileStore):
    await files.put(NAME, b"x")
    await files.delete(NAME)
    await files.delete(NAME)
    for ask in (files.get, files.stat):
        with pytest.raises(FileAbsent, match=NAME):
            await ask(NAME)
    with pytest.raises(FileAbsent):
        async with files.open(NAME):
            pass


async def test_what_is_too_large_is_refused(files: FileStore, monkeypatch: pytest.MonkeyPatch):
    await files.put(NAME, b"12345")
    assert await files.get(NAME, bytes_max=5) == b"12345"
    with pytest.raises(FileTooLarge):
        await files.get(NAME, bytes_max=4)
    for module in (local, __import__("finsage.platform.files.s3", fromlist=["s3"])):
        monkeypatch.setattr(module, "FILE_BYTES_MAX", 4)
    with pytest.raises(FileTooLarge):
        await files.put("other.txt", b"12345")
    assert [entry.name for entry in await files.list()] == [NAME]


@pytest.mark.parametrize(
    "name",
    ["", "a", "/a.txt", "a.txt/", "../a.txt", "a/../b.txt", "a/./b.txt", "./a.txt", "a//b.txt", "A.txt", "a b.txt", ".a.txt",
     "a..b", "a\\b.txt", "a\0.txt", "ä.txt", "a.txt\n", "c:/a.txt", "nul.txt", "a/con/b.txt", "a.d/b.txt", "~/a.txt",
     "a/" * 9 + "b.txt", "a" * 200 + ".txt", "-a.txt", "a.", "%2e%2e/a.txt"],
)  # fmt: skip
async def test_a_name_that_could_lead_elsewhere_is_refused(files: FileStore, name: str):
    for ask in (files.get, files.stat, files.delete):
        with pytest.raises(FileNameRefused):
            await ask(name)
    with pytest.raises(FileNameRefused):
        await files.put(name, b"x")
    with pytest.raises(FileNameRefused):
        async with files.open(name):
            pass


@given(st.text(string.ascii_letters + string.digits + "./\\-_~%\0 ä", max_size=30))
@settings(max_examples=300)
def test_no_name_leaves_its_folder_or_is_both_file_and_folder(text: str):
    try:
        name = checked_name(text)
    except FileNameRefused:
        return
    root = Path("/store/files")
    assert (root / name).resolve().is_relative_to(root)
    assert Path(os.path.normpath(root / name)) == root / name
    with pytest.raises(FileNameRefused):
        checked_folder(name)


# The directory


async def test_each_flipped_byte_is_found(tmp_path: Path):
    files = LocalFiles(tmp_path)
    await files.put(NAME, b"content")
    whole = (tmp_path / NAME).read_bytes()
    for at in range(len(whole)):
        (tmp_path / NAME).write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(FileDamaged, match="Store it anew"):
            await files.get(NAME)
        with pytest.raises(FileDamaged):
            async with files.open(NAME):
                pytest.fail("damaged bytes were handed out")
    for length in range(len(whole)):
        (tmp_path / NAME).write_bytes(whole[:length])
        with pytest.raises(FileDamaged):
            await files.get(NAME)


async def test_a_put_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path):
    class Breaking(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(28, "No space left on device")

    files = LocalFiles(tmp_path)
    await files.put(NAME, b"old")
    with pytest.raises(FileStoreFailed, match="No space left"):
        await files.put(NAME, Breaking())
    assert await files.get(NAME) == b"old"
    assert list((tmp_path / ".drafts").iterdir()) == []


async def test_a_draft_of_a_crash_is_swept_a_day_later_and_never_listed(tmp_path: Path):
    files = LocalFiles(tmp_path)
    await files.put(NAME, b"x")
    young, old = tmp_path / ".drafts" / "young", tmp_path / ".drafts" / "old"
    for draft in (young, old):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    await files.put(NAME, b"y")
    assert (young.exists(), old.exists()) == (True, False)
    assert [entry.name for entry in await files.list()] == [NAME]


@pytest.mark.skipif(os.name == "nt", reason="no POSIX modes")
async def test_only_the_owner_reads_and_a_link_is_not_followed(tmp_path: Path):
    files = LocalFiles(tmp_path / "files")
    await files.put(NAME, b"x")
    for path in (tmp_path / "files", tmp_path / "files" / "reports", tmp_path / "files" / NAME):
        assert path.stat().st_mode & 0o077 == 0
    outside = tmp_path / "outside.txt"
    outside.write_bytes((tmp_path / "files" / NAME).read_bytes())
    (tmp_path / "files" / "link.txt").symlink_to(outside)
    with pytest.raises(FileDamaged, match="is a link"):
        await files.get("link.txt")


# The bucket


EXAMPLE = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
HOST = {"host": "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z"}
EMPTY = hashlib.sha256(b"").hexdigest()
DOCUMENTED = [
    ("GET", "/test.txt", {}, {"range": "bytes=0-9"}, EMPTY, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ("PUT", "/test%24file.text", {}, {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
     hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ("GET", "/", {"lifecycle": ""}, {}, EMPTY, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/", {"prefix": "J", "max-keys": "2"}, {}, EMPTY, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]  # fmt: skip


@pytest.mark.parametrize("example", DOCUMENTED)
def test_signatures_are_those_of_the_documented_examples(example):
    method, path, query, headers, payload, signature = example
    signed = authorization(
        EXAMPLE, "us-east-1", method=method, path=path, query=query_string(query),
        headers={**HOST, "x-amz-content-sha256": payload, **headers}, at=datetime(2013, 5, 24, tzinfo=UTC),
    )  # fmt: skip
    assert signed.endswith(f"Signature={signature}")
    assert "20130524/us-east-1/s3/aws4_request" in signed


async def test_a_bucket_that_is_slow_for_a_moment_is_asked_again(remote: S3Files, bucket: replayed.Bucket):
    bucket.refuse = [replayed.SLOW_DOWN, replayed.error("InternalError", 500), Reply(b"", 503)]
    await remote.put(NAME, b"content")
    bucket.refuse = [replayed.error("RequestTimeout", 400), replayed.SLOW_DOWN]
    assert await remote.get(NAME) == b"content"
    bucket.refuse = [replayed.SLOW_DOWN] * 4
    with pytest.raises(FileStoreFailed, match=r"failed 4 times.*503 SlowDown"):
        await remote.get(NAME)
    assert bucket.refuse == []


async def test_a_body_that_is_cut_off_is_asked_for_again(
    remote: S3Files, bucket: replayed.Bucket, service: ReplayServer
):
    content = os.urandom(200_000)
    await remote.put(NAME, content)
    faults = [lambda reply: replace(reply, cut=True), lambda reply: replace(reply, body=reply.body[:-1])]
    for fault in faults:
        left = [fault]
        service.fault = lambda reply, left=left: left.pop()(reply) if left else reply
        assert await remote.get(NAME) == content
    service.fault = faults[0]
    with pytest.raises(FileStoreFailed):
        await remote.get(NAME)


async def test_bytes_that_changed_are_never_handed_out(remote: S3Files, bucket: replayed.Bucket, service: ReplayServer):
    await remote.put(NAME, b"content")
    key = f"finsage/files/{NAME}"
    bucket.objects[key] = b"c0ntent", bucket.objects[key][1]
    with pytest.raises(FileDamaged, match="checksum"):
        await remote.get(NAME)
    with pytest.raises(FileDamaged):
        async with remote.open(NAME):
            pytest.fail("damaged bytes were handed out")
    bucket.objects[key] = b"content", ""
    with pytest.raises(FileDamaged, match="did not store it"):
        await remote.stat(NAME)


async def test_bytes_that_change_on_the_way_in_are_refused_by_the_service(remote: S3Files, bucket: replayed.Bucket):
    class Changing(io.BytesIO):
        rounds = 0

        def seek(self, *where: int) -> int:
            self.rounds += 1
            self.getbuffer()[0] = self.rounds
            return super().seek(*where)

    with pytest.raises(FileStoreRefused, match="XAmzContentSHA256Mismatch"):
        await remote.put(NAME, Changing(b"content"))
    assert bucket.objects == {}


@pytest.mark.parametrize(
    ("reply", "remedy"),
    [
        (replayed.error("NoSuchBucket", 404), "FINSAGE_S3_BUCKET"),
        (replayed.error("SignatureDoesNotMatch", 403), "FINSAGE_S3_KEY_SECRET"),
        (replayed.error("RequestTimeTooSkewed", 403), "clock"),
        (
            replayed.error("PermanentRedirect", 301, **{"x-amz-bucket-region": "eu-west-3"}),
            "FINSAGE_S3_REGION to eu-west-3",
        ),
        (Reply(b'<!DOCTYPE x [<!ENTITY a "b">]><Error><Code>&a;</Code></Error>', 403), "Look at the endpoint"),
        (Reply(b"<html>nginx", 405), "Look at the endpoint"),
    ],
)
async def test_a_refusal_says_what_to_mend(remote: S3Files, bucket: replayed.Bucket, reply: Reply, remedy: str):
    bucket.refuse = [reply]
    with pytest.raises(FileStoreRefused, match=remedy):
        await remote.get(NAME)


@pytest.mark.parametrize("body", [b"", b"<html/>", b'<!DOCTYPE x [<!ENTITY a "b">]><a>&a;</a>', b"<ListBucketResult>"])
async def test_a_list_that_is_none_is_refused(remote: S3Files, bucket: replayed.Bucket, body: bytes):
    bucket.refuse = [Reply(body)]
    with pytest.raises(FileStoreRefused):
        await remote.list()


async def test_others_in_the_bucket_are_not_seen(remote: S3Files, bucket: replayed.Bucket):
    await remote.put(NAME, b"x")
    bucket.objects |= {"finsage/other.txt": (b"", ""), "finsage/files/Report & Co.PDF": (b"", "")}
    assert [entry.name for entry in await remote.list()] == [NAME]


# The settings


async def test_the_settings_choose_and_the_doctor_tries(tmp_path: Path, service: ReplayServer, bucket: replayed.Bucket):
    at_home = load_settings({}, data_dir=tmp_path)
    assert open_files(at_home).kind == "directory"
    assert await files_fault(at_home) == (True, f"a file was stored, read back and removed in {tmp_path / 'files'}")
    environment = {
        "FINSAGE_S3_ENDPOINT": service.url, "FINSAGE_S3_BUCKET": bucket.name, "FINSAGE_S3_REGION": replayed.REGION,
        "FINSAGE_S3_KEY_ID": replayed.KEY_ID, "FINSAGE_S3_KEY_SECRET": replayed.SECRET,
    }  # fmt: skip
    away = load_settings(environment, data_dir=tmp_path)
    assert open_files(away).kind == "bucket"
    assert await files_fault(away) == (True, "a file was stored, read back and removed in the bucket finsage-files")
    assert bucket.objects == {}
    assert replayed.SECRET not in repr(masked(away))
    wrong = load_settings(environment | {"FINSAGE_S3_KEY_SECRET": "wrong"}, data_dir=tmp_path)
    is_ok, told = await files_fault(wrong)
    assert (is_ok, "SignatureDoesNotMatch" in told) == (False, True)


def test_a_bucket_without_its_key_is_refused_by_name():
    with pytest.raises(InvalidSetting, match="not FINSAGE_S3_ENDPOINT, FINSAGE_S3_KEY_ID, FINSAGE_S3_KEY_SECRET"):
        load_settings({"FINSAGE_S3_BUCKET": "files"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("ENDPOINT", "s3.example.com"), ("ENDPOINT", "https://u:p@s3"), ("ENDPOINT", "https://s3/bucket"), ("BUCKET", "A"),
     ("PREFIX", "../x"), ("PREFIX", "/x"), ("REGION", "EU west")],
)  # fmt: skip
def test_a_place_that_is_none_is_refused_by_name(name: str, value: str):
    with pytest.raises(InvalidSetting, match=f"FINSAGE_S3_{name}"):
        load_settings({f"FINSAGE_S3_{name}": value})


def test_a_stored_file_is_bounded_as_documented():
    assert (store.FILE_BYTES_MAX, store.GET_BYTES_MAX) == (2**30, 64 * 2**20)
