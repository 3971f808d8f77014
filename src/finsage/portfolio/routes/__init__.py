"""The HTTP surface of the slice: parse, call one service function, shape the answer."""

from __future__ import annotations

from fastapi import APIRouter

from finsage.portfolio.routes import (
    assets,
    changes,
    demo,
    explanations,
    exports,
    figures,
    import_templates,
    imports,
    news,
    performance,
    portfolios,
    targets,
    tax_report,
    transactions,
    transfers,
)

router = APIRouter()
for part in (
    portfolios,
    assets,
    transactions,
    changes,
    transfers,
    exports,
    figures,
    explanations,
    imports,
    import_templates,
    news,
    performance,
    targets,
    tax_report,
    demo,
):
    router.include_router(part.router)
