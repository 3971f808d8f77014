"""An S3 bucket as documented: signatures and payload hashes are verified, errors are XML with a code.

Source: docs.aws.amazon.com/AmazonS3/latest/API: PutObject, GetObject, HeadObject, DeleteObject, ListObjectsV2, error
responses, authenticating requests (AWS Signature Version 4).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from replay.server import Asked, Reply

KEY_ID, SECRET, REGION = "AKIAREPLAY", "replay/secret+key", "eu-test-1"
DATE = "Sun, 29 Nov 2026 03:00:00 GMT"


def error(code: str, status: int, **headers: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>m</Message><RequestId>1</RequestId></Error>'
    return Reply(body.encode(), status, {"content-type": "application/xml", **headers})


SLOW_DOWN = error("SlowDown", 503)


@dataclass
class Bucket:
    """What is stored, by key; ``refuse`` takes the place of answers, one after the other, while it holds any."""

    name: str = "finsage-files"
    page: int = 1000
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    refuse: list[Reply] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        bucket, _, key = asked.path.removeprefix("/").partition("/")
        if fault := self._refusal(asked):
            return fault
        if bucket != self.name:
            return error("NoSuchBucket", 404)
        if not key:
            return self._list(asked)
        if asked.method == "PUT":
            self.objects[key] = asked.body, asked.headers.get("x-amz-meta-finsage-sha256", "")
            return Reply(b"", 200, {"etag": f'"{hashlib.md5(asked.body).hexdigest()}"'})  # noqa: S324
        if asked.method == "DELETE":
            self.objects.pop(key, None)
            return Reply(b"", 204)
        return self._read(asked, key)

    def _read(self, asked: Asked, key: str) -> Reply:
        if key not in self.objects:
            return Reply(b"", 404) if asked.method == "HEAD" else error("NoSuchKey", 404)
        content, digest = self.objects[key]
        headers = {"last-modified": DATE, "content-type": "application/octet-stream"}
        if digest:
            headers["x-amz-meta-finsage-sha256"] = digest
        if asked.method == "HEAD":
            return Reply(b"", 200, {**headers, "content-length": str(len(content))})
        return Reply(content, 200, headers)

    def _refusal(self, asked: Asked) -> Reply | None:
        if self.refuse:
            return self.refuse.pop(0)
        if f"Credential={KEY_ID}/" not in asked.headers["authorization"]:
            return error("InvalidAccessKeyId", 403)
        if signature_of(asked) != asked.headers["authorization"].rpartition("Signature=")[2]:
            return error("SignatureDoesNotMatch", 403)
        if hashlib.sha256(asked.body).hexdigest() != asked.headers["x-amz-content-sha256"]:
            return error("XAmzContentSHA256Mismatch", 400)
        return None

    def _list(self, asked: Asked) -> Reply:
        assert asked.query["list-type"] == "2"
        prefix = asked.query.get("prefix", "")
        after = base64.b64decode(asked.query.get("continuation-token", "")).decode()
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        shown, more = keys[: self.page], len(keys) > self.page
        token = base64.b64encode(shown[-1].encode()).decode() if more else ""
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-29T03:00:00.000Z</LastModified>"
            f"<Size>{len(self.objects[key][0])}</Size></Contents>"
            for key in shown
        )
        body = (
            f'<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>{self.name}</Name>'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{contents}"
            + (f"<NextContinuationToken>{token}</NextContinuationToken>" if more else "")
            + "</ListBucketResult>"
        )
        return Reply(body.encode(), 200, {"content-type": "application/xml"})


def signature_of(asked: Asked) -> str:
    """What the service works out from a request as it arrived."""
    fields = dict(
        part.strip().split("=", 1)
        for part in asked.headers["authorization"].removeprefix("AWS4-HMAC-SHA256").split(",")
    )
    names = fields["SignedHeaders"].split(";")
    assert {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names)
    lines = [asked.method, asked.path, "&".join(sorted(filter(None, asked.raw_query.split("&"))))]
    lines += [f"{name}:{asked.headers[name]}" for name in names]
    lines += ["", fields["SignedHeaders"], asked.headers["x-amz-content-sha256"]]
    _, day, region, service, end = fields["Credential"].split("/")
    assert (region, service, end) == (REGION, "s3", "aws4_request")
    key = ("AWS4" + SECRET).encode()
    for part in (day, region, service, end):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    canonical = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    told = f"AWS4-HMAC-SHA256\n{asked.headers['x-amz-date']}\n{day}/{region}/s3/aws4_request\n{canonical}"
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
