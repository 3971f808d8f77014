from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finsage.portfolio.importers.days import DateOrders, read_moment
from finsage.portfolio.importers.errors import CellError

UTC_ZONE = ZoneInfo("UTC")


def read(cell, *seen, declared=None, zone="UTC", **options):
    orders = DateOrders(declared)
    for line, other in enumerate((*seen, cell), 2):
        orders.look_at(other, line)
    return read_moment(cell, orders, ZoneInfo(zone), **options)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024/2/9", date(2024, 2, 9)),
        ("20240229", date(2024, 2, 29)),
        ("29.02.2024", date(2024, 2, 29)),
        ("01.02.2024", date(2024, 2, 1)),
        ("29/02/2024", date(2024, 2, 29)),
        ("02/29/2024", date(2024, 2, 29)),
        ("05/05/2024", date(2024, 5, 5)),
        ("03/21/2025 as of 03/20/2025", date(2025, 3, 21)),
        ("Jan 5, 2024", date(2024, 1, 5)),
        ("5 September 2024", date(2024, 9, 5)),
    ],
)
def test_days_in_common_ways_of_writing(cell, day):
    moment = read(cell)
    assert moment.day == day
    assert moment.instant is None


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2024-01-02T10:11:12.345678Z", datetime(2024, 1, 2, 10, 11, 12, 345678, UTC)),
        ("2024-01-02 10:11:12", datetime(2024, 1, 2, 10, 11, 12, tzinfo=UTC)),
        ("2024-01-02T01:00:00+02:00", datetime(2024, 1, 1, 23, 0, tzinfo=UTC)),
        ("20230403;095853", datetime(2023, 4, 3, 9, 58, 53, tzinfo=UTC)),
        ("2013-03-05, 19:45:00", datetime(2013, 3, 5, 19, 45, tzinfo=UTC)),
        ("20.09.2019 13:00:00", datetime(2019, 9, 20, 13, 0, tzinfo=UTC)),
        ("1/15/2024 1:05 PM", datetime(2024, 1, 15, 13, 5, tzinfo=UTC)),
        ("1659085200000", datetime(2022, 7, 29, 9, 0, tzinfo=UTC)),
        ("Apr. 11, 2014, 03:55 PM", datetime(2014, 4, 11, 15, 55, tzinfo=UTC)),
        ("Thu Jul 12 2018 06:21:12 GMT+0200", datetime(2018, 7, 12, 4, 21, 12, tzinfo=UTC)),
        ("1659085200", datetime(2022, 7, 29, 9, 0, tzinfo=UTC)),
    ],
)
def test_instants_are_utc(cell, instant):
    assert read(cell).instant == instant


def test_times_without_offset_are_of_the_files_zone():
    moment = read("20230403;095853", zone="America/New_York")
    assert moment.instant == datetime(2023, 4, 3, 13, 58, 53, tzinfo=UTC)


def test_midnight_can_stand_for_no_time():
    assert read("2024-01-02T00:00:00Z", midnight_is_day=True).instant is None
    assert read("2024-01-02T00:00:00Z").instant is not None


def test_order_is_decided_per_separator():
    seen = ("16-09-2021", "11/17/2021")
    assert read("01-02-2021", *seen).day == date(2021, 2, 1)
    assert read("01/02/2021", *seen).day == date(2021, 1, 2)


def test_an_undecided_separator_asks_and_an_answer_settles_it():
    with pytest.raises(CellError) as caught:
        read("01/02/2021", "16-09-2021")
    assert caught.value.code == "ambiguous_date"
    assert read("01/02/2021", declared="mdy").day == date(2021, 1, 2)


def test_a_contradiction_names_both_lines():
    with pytest.raises(CellError) as caught:
        read("01/02/2021", "13/01/2021", "01/13/2021")
    assert caught.value.code == "date_order_conflict"
    assert "line 2" in caught.value.message
    assert "line 3" in caught.value.message


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1600-01-01", "day_out_of_range"),
        ("2400-01-01", "day_out_of_range"),
        ("31/12/1899", "day_out_of_range"),
        ("99999999999999", "day_out_of_range"),
        ("2023-02-29", "not_a_date"),
        ("2023-13-01", "not_a_date"),
        ("01/02/24", "not_a_date"),
        ("tomorrow", "not_a_date"),
        ("Foo 5, 2024", "not_a_date"),
        ("Feb 30, 2024", "not_a_date"),
        ("Jan 5, 1600", "day_out_of_range"),
        ("2024-01-01 25:00:00", "not_a_date"),
        ("2024-01-01'; DROP TABLE", "not_a_date"),
    ],
)
def test_what_is_no_day_is_refused_with_its_code(cell, code):
    with pytest.raises(CellError) as caught:
        read(cell)
    assert caught.value.code == code


@settings(max_examples=60)
@given(
    day=st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    style=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d"]),
)
def test_days_round_trip_once_the_order_is_known(day, style):
    declared = "mdy" if style.startswith("%m") else "dmy"
    text = f"{day.year:04d}".join(day.strftime(style.replace("%Y", "|")).split("|"))
    assert read(text, declared=declared).day == day
