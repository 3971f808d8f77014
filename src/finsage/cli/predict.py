"""``finsage predict``: closes in a file, the odds of the coming days on standard output. No server, no network."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from finsage.cli.closes import AssetClass, ClassFile, classes_of, read_closes
from finsage.prediction.service.documents import forecast_document, joint_document, usable_weights

_PLAIN_LEAST, _PLAIN_BELOW = Decimal("1e-9"), Decimal("1e15")
_SHOWN = ("0.025", "0.1", "0.25", "0.5", "0.75", "0.9", "0.975")


def predict(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: date,close; or date,symbol,close")],
    horizon: Annotated[int, typer.Option(help="Calendar days ahead, 1 to 365", metavar="DAYS")],
    asset_class: AssetClass = "equity",
    classes: ClassFile = None,
    together: Annotated[bool, typer.Option("--joint", help="Forecast all symbols of the file together")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Write JSON instead of a table")] = False,
) -> None:
    """Forecast prices from a file of closes: quantiles, value at risk, the odds of a loss."""
    closes, weights = read_closes(file), usable_weights()
    by_symbol = classes_of(closes, asset_class, classes)
    if together:
        found = joint_document(closes, weights, horizon, classes=by_symbol)
    else:
        found = forecast_document(closes, weights, horizon, classes=by_symbol)
    print(json.dumps(found, indent=1, ensure_ascii=False) if json_output else "\n".join(_lines(found)))


def _tidy(price: str) -> str:
    """A price as it stands, or in powers of ten where its digits would have to be counted."""
    return price if _PLAIN_LEAST <= Decimal(price) < _PLAIN_BELOW else f"{Decimal(price):.3e}"


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [line for one in found.get("assets", [found]) for line in _of_asset(one)]
    return lines + [f"warning: {one['detail']}" for one in found["warnings"]]


def _of_asset(one: dict[str, Any]) -> list[str]:
    name = f"{one['symbol']}: " if "symbol" in one else ""
    risk, data, model = f"{one['var']['0.95']:.2%}", one["data"], one["model"]
    lines = [
        f"{name}{_tidy(one['last_close'])} on {one['as_of']}; in {one['horizon_days']} days, with a probability of",
        *(f"  {float(level):>6.1%} at most {_tidy(one['quantiles'][level])}" for level in _SHOWN),
        f"  {one['probability_of_loss']:>6.1%} a loss; in 19 of 20 cases at most {risk}, else {one['es']['0.95']:.2%}",
        f"  model {model['id']} ({model['rung']}), {data['rows']} returns since {data['from']}",
    ]
    if "symbol" in one:
        lines += [f"  warning: {warning['detail']}" for warning in one["warnings"]]
    return lines
