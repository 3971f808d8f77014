from __future__ import annotations

from uuid import UUID, uuid4

from finsage.identity.service import callers
from finsage.identity.service.authentication import scopes_of
from finsage.identity.service.callers import VerifiedCallers
from finsage.platform.caller import Caller


def caller(user_id: UUID | None = None) -> Caller:
    scopes = scopes_of("owner", is_admin=False)
    return Caller(user_id or uuid4(), uuid4(), "owner", scopes, "session", uuid4())


def test_a_kept_caller_is_found_and_another_is_not():
    memory, ada = VerifiedCallers(), caller()
    memory.keep(b"cookie", ada, 5)
    assert memory.find(b"cookie") is ada
    assert memory.find(b"another") is None


def test_an_entry_ends(monkeypatch):
    present = [100.0]
    monkeypatch.setattr(callers.time, "monotonic", lambda: present[0])
    memory = VerifiedCallers()
    memory.keep(b"cookie", caller(), 5)
    present[0] += 4.9
    assert memory.find(b"cookie")
    present[0] += 0.1
    assert memory.find(b"cookie") is None


def test_nothing_of_a_credential_past_its_end_is_kept():
    memory = VerifiedCallers()
    memory.keep(b"cookie", caller(), -1)
    assert memory.find(b"cookie") is None


def test_who_is_distrusted_is_neither_found_nor_kept_and_nobody_else_suffers(monkeypatch):
    present = [100.0]
    monkeypatch.setattr(callers.time, "monotonic", lambda: present[0])
    memory, ada, bob = VerifiedCallers(), caller(), caller()
    memory.keep(b"ada", ada, 60)
    memory.keep(b"bob", bob, 60)
    memory.distrust(ada.user_id)
    assert memory.find(b"ada") is None
    # A look-up that began before the revocation was committed ends after it.
    memory.keep(b"ada", ada, 60)
    assert memory.find(b"ada") is None
    assert memory.find(b"bob") is bob
    present[0] += callers.TOKEN_SECONDS
    assert memory.find(b"ada") is None
    memory.keep(b"ada", ada, 60)
    assert memory.find(b"ada") is ada


def test_the_memory_is_bounded_and_forgets_the_oldest(monkeypatch):
    monkeypatch.setattr(callers, "ENTRIES_MAX", 3)
    memory = VerifiedCallers()
    for n in range(5):
        memory.keep(bytes([n]), caller(), 60)
    assert [memory.find(bytes([n])) is not None for n in range(5)] == [False, False, True, True, True]


def test_scopes_fall_with_the_role():
    viewer, member, owner = (scopes_of(role, is_admin=False) for role in ("viewer", "member", "owner"))
    assert viewer < member < owner
    assert owner - member == {"audit:read"}
    assert {scope for scope in viewer if not scope.endswith(":read")} == {"identity:write"}
    assert scopes_of("viewer", is_admin=True) - viewer == {"admin"}
