"""Requests to the outside: the only code of FinSage that makes any, and only to where it may.

addresses    which addresses those are
network      connections that end where they were checked
restraint    breaker, budget of retries, places in time shared between processes
body         decoded within bounds
client       Outbound, all of the above around an RFC 9111 cache
meter        what the operator sees of it
errors       what can go wrong, one class each
"""

from __future__ import annotations

from finsage.platform.http.addresses import LocalHosts, checked_url
from finsage.platform.http.client import Credential, Fetched, Outbound, Service, open_outbound
from finsage.platform.http.errors import (
    AnswerTooLarge,
    AnswerUnreadable,
    CircuitOpen,
    ForbiddenAddress,
    OutsideBusy,
    OutsideLimited,
    RequestRefused,
    ServiceFailed,
    TooSlow,
    Unreachable,
)
from finsage.platform.http.restraint import Buckets, LocalBuckets, Rate, SharedBuckets

__all__ = [
    "AnswerTooLarge",
    "AnswerUnreadable",
    "Buckets",
    "CircuitOpen",
    "Credential",
    "Fetched",
    "ForbiddenAddress",
    "LocalBuckets",
    "LocalHosts",
    "Outbound",
    "OutsideBusy",
    "OutsideLimited",
    "Rate",
    "RequestRefused",
    "Service",
    "ServiceFailed",
    "SharedBuckets",
    "TooSlow",
    "Unreachable",
    "checked_url",
    "open_outbound",
]
