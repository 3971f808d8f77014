"""Imports: upload a file, look at what it would book, answer, confirm, revert."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, BinaryIO, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response, UploadFile

from finsage.errors import Fault
from finsage.market.service.assets import AssetDraft
from finsage.platform import paging
from finsage.platform.caller import Caller
from finsage.platform.unit import Reading, UnitRoute, Writing, requires
from finsage.portfolio.errors import ImportTooLarge, InvalidTransaction
from finsage.portfolio.schemas.import_mapping import ImportMapping, TableColumn, TableLabel, TableOut
from finsage.portfolio.schemas.imports import (
    CandidateOut,
    CashChange,
    ComparedOut,
    ConfirmIn,
    CountsOut,
    EffectOut,
    FormatList,
    FormatOut,
    HoldingChange,
    ImportAnswer,
    ImportConfirmed,
    ImportFaultOut,
    ImportFileForm,
    ImportList,
    ImportMissingOut,
    ImportOut,
    ImportRowList,
    ImportRowOut,
    ReconciliationOut,
    ResolutionIn,
    RevertPreviewOut,
    UnknownSymbolOut,
)
from finsage.portfolio.service import import_reverts
from finsage.portfolio.service import imports as service
from finsage.portfolio.service.import_mapping import Table
from finsage.portfolio.service.import_preview import ERRORS_SHOWN, Preview, PreviewRow, UnknownSymbol

router = APIRouter(tags=["imports"], route_class=UnitRoute)

Reader = Annotated[Caller, requires("portfolio:read")]
Importer = Annotated[Caller, requires("import:write")]
Status = Literal["new", "duplicate", "warning", "error", "skipped"]


@router.get("/import-formats")
async def list_import_formats(_: Reader) -> FormatList:
    """The file formats FinSage recognises."""
    items = [
        FormatOut(id=form.id, name=form.name, description=form.description, extensions=list(form.extensions))
        for form in service.list_formats()
    ]
    return FormatList(items=items, next_cursor=None)


@router.post("/portfolios/{portfolio_id}/imports", status_code=201)
async def create_import(
    caller: Importer,
    session: Writing,
    portfolio_id: UUID,
    form: Annotated[ImportFileForm, Form()],
    response: Response,
) -> ImportOut:
    """Upload a file and see what it would book. Nothing is booked before it is confirmed."""
    made = await service.create_import(
        session,
        caller,
        portfolio_id,
        _content(form.file),
        file_name=form.file.filename or "",
        form=form.format,
        options=form.model_dump(exclude_none=True, exclude={"file", "format"}),
    )
    response.headers["Location"] = f"/api/v1/imports/{made.stored.id}"
    return ImportOut(**_fields(made))


@router.get("/portfolios/{portfolio_id}/imports")
async def list_imports(_: Reader, session: Reading, portfolio_id: UUID) -> ImportList:
    """The imports of a portfolio, newest first."""
    stored = await service.list_imports(session, portfolio_id)
    return ImportList(items=[ImportOut(**_fields(Preview(item))) for item in stored], next_cursor=None)


@router.get("/imports/{import_id}")
async def get_import(_: Reader, session: Reading, import_id: UUID) -> ImportOut:
    """An import; while it waits, with what it would book now."""
    return ImportOut(**_fields(await service.get_import(session, import_id)))


@router.get("/imports/{import_id}/rows")
async def list_import_rows(
    _: Reader,
    session: Reading,
    import_id: UUID,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=paging.LIMIT_MAX)] = paging.LIMIT_DEFAULT,
    cursor: str | None = None,
) -> ImportRowList:
    """The rows of the file in its order, with what becomes of each."""
    after = int(paging.decode_cursor(cursor, int)[0]) if cursor else 0
    page = await service.list_rows(session, import_id, status=status, after=after, limit=limit)
    return ImportRowList(
        items=[_row(row) for row in page.items],
        next_cursor=None if page.is_last else paging.encode_cursor(page.items[-1].line),
        total=page.total,
    )


@router.patch("/imports/{import_id}")
async def answer_import(caller: Importer, session: Writing, import_id: UUID, body: ImportAnswer) -> ImportOut:
    """Say which asset a symbol means, or what the file leaves open, and preview again."""
    options = body.model_dump(exclude_unset=True, exclude={"resolutions", "create_missing", "mapping"})
    if body.mapping is not None:
        options |= {"mapping": body.mapping.model_dump(exclude_none=True), "template": None}
    answered = await service.answer(
        session,
        caller,
        import_id,
        resolutions={symbol: _answer(symbol, given) for symbol, given in body.resolutions.items()},
        options=options,
        create_missing=body.create_missing,
    )
    return ImportOut(**_fields(answered))


@router.post("/imports/{import_id}/confirm")
async def confirm_import(caller: Importer, session: Writing, import_id: UUID, body: ConfirmIn) -> ImportConfirmed:
    """Book the rows of the preview, all or none; ``skip_errors`` leaves out those that cannot be booked.

    A large file is booked by the job ``job_id``: the state is ``booking`` until that ends.
    """
    done = await service.confirm(
        session, caller, import_id, content_hash=body.content_hash, skip_errors=body.skip_errors
    )
    return ImportConfirmed(**_fields(Preview(done.stored)) | {"booked": done.booked, "job_id": done.job_id})


@router.get("/imports/{import_id}/revert-preview")
async def preview_revert(_: Reader, session: Reading, import_id: UUID) -> RevertPreviewOut:
    """What a revert would take back, and the sales that would then lack units."""
    found = await import_reverts.preview_revert(session, import_id)
    missing = [ImportMissingOut.model_validate(item, from_attributes=True) for item in found.missing]
    return RevertPreviewOut(transactions=found.transactions, missing_acquisitions=missing)


@router.post("/imports/{import_id}/revert")
async def revert_import(caller: Importer, session: Writing, import_id: UUID) -> ImportOut:
    """Reverse everything the import booked; the same file may then be imported again.

    That of a large file is done by the job ``job_id``: the state is ``reverting`` until that ends.
    """
    return ImportOut(**_fields(Preview(await import_reverts.revert(session, caller, import_id))))


@router.delete("/imports/{import_id}", status_code=204)
async def discard_import(caller: Importer, session: Writing, import_id: UUID) -> None:
    """Throw a preview away."""
    await service.discard(session, caller, import_id)


def _content(file: UploadFile) -> BinaryIO:
    """The uploaded file: on disk, unless it is small."""
    if (file.size or 0) > service.CONTENT_BYTES_MAX:
        raise ImportTooLarge(
            f"The file has {(file.size or 0) // 2**20} MiB; one import takes {service.CONTENT_BYTES_MAX // 2**20}. "
            "Split it by year and import the parts one after the other."
        )
    return file.file


def _answer(symbol: str, given: ResolutionIn) -> service.Answer:
    if (given.asset_id is None) == (given.create is None):
        raise InvalidTransaction(faults=(Fault(f"/resolutions/{symbol}", "send either asset_id or create"),))
    if given.create is None:
        return service.Answer(asset_id=given.asset_id)
    new = given.create
    draft = AssetDraft(
        symbol=new.symbol or symbol, name=new.name, asset_class=new.asset_class, currency=new.currency, isin=new.isin
    )
    return service.Answer(create=draft)


def _fields(made: Preview) -> dict[str, Any]:
    stored = made.stored
    summary = made.summary() if made.rows else stored.summary
    return {
        "id": stored.id,
        "portfolio_id": stored.portfolio_id,
        "file_name": stored.file_name,
        "format": stored.format,
        "state": stored.state,
        "content_hash": stored.content_hash,
        "job_id": stored.job_id,
        "options": {name: value for name, value in stored.options.items() if name not in {"mapping", "template"}},
        "created_at": stored.created_at,
        "confirmed_at": stored.confirmed_at,
        "reverted_at": stored.reverted_at,
        "counts": CountsOut(**{name: summary.get(name, 0) for name in CountsOut.model_fields}),
        "errors": [
            ImportFaultOut(line=error.line, column=error.column, code=error.code, message=error.message)
            for error in sorted(made.errors, key=lambda error: error.line)[:ERRORS_SHOWN]
        ],
        "unknown_symbols": [_unknown(item) for item in made.unknown],
        "resolutions": {symbol: UUID(key) for symbol, key in stored.resolutions.items()},
        "effect": EffectOut(
            cash=[CashChange(currency=item.label, before=item.before, after=item.after) for item in made.cash],
            holdings=[HoldingChange(symbol=item.label, before=item.before, after=item.after) for item in made.holdings],
        ),
        "missing_acquisitions": [ImportMissingOut.model_validate(item, from_attributes=True) for item in made.missing],
        "mapping": ImportMapping(**stored.options["mapping"]) if "mapping" in stored.options else None,
        "table": _table(made.table) if made.table else None,
        "reconciliation": _reconciliation(summary.get("reconciliation")),
        "template_id": stored.options.get("template"),
    }


def _reconciliation(report: dict[str, Any] | None) -> ReconciliationOut | None:
    if report is None:
        return None
    lines = [
        ComparedOut(**{**line, **{name: Decimal(line[name]) for name in ("stated", "booked", "difference")}})
        for line in report["lines"]
    ]
    return ReconciliationOut(**{**report, "lines": lines})


def _table(table: Table) -> TableOut:
    look = table.look
    return TableOut(
        delimiter=look.delimiter,
        header_line=look.header_line,
        columns=[
            TableColumn(name=column.name, samples=list(column.samples), decimal=column.decimal)  # type: ignore[arg-type]
            for column in look.columns
        ],
        rows=[list(row) for row in look.rows],
        date_order=look.date_order,  # type: ignore[arg-type]  # one of the two, or none
        labels=[TableLabel(label=label, rows=rows) for label, rows in table.labels],
    )


def _unknown(item: UnknownSymbol) -> UnknownSymbolOut:
    hint = item.hint
    return UnknownSymbolOut(
        symbol=hint.symbol,
        name=hint.name,
        isin=hint.isin,
        currency=hint.currency,
        asset_class=hint.asset_class,
        rows=item.rows,
        candidates=[CandidateOut.model_validate(asset, from_attributes=True) for asset in item.candidates],
    )


def _row(row: PreviewRow) -> ImportRowOut:
    draft = row.draft
    return ImportRowOut(
        line=row.line,
        status=row.status,  # type: ignore[arg-type]  # one of the five by construction
        type=draft.type.value if draft else None,
        day=draft.booked_on if draft else None,
        account=draft.account if draft else None,
        symbol=draft.asset if draft else None,
        quantity=draft.quantity if draft else None,
        unit_price=draft.unit_price if draft else None,
        gross=draft.gross if draft else None,
        fee=draft.fee if draft else None,
        currency=draft.currency if draft else None,
        message=row.message,
    )
