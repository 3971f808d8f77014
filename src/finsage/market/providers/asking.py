"""How a provider asks: its address, its credential and the errors that every provider has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finsage.market.errors import CredentialRefused
from finsage.market.providers.protocol import Source
from finsage.platform import clock
from finsage.platform.http import Credential, Fetched, Outbound, RequestRefused, Service

UNAUTHORISED = frozenset({401, 402, 403})


@dataclass(frozen=True, slots=True)
class Asking:
    """One service at one address.

    Args:
        outbound: the way out.
        service: name and pace.
        base: address that paths are joined to, without a slash at its end.
        credential: sent with each request.
    """

    outbound: Outbound
    service: Service
    base: str
    credential: Credential | None = None

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = "*/*") -> Fetched:
        """Fetch one path.

        Raises:
            CredentialRefused: status 401, 402 or 403.
            RequestRefused, and whatever else ``Outbound.get`` raises.
        """
        try:
            return await self.outbound.get(
                self.service, self.base + path, params=params, accept=accept, credential=self.credential
            )
        except RequestRefused as error:
            if error.members.get("status") in UNAUTHORISED:
                raise CredentialRefused(
                    f"{self.service.name} refuses the key, or wants one.", provider=self.service.name
                ) from error
            raise

    async def find(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = "*/*") -> Fetched | None:
        """As ``get``; None where the provider says that there is nothing (404)."""
        try:
            return await self.get(path, params, accept=accept)
        except RequestRefused as error:
            if error.members.get("status") == 404:
                return None
            raise


def source_of_values(url: str, values: Sequence[object]) -> Source:
    """The same of what a library of its own brought, whose responses are not seen: the hash is that of the values."""
    told = hashlib.sha256(repr(tuple(values)).encode()).digest()
    return Source(url, told, clock.now())


def source_of(fetched: Fetched) -> Source:
    """Where an answer came from, to keep beside it."""
    return Source(fetched.url, fetched.content_hash, fetched.received_at, fetched.is_from_cache)
