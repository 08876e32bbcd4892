"""HTTP for the trail: who changed what, and that nobody has changed that."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import FromQuery, QueryParameter

from studyspot.kernel.audit import AuditEntry, TrailCheck
from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page
from studyspot.services.libraries.contract.trail import TrailFilter
from studyspot.services.libraries.routes.door import Door

Word = Annotated[str | None, QueryParameter(min_length=1, max_length=60)]
Sequence = Annotated[int, QueryParameter(ge=0, le=2**53)]
Hash = Annotated[
    str | None,
    QueryParameter(
        min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal"
    ),
]


@get("/", opt=permit("audit:read"))
async def list_trail(
    caller: Asker,
    libraries: Door,
    account_id: FromQuery[UUID | None] = None,
    action: Word = None,
    entity: Word = None,
    entity_id: FromQuery[UUID | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[AuditEntry]:
    """What was changed in the business, by whom, before and after: the last first. An action is written as in
    `students:update`; days are those of India.
    """
    wanted = TrailFilter(
        account_id=account_id, action=action, entity=entity, entity_id=entity_id, since=since, until=until
    )
    found = await libraries.list_trail(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/verification", opt=permit("audit:read"))
async def verify_trail(
    caller: Asker,
    libraries: Door,
    after: Sequence = 0,
    noted_sequence: Sequence = 0,
    noted_hash: Hash = None,
) -> Success[TrailCheck]:
    """Walks along the chain of the trail behind the link `after`, 50,000 links at a time, and names what is
    wrong with it. Note `sequence` and `hash` elsewhere: given with a later question, they show that the chain
    is the same one still.
    """
    if (noted_sequence == 0) != (noted_hash is None):
        fault = Fault("noted_hash", "Give noted_sequence and noted_hash, or none of them.", "required")
        raise ValidationFailed("A link is noted by both.", details=[fault])
    noted = None if noted_hash is None else (noted_sequence, noted_hash)
    return Success(await libraries.verify_trail(caller, after=after, noted=noted))


HANDLERS = [list_trail, verify_trail]
