"""Shapes that several routes of figures share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from finsage.finance.results import MissingAcquisition, Notice, Series
from finsage.portfolio.schemas.figures import MissingOut, SeriesOut, WarningOut
from finsage.portfolio.service.figures import asset_id


def warnings_out(notices: Iterable[Notice]) -> list[WarningOut]:
    """Notices of the core as the API words them."""
    return [
        WarningOut(
            code=notice.code,
            message=notice.detail,
            asset_id=asset_id(notice.asset),
            transaction_id=UUID(notice.transaction) if notice.transaction else None,
            day=notice.day,
        )
        for notice in notices
    ]


def missing_out(items: Iterable[tuple[MissingAcquisition, str]]) -> list[MissingOut]:
    """Missing acquisitions, each with what to call its asset."""
    return [
        MissingOut(
            asset_id=asset_id(item.asset),
            symbol=label,
            day=item.day,
            quantity=item.quantity,
            account=item.account,
            transaction_id=UUID(item.transaction),
        )
        for item, label in items
    ]


def series_out(series: Series) -> SeriesOut:
    """A daily curve in columns."""
    days: list[date] = series.days.astype("datetime64[D]").tolist()
    return SeriesOut(
        days=days,
        value=money_out(series.value),
        invested=money_out(series.invested),
        flow=money_out(series.flow),
        twr=rates_out(series.twr),
        drawdown=rates_out(series.drawdown),
    )


def rates_out(values: Iterable[float]) -> list[float | None]:
    """Fractions, null where they are not known."""
    return [float(value) if math.isfinite(value) else None for value in values]


def money_out(values: Iterable[float]) -> list[Decimal | None]:
    """Money of a curve, null where it is not known."""
    # A curve, not a figure: six decimals of a double are what a chart can carry.
    return [Decimal(f"{value:.6f}") if math.isfinite(value) else None for value in values]
