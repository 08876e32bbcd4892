"""HTTP for receipts and the papers of GST."""

import asyncio
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from studyspot.kernel.http.authentication import PUBLIC, permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.payments.contract import Paper, PaperFilter, PaperKind, VerifiedPaper
from studyspot.services.payments.printing.thermal import as_text
from studyspot.services.payments.routes.door import Door


@get("/papers", opt=permit("payments:read"))
async def list_papers(
    caller: Asker,
    payments: Door,
    library_id: FromQuery[UUID | None] = None,
    student_id: FromQuery[UUID | None] = None,
    kind: FromQuery[PaperKind | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Paper]:
    """The last day first; `since` and `until` are days of the books."""
    wanted = PaperFilter(library_id=library_id, student_id=student_id, kind=kind, since=since, until=until)
    found = await payments.list_papers(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/papers/{paper_id:uuid}", opt=permit("payments:read"))
async def get_paper(caller: Asker, payments: Door, paper_id: FromPath[UUID]) -> Success[Paper]:
    return Success(await payments.get_paper(caller, paper_id=paper_id))


@get("/{payment_id:uuid}/receipt", opt=permit("payments:read"))
async def get_receipt(caller: Asker, payments: Door, payment_id: FromPath[UUID]) -> Success[Paper]:
    return Success(await payments.get_receipt(caller, payment_id=payment_id))


@get("/papers/{paper_id:uuid}/pdf", opt=permit("payments:read") | {"files": ("application/pdf",)})
async def print_paper(caller: Asker, payments: Door, paper_id: FromPath[UUID]) -> Response[bytes]:
    """One page of A5, with a QR code that tells whether it is genuine."""
    paper = await payments.get_paper(caller, paper_id=paper_id)
    from studyspot.services.payments.printing.pdf import as_pdf  # noqa: PLC0415 - slow, at every start

    content = await asyncio.to_thread(as_pdf, paper)
    return Response(content, media_type="application/pdf", headers=_named(paper, "pdf"))


@get("/papers/{paper_id:uuid}/text", opt=permit("payments:read") | {"files": ("text/plain",)})
async def print_narrow(
    caller: Asker,
    payments: Door,
    paper_id: FromPath[UUID],
    columns: Annotated[Literal[32, 48], QueryParameter(description="32 on 58 mm, 48 on 80 mm")] = 32,
) -> Response[str]:
    """For a thermal printer."""
    paper = await payments.get_paper(caller, paper_id=paper_id)
    content = as_text(paper, columns=columns)
    return Response(content, media_type="text/plain", headers=_named(paper, "txt"))


@get("/papers/verify", opt=PUBLIC)
async def verify_paper(
    caller: Asker,
    payments: Door,
    code: Annotated[str, QueryParameter(min_length=1, max_length=100)],
) -> Success[VerifiedPaper]:
    """Whether a paper is genuine, for anybody who holds it: what its QR code asks."""
    return Success(await payments.verify_paper(caller, code=code))


def _named(paper: Paper, kind: str) -> dict[str, str]:
    return {"content-disposition": f'inline; filename="{paper.number}.{kind}"'}


HANDLERS = [list_papers, get_paper, get_receipt, print_paper, print_narrow, verify_paper]
