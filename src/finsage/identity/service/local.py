"""The caller of a command on the machine: who may read the data directory acts for a user without signing in."""

from __future__ import annotations

import unicodedata

from finsage.identity.errors import UnknownUser, WhichUser
from finsage.identity.service.authentication import scopes_of
from finsage.identity.store import people
from finsage.platform.caller import Caller
from finsage.platform.clock import new_id, now
from finsage.platform.database import Database


async def local_caller(database: Database, email: str | None) -> Caller:
    """The caller for a user of this installation.

    Args:
        database: of the installation.
        email: whose; may be left out where there is one user only.

    Raises:
        UnknownUser: nobody has registered, or nobody with this address.
        WhichUser: there are several, and none is named.
    """
    async with database.read() as session:
        known = [unicodedata.normalize("NFC", email)] if email is not None else await people.list_emails(session, 2)
        if not known:
            raise UnknownUser("Nobody has registered yet. Start `finsage up` and create the first account.")
        if len(known) > 1:
            raise WhichUser("Several people have accounts here; add --user with an e-mail address.")
        account = await people.find_account(session, known[0])
        if account is None or not account.is_active:
            raise UnknownUser(f"Nobody has an active account as {known[0]}.")
        await people.act_in(session, account.tenant_id, account.user_id)
        person = await people.load_person(session, account.tenant_id, account.user_id)
    scopes = scopes_of(person.role, is_admin=person.is_admin)
    return Caller(person.user_id, person.tenant_id, person.role, scopes, "session", new_id(), person.is_admin, now())
