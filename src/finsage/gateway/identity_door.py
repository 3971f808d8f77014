"""The authenticator of the pipeline that asks identity."""

from __future__ import annotations

from collections.abc import Mapping

from finsage.identity import service
from finsage.platform.caller import Caller
from finsage.platform.database import Database


class IdentityAuthenticator:
    """The authenticator that is identity's door."""

    def __init__(self, database: Database, identity: service.Identity) -> None:
        self._database = database
        self._identity = identity

    def find_session_cookie(self, cookies: Mapping[str, str], *, scheme: str) -> str | None:
        return service.find_session_cookie(self._identity, cookies, scheme=scheme)

    async def authenticate_session(self, cookie: str, *, is_use: bool = True) -> Caller:
        return await service.authenticate_session(self._database, self._identity, cookie, is_use=is_use)

    async def authenticate_token(self, token: str) -> Caller:
        return await service.authenticate_token(self._database, self._identity, token)

    def check_csrf(self, cookie: str, *, headers: Mapping[str, str], scheme: str, host: str) -> None:
        service.check_csrf(self._identity, cookie, headers=headers, scheme=scheme, host=host)
