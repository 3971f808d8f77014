from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finsage.identity.errors import WeakPassword
from finsage.identity.service.passwords import check_new_password, normalise_password

ADA = ("ada.lovelace@analytical.example.org", "Augusta", "Lovelace")


def complaint(password: str, personal: tuple[str, ...] = ADA) -> str:
    try:
        check_new_password(normalise_password(password), personal, "/password")
    except WeakPassword as error:
        return error.faults[0].detail
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "seven tall giraffes",
        "x7#kq!vv02Lm",
        "\N{PILE OF POO}" * 12,
        "p\u00e4ssw\u00f6rter sind lang",
        "ada-likes-long-passwords",
        "augusta and her machine",
        "a" * 1024,
    ],
)
def test_good_passwords_pass(password: str):
    assert complaint(password) == ""


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("elevenchars", "at least 12"),
        ("", "at least 12"),
        ("a" * 1025, "at most 1024"),
        ("\N{PILE OF POO}" * 257, "at most 1024"),
        ("password1234", "most common"),
        ("PASSWORD1234", "most common"),
        ("correct horse battery staple", "most common"),
        ("111111111111", "most common"),
        ("ada.lovelace@analytical.example.org", "Without your name"),
        ("Lovelace1815", "Without your name"),
        ("augustalovelace!", "Without your name"),
        ("analytical42", "Without your name"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, word: str):
    assert word in complaint(password)


def test_a_short_name_is_not_looked_for():
    assert complaint("banana basket", ("a@b.example", "Al", "Bo")) == ""


@given(st.text(min_size=12, max_size=200))
def test_a_password_typed_composed_or_decomposed_is_one(password: str):
    assert normalise_password(unicodedata.normalize("NFD", password)) == normalise_password(password)
