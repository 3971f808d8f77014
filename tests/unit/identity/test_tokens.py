from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.identity.errors import InvalidToken
from finsage.identity.service.tokens import TokenSigner, csrf_token_of, hash_secret, new_secret


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> TokenSigner:
    return TokenSigner(tmp_path_factory.mktemp("data"), "finsage")


def test_what_was_signed_is_verified(signer: TokenSigner):
    user, family = uuid4(), uuid4()
    claims = signer.verify(signer.sign(user, family))
    assert (claims.user_id, claims.family_id) == (user, family)


@given(text=st.one_of(st.text(max_size=300), st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,90}", fullmatch=True)))
def test_any_other_text_is_an_invalid_token_and_nothing_worse(signer: TokenSigner, text: str):
    with pytest.raises(InvalidToken):
        signer.verify(text)


@given(data=st.data())
def test_no_character_of_a_token_can_be_changed(signer: TokenSigner, data: st.DataObject):
    token = signer.sign(uuid4(), uuid4())
    # The last character of a part carries unused bits; base64 has several spellings of one signature.
    index = data.draw(st.integers(0, len(token) - 2).filter(lambda i: token[i] != "." and token[i + 1] != "."))
    other = data.draw(st.sampled_from("abcXYZ012-_").filter(lambda c: c != token[index]))
    with pytest.raises(InvalidToken):
        signer.verify(token[:index] + other + token[index + 1 :])


def test_secrets_are_long_and_never_the_same():
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) == 43 for secret in secrets)


def test_a_csrf_token_belongs_to_its_cookie_and_is_no_hash_that_is_stored():
    cookie = new_secret()
    assert csrf_token_of(cookie) == csrf_token_of(cookie)
    assert csrf_token_of(cookie) != csrf_token_of(new_secret())
    assert bytes.fromhex(csrf_token_of(cookie)) != hash_secret(cookie)
