"""The ECB's files and Frankfurter's answers as documented."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from finsage.market.providers.ecb import EcbRates
from finsage.market.providers.frankfurter import Frankfurter
from finsage.market.providers.protocol import Answer
from replay.case import Case, bodied, replaced
from replay.server import NOT_FOUND, Asked, Reply, json_reply

ECB_DOCS = (
    "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html",
)
TODAY = datetime.now(UTC).date()
DAYS = [TODAY - timedelta(days=back) for back in (3, 2, 1)]
OLD = [date(1999, 1, 4), date(1999, 1, 5)]
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
    ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>'
    "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>"
)


def xml(days: list[date]) -> bytes:
    cubes = "".join(
        f'<Cube time="{day}"><Cube currency="USD" rate="1.0{day.day:02}"/><Cube currency="JPY" rate="163.29"/></Cube>'
        for day in reversed(days)
    )
    return f"{_HEAD}{cubes}</Cube></gesmes:Envelope>".encode()


def archive(
    text: str = "Date,USD,JPY,CYP,\n1999-01-05,1.179,130.96,N/A,\n1999-01-04,1.1789,133.73,0.58231,\n",
) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("eurofxref-hist.csv", text)
    return packed.getvalue()


def ecb(asked: Asked) -> Reply:
    files = {
        "/eurofxref-daily.xml": xml([TODAY]),
        "/eurofxref-hist-90d.xml": xml(DAYS),
        "/eurofxref-hist.zip": archive(),
    }
    return Reply(files[asked.path]) if asked.path in files else NOT_FOUND


def frankfurter(asked: Asked) -> Reply:
    """As at https://frankfurter.dev/v1/: the span begins with the working day before, when it begins on a holiday."""
    first, _, last = asked.path.removeprefix("/v1/").partition("..")
    days = [date.fromisoformat(first) - timedelta(days=1), *DAYS]
    rates = {str(day): {"JPY": 163.29, "USD": 1.0921} for day in days if str(day) <= last}
    return json_reply({"amount": 1.0, "base": "EUR", "start_date": str(days[0]), "end_date": last, "rates": rates})


def _right(found: Answer[Any]) -> None:
    assert [(one.base, one.day) for one in found.values] == [("EUR", day) for day in DAYS]
    assert dict(found.values[0].rates)["JPY"] == Decimal("163.29")


def _old_right(found: Answer[Any]) -> None:
    assert [one.day for one in found.values] == OLD
    assert dict(found.values[0].rates) == {
        "USD": Decimal("1.1789"),
        "JPY": Decimal("133.73"),
        "CYP": Decimal("0.58231"),
    }
    assert "CYP" not in dict(found.values[1].rates)


CASES = [
    Case(
        "ecb 90 days", ECB_DOCS, lambda out, base: EcbRates(out, base=base), ecb,
        lambda it: it.rates(DAYS[0], TODAY), _right,
        replaced(b" rate=", b" value="), "/Envelope/Cube/Cube/Cube/@rate",
        bodied(xml([date(2020, 1, 1)])),
        bodied(xml([*DAYS, DAYS[0]])),
    ),
    Case(
        "ecb all days", ECB_DOCS, lambda out, base: EcbRates(out, base=base), ecb,
        lambda it: it.rates(date(1998, 12, 1), date(1999, 2, 1)), _old_right,
        bodied(archive("Day,USD\n1999-01-04,1.1789\n")), "eurofxref-hist.csv/Date",
        bodied(archive("Date,USD\n")),
        bodied(archive("Date,USD\n1999-01-04,1.1789\n1999-01-04,1.1789\n")),
    ),
    Case(
        "frankfurter", ("https://frankfurter.dev/v1/",), lambda out, base: Frankfurter(out, base=base), frankfurter,
        lambda it: it.rates(DAYS[0], TODAY), _right,
        replaced(b'"rates"', b'"quotes"'), "$.rates", bodied(b'{"base": "EUR", "rates": {}}'),
        lambda reply: Reply(reply.body.replace(b'"rates": {', f'"rates": {{"{DAYS[0]}": {{"USD": 9}}, '.encode()), 200, reply.headers),
        told=False, not_found_is_missing=True,
    ),
]  # fmt: skip
