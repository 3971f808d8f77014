from __future__ import annotations

import pytest

from finsage.identity.service.delay import delay_seconds, subjects_of


def test_the_delay_doubles_from_the_fifth_failure_to_a_quarter_of_an_hour():
    assert [delay_seconds(n) for n in range(16)] == [
        0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900
    ]  # fmt: skip


def test_a_huge_count_costs_no_huge_power():
    assert delay_seconds(10**9) == 900


@pytest.mark.parametrize(
    ("address", "subjects"),
    [
        ("192.0.2.7", ["address:192.0.2.7"]),
        ("::ffff:192.0.2.7", ["address:192.0.2.7"]),
        ("2001:DB8:0:0:1:2:3:4", ["address:2001:db8::1:2:3:4", "network:2001:db8::/64"]),
        ("", []),
        ("testclient", []),
    ],
)
def test_a_failure_counts_against_account_address_and_network(address: str, subjects: list[str]):
    account, *rest = subjects_of("ada@example.org", address)
    assert account.startswith("account:")
    assert "ada" not in account
    assert rest == subjects
