"""HTTP for people who asked, and for students who bring others."""

from datetime import date
from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.services.students.contract import (
    Lead,
    LeadChange,
    LeadConversion,
    LeadFilter,
    LeadLoss,
    LeadSource,
    LeadStatus,
    NewLead,
    NewReferral,
    NewReward,
    Referral,
    ReferralFilter,
    ReferralStatus,
)
from studyspot.services.students.routes.door import Door


@get("/", opt=permit("leads:read"))
async def list_leads(
    caller: Asker,
    students: Door,
    status: FromQuery[LeadStatus | None] = None,
    source: FromQuery[LeadSource | None] = None,
    library_id: FromQuery[UUID | None] = None,
    assigned_to: FromQuery[UUID | None] = None,
    follow_up_until: FromQuery[date | None] = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Lead]:
    """Newest first. `follow_up_until` finds open ones that are to be asked again by that day."""
    wanted = LeadFilter(
        status=status,
        source=source,
        library_id=library_id,
        assigned_to=assigned_to,
        follow_up_until=follow_up_until,
        search=search,
    )
    found = await students.list_leads(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{lead_id:uuid}", opt=permit("leads:read"))
async def get_lead(caller: Asker, students: Door, lead_id: FromPath[UUID]) -> Success[Lead]:
    return Success(await students.get_lead(caller, lead_id=lead_id))


@post("/", opt=permit("leads:create"))
async def create_lead(caller: Asker, students: Door, data: JSONBody[NewLead]) -> Success[Lead]:
    """Somebody who asked. Who has the phone number already is told."""
    return Success(await students.create_lead(caller, lead=data))


@put("/{lead_id:uuid}", opt=permit("leads:update"))
async def change_lead(
    caller: Asker, students: Door, lead_id: FromPath[UUID], data: JSONBody[LeadChange]
) -> Success[Lead]:
    """Changes what the body gives; `version` is the one that was read."""
    return Success(await students.change_lead(caller, lead_id=lead_id, change=data))


@post("/{lead_id:uuid}/lose", opt=permit("leads:update"), status_code=200)
async def lose_lead(
    caller: Asker, students: Door, lead_id: FromPath[UUID], data: JSONBody[LeadLoss]
) -> Success[Lead]:
    return Success(await students.lose_lead(caller, lead_id=lead_id, loss=data))


@post("/{lead_id:uuid}/convert", opt=permit("students:create"), status_code=200)
async def convert_lead(
    caller: Asker, students: Door, lead_id: FromPath[UUID], data: JSONBody[LeadConversion]
) -> Success[Lead]:
    """Makes a student of the lead, once, and notes who brought them."""
    return Success(await students.convert_lead(caller, lead_id=lead_id, conversion=data))


@get("/", opt=permit("students:read"))
async def list_referrals(
    caller: Asker,
    students: Door,
    status: FromQuery[ReferralStatus | None] = None,
    referrer_id: FromQuery[UUID | None] = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[Referral]:
    """Newest first."""
    wanted = ReferralFilter(status=status, referrer_id=referrer_id)
    found = await students.list_referrals(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{referral_id:uuid}", opt=permit("students:read"))
async def get_referral(caller: Asker, students: Door, referral_id: FromPath[UUID]) -> Success[Referral]:
    return Success(await students.get_referral(caller, referral_id=referral_id))


@post("/", opt=permit("students:update"))
async def create_referral(caller: Asker, students: Door, data: JSONBody[NewReferral]) -> Success[Referral]:
    """A student who has bought nothing yet named the code of the one who brought them."""
    return Success(await students.create_referral(caller, referral=data))


@post("/{referral_id:uuid}/reward", opt=permit("payments:approve"), status_code=200)
async def reward_referral(
    caller: Asker, students: Door, referral_id: FromPath[UUID], data: JSONBody[NewReward]
) -> Success[Referral]:
    """Lets whoever brought the other off a part of a charge, once."""
    return Success(await students.reward_referral(caller, referral_id=referral_id, reward=data))


HANDLERS = [list_leads, get_lead, create_lead, change_lead, lose_lead, convert_lead]
REFERRAL_HANDLERS = [list_referrals, get_referral, create_referral, reward_referral]
