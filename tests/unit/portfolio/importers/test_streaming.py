"""Large files are read in bounded memory; measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from finsage.portfolio.importers.errors import TooManyRows
from finsage.portfolio.importers.parsing import Options, parse

# VmHWM and not ru_maxrss: the latter starts with what the forking parent, a long test run, already used.
_SCAN = """
import re, sys
from finsage.portfolio.importers.parsing import Options, scan
with open(sys.argv[1], "rb") as file:
    scanned = scan(file, options=Options(rows_max=10**9))
    rows = sum(1 for row in scanned if not row.errors)
with open("/proc/self/status") as status:
    print(rows, int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1]) // 1024)
"""


def scan_apart(path) -> tuple[int, int]:
    """Rows read without error, and the peak of memory in MiB."""
    done = subprocess.run([sys.executable, "-c", _SCAN, str(path)], capture_output=True, text=True, check=True)
    rows, peak = done.stdout.split()
    return int(rows), int(peak)


@pytest.mark.slow
def test_two_hundred_megabytes_stay_below_300_mebibytes(tmp_path):
    path = tmp_path / "big.csv"
    note = b"n" * 300
    with path.open("wb") as file:
        file.write(b"date,type,symbol,quantity,unit_price,currency,note\n")
        count = 0
        while file.tell() < 200_000_000:
            file.writelines(
                b"2024-01-%02d,buy,SYM%d,1.5,2.25,USD,%s\n" % (1 + i % 28, i % 500, note) for i in range(1000)
            )
            count += 1000
    rows, peak = scan_apart(path)
    assert rows == count
    assert peak <= 300


@pytest.mark.slow
def test_as_many_legs_as_may_be_grouped_need_bounded_memory(tmp_path):
    path = tmp_path / "legs.csv"
    with path.open("wb") as file:
        file.write(b"User_ID,UTC_Time,Account,Operation,Coin,Change,Remark\n")
        for i in range(66_000):
            at = b"2024-%02d-%02d %02d:%02d:%02d" % (
                1 + i // 86400,
                1 + i // 3600 % 24,
                i // 3600 % 24,
                i // 60 % 60,
                i % 60,
            )
            file.write(b"1,%s,Spot,Buy,BTC,0.5,\n1,%s,Spot,Buy,EUR,-10,\n1,%s,Spot,Fee,BNB,-0.1,\n" % (at, at, at))
    rows, peak = scan_apart(path)
    assert rows == 198_000
    assert peak <= 300


def test_a_file_with_too_many_rows_is_refused_with_the_bound():
    data = b"date,type,gross,currency\n" + b"2024-01-02,deposit,1,EUR\n" * 11
    with pytest.raises(TooManyRows) as caught:
        parse(data, options=Options(rows_max=10))
    assert caught.value.members["rows_max"] == 10
