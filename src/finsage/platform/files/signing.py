"""AWS Signature Version 4 in the ``Authorization`` header, as S3 and what is compatible with it want it.

Source: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, whose four examples are tests.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; its secret is never shown."""

    key_id: str
    secret: str = field(repr=False)


def query_string(query: Mapping[str, str]) -> str:
    """Parameters encoded and ordered as the signature wants them: send exactly this."""
    return "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query.items()))


def authorization(
    key: Key,
    region: str,
    *,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    at: datetime,
) -> str:
    """The value of the ``Authorization`` header.

    Args:
        key: who asks.
        region: of the bucket, ``us-east-1`` where a service knows none.
        method: of the request.
        path: encoded, as it is sent.
        query: as ``query_string`` gives it.
        headers: all that are signed: ``host``, ``x-amz-date``, ``x-amz-content-sha256`` at least.
        at: the time in ``x-amz-date``, UTC.
    """
    fields = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    signed = ";".join(name for name, _ in fields)
    payload = dict(fields)["x-amz-content-sha256"]
    canonical = "\n".join((method, path, query, *(f"{name}:{value}" for name, value in fields), "", signed, payload))
    scope = f"{at:%Y%m%d}/{region}/s3/aws4_request"
    told = "\n".join((_ALGORITHM, amz_date(at), scope, hashlib.sha256(canonical.encode()).hexdigest()))
    secret = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    signature = hmac.new(secret, told.encode(), "sha256").hexdigest()
    return f"{_ALGORITHM} Credential={key.key_id}/{scope},SignedHeaders={signed},Signature={signature}"


def amz_date(at: datetime) -> str:
    """The time as ``x-amz-date`` has it."""
    return f"{at:%Y%m%dT%H%M%SZ}"
