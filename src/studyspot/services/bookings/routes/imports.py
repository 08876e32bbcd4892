"""HTTP for a library's running register."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.openapi.spec import Example
from litestar.params import FromPath, FromQuery, MultipartBody, QueryParameter

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.kernel.validation import read_json
from studyspot.services.bookings.contract import (
    RegisterHeaders,
    RegisterImport,
    RegisterOptions,
    RegisterReport,
    UndoReport,
)
from studyspot.services.bookings.routes.door import Door

Columns = Annotated[
    str | None,
    QueryParameter(
        max_length=2_000,
        description="Headers that are not understood by themselves, with their fields, as a JSON object",
        examples=[Example(value='{"Kursi": "seat"}')],
    ),
]


class RunningRegister(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: UploadFile


class _Named(msgspec.Struct, frozen=True):
    columns: RegisterHeaders


@post("/import", opt=permit("students:create"), status_code=200, dto=None)
async def import_memberships(
    caller: Asker,
    bookings: Door,
    data: MultipartBody[RunningRegister],
    library_id: FromQuery[UUID],
    as_of: FromQuery[date | None] = None,
    dry_run: FromQuery[bool] = False,
    columns: Columns = None,
) -> Success[RegisterReport]:
    """A running register as CSV, XLSX, XLS or ODS (field `file`), up to 1,000 rows: students with their seat,
    shift, days and fee, and what each owes, has paid ahead and in deposit. A word on every row.
    """
    named = read_json(b'{"columns":' + (columns or "{}").encode() + b"}", _Named)
    options = RegisterOptions(library_id=library_id, as_of=as_of, columns=named.columns, dry_run=dry_run)
    content = await data.file.read()
    return Success(await bookings.import_register(caller, content=content, options=options))


@get("/imports", opt=permit("bookings:read"))
async def list_imports(
    caller: Asker,
    bookings: Door,
    library_id: FromQuery[UUID | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[RegisterImport]:
    """Registers that were brought in, newest first."""
    found = await bookings.list_imports(caller, library_id=library_id, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/imports/{import_id:uuid}/undo", opt=permit("students:delete"), status_code=200)
async def undo_import(caller: Asker, bookings: Door, import_id: FromPath[UUID]) -> Success[UndoReport]:
    """Takes a register back: memberships, opening balances, and students who came with it, unless somebody
    used them since. Safe to repeat.
    """
    return Success(await bookings.undo_import(caller, import_id=import_id))


HANDLERS = [import_memberships, list_imports, undo_import]
