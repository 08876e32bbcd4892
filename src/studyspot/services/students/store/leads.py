"""SQL of leads and referrals. Memberships are read where their room publishes them."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import new_id
from studyspot.services.students import rules
from studyspot.services.students.contract.leads import (
    Lead,
    LeadFilter,
    NewLead,
    NewReward,
    Referral,
    ReferralFilter,
)

LEAD = """l.id, l.name, l.phone, l.source, l.library_id, l.shift_id, r.student_code AS referral_code,
    l.follow_up_on, l.status, l.lost_reason, l.assigned_to, l.notes, l.student_id, l.converted_at, l.version,
    l.created_at, l.updated_at"""
LEADS = "students.leads l LEFT JOIN students.students r ON r.id = l.referrer_id"
_OPEN = "status IN ('new', 'contacted', 'visited')"
_MATCHES = f"""
    ($1::text IS NULL OR l.status = $1) AND ($2::text IS NULL OR l.source = $2)
    AND ($3::uuid IS NULL OR l.library_id = $3) AND ($4::uuid IS NULL OR l.assigned_to = $4)
    AND ($5::date IS NULL OR (l.follow_up_on <= $5 AND l.{_OPEN}))
    AND ($6::text IS NULL OR strpos(l.search_text, $6) > 0)
"""
_STATUS = """CASE WHEN f.rewarded_at IS NOT NULL THEN 'rewarded'
    WHEN EXISTS (SELECT FROM bookings.published_members m WHERE m.student_id = f.referred_id) THEN 'converted'
    ELSE 'pending' END"""
_REFERRAL = f"""f.id, a.student_code AS code, f.referrer_id,
    concat_ws(' ', a.first_name, a.last_name) AS referrer_name, f.referred_id,
    concat_ws(' ', b.first_name, b.last_name) AS referred_name, f.lead_id, {_STATUS} AS status,
    f.reward AS reward_paise, f.charge_id, f.rewarded_at, f.created_at"""
_REFERRALS = """students.referrals f JOIN students.students a ON a.id = f.referrer_id
    JOIN students.students b ON b.id = f.referred_id"""
_REFERRED = f"($1::text IS NULL OR {_STATUS} = $1) AND ($2::uuid IS NULL OR f.referrer_id = $2)"


class Known(msgspec.Struct, frozen=True):
    """Who has a phone number already: a student by their code, or a lead."""

    student_code: str | None
    lead_name: str | None
    lead_status: str | None


async def list_leads(
    tx: Connection, wanted: LeadFilter, *, offset: int, limit: int
) -> tuple[list[Lead], int | None]:
    return await tx.page(
        Lead,
        f"""
        SELECT {LEAD}, (SELECT count(*) FROM students.leads l WHERE {_MATCHES}) AS total
        FROM {LEADS} WHERE {_MATCHES} ORDER BY l.created_at DESC, l.id DESC OFFSET $7 LIMIT $8
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_leads(tx: Connection, wanted: LeadFilter) -> int:
    return int(await tx.value(f"SELECT count(*) FROM students.leads l WHERE {_MATCHES}", *_values(wanted)))


def _values(wanted: LeadFilter) -> tuple[object, ...]:
    return (
        wanted.status,
        wanted.source,
        wanted.library_id,
        wanted.assigned_to,
        wanted.follow_up_until,
        wanted.search and rules.search_needle(wanted.search),
    )


async def find_lead(tx: Connection, lead_id: UUID, *, for_update: bool = False) -> Lead | None:
    return await tx.one(
        Lead,
        f"SELECT {LEAD} FROM {LEADS} WHERE l.id = $1 {'FOR UPDATE OF l' if for_update else ''}",
        lead_id,
    )


async def find_known(tx: Connection, phone: str, *, besides: UUID | None = None) -> Known | None:
    """Who has this phone number already, besides a lead itself."""
    return await tx.one(
        Known,
        f"""
        SELECT student_code, NULL AS lead_name, NULL AS lead_status FROM students.students
        WHERE phone = $1 AND deleted_at IS NULL
        UNION ALL
        SELECT NULL, name, status FROM students.leads
        WHERE phone = $1 AND {_OPEN} AND id IS DISTINCT FROM $2
        LIMIT 1
        """,
        phone,
        besides,
    )


async def find_by_code(tx: Connection, code: str) -> UUID | None:
    """The student whose code it is."""
    found: UUID | None = await tx.value(
        "SELECT id FROM students.students WHERE student_code = upper($1) AND deleted_at IS NULL", code
    )
    return found


async def insert_lead(tx: Connection, lead: NewLead, *, referrer_id: UUID | None) -> UUID:
    """Its id."""
    lead_id = new_id()
    await tx.run(
        """
        INSERT INTO students.leads (id, name, phone, source, library_id, shift_id, referrer_id, follow_up_on,
            assigned_to, notes, search_text)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        lead_id,
        lead.name,
        lead.phone,
        lead.source,
        lead.library_id,
        lead.shift_id,
        referrer_id,
        lead.follow_up_on,
        lead.assigned_to,
        lead.notes,
        rules.searchable(f"{lead.name} {lead.phone}"),
    )
    return lead_id


async def update_lead(tx: Connection, lead: Lead) -> None:
    """Writes what may change, and raises the version."""
    await tx.run(
        """
        UPDATE students.leads SET name = $2, phone = $3, source = $4, library_id = $5, shift_id = $6,
            follow_up_on = $7, status = $8, lost_reason = $9, assigned_to = $10, notes = $11,
            student_id = $12, converted_at = $13, search_text = $14, version = version + 1, updated_at = now()
        WHERE id = $1
        """,
        lead.id,
        lead.name,
        lead.phone,
        lead.source,
        lead.library_id,
        lead.shift_id,
        lead.follow_up_on,
        lead.status,
        lead.lost_reason,
        lead.assigned_to,
        lead.notes,
        lead.student_id,
        lead.converted_at,
        rules.searchable(f"{lead.name} {lead.phone}"),
    )


async def list_referrals(
    tx: Connection, wanted: ReferralFilter, *, offset: int, limit: int
) -> tuple[list[Referral], int | None]:
    return await tx.page(
        Referral,
        f"""
        SELECT {_REFERRAL}, (SELECT count(*) FROM students.referrals f WHERE {_REFERRED}) AS total
        FROM {_REFERRALS} WHERE {_REFERRED} ORDER BY f.created_at DESC, f.id DESC OFFSET $3 LIMIT $4
        """,
        wanted.status,
        wanted.referrer_id,
        offset,
        limit,
    )


async def count_referrals(tx: Connection, wanted: ReferralFilter) -> int:
    return int(
        await tx.value(
            f"SELECT count(*) FROM students.referrals f WHERE {_REFERRED}", wanted.status, wanted.referrer_id
        )
    )


async def find_referral(tx: Connection, referral_id: UUID) -> Referral | None:
    return await tx.one(Referral, f"SELECT {_REFERRAL} FROM {_REFERRALS} WHERE f.id = $1", referral_id)


async def lock_pair(tx: Connection, one: UUID, other: UUID) -> None:
    """Nobody else notes which of the two brought the other until the commit."""
    pair = " ".join(sorted((str(one), str(other))))
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"students.referral {pair}")


async def find_student_code(tx: Connection, student_id: UUID) -> str:
    """Also of one who was deleted or erased."""
    return str(await tx.value("SELECT student_code FROM students.students WHERE id = $1", student_id))


async def has_brought(tx: Connection, referrer_id: UUID, referred_id: UUID) -> bool:
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT FROM students.referrals WHERE referrer_id = $1 AND referred_id = $2)",
            referrer_id,
            referred_id,
        )
    )


async def has_bought(tx: Connection, student_id: UUID) -> bool:
    """From the view that the bookings room publishes for this."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT FROM bookings.published_sales WHERE student_id = $1)", student_id
        )
    )


async def insert_referral(
    tx: Connection, *, referrer_id: UUID, referred_id: UUID, lead_id: UUID | None = None
) -> UUID:
    """Its id."""
    referral_id = new_id()
    await tx.run(
        "INSERT INTO students.referrals (id, referrer_id, referred_id, lead_id) VALUES ($1, $2, $3, $4)",
        referral_id,
        referrer_id,
        referred_id,
        lead_id,
    )
    return referral_id


async def mark_rewarded(tx: Connection, referral_id: UUID, reward: NewReward, *, now: datetime) -> bool:
    """Whether it was not before."""
    return bool(
        await tx.run(
            """
            UPDATE students.referrals SET reward = $2, charge_id = $3, rewarded_at = $4
            WHERE id = $1 AND rewarded_at IS NULL
            """,
            referral_id,
            reward.amount_paise,
            reward.charge_id,
            now,
        )
    )
