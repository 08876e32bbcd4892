"""SQL that reads the trail."""

from studyspot.kernel.audit import ENTRY_COLUMNS, AuditEntry
from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.trail import TrailFilter

_MATCHES = """
    ($1::uuid IS NULL OR account_id = $1) AND ($2::text IS NULL OR action = $2)
    AND ($3::text IS NULL OR entity = $3) AND ($4::uuid IS NULL OR entity_id = $4)
    AND ($5::date IS NULL OR at >= $5::timestamp AT TIME ZONE 'Asia/Kolkata')
    AND ($6::date IS NULL OR at < ($6 + 1)::timestamp AT TIME ZONE 'Asia/Kolkata')
"""


async def list_trail(
    tx: Connection, wanted: TrailFilter, *, offset: int, limit: int
) -> tuple[list[AuditEntry], int | None]:
    return await tx.page(
        AuditEntry,
        f"""
        SELECT {ENTRY_COLUMNS}, (SELECT count(*) FROM audit.entries WHERE {_MATCHES}) AS total
        FROM audit.entries WHERE {_MATCHES} ORDER BY at DESC, id DESC OFFSET $7 LIMIT $8
        """,
        *_values(wanted),
        offset,
        limit,
    )


async def count_trail(tx: Connection, wanted: TrailFilter) -> int:
    return int(await tx.value(f"SELECT count(*) FROM audit.entries WHERE {_MATCHES}", *_values(wanted)))


def _values(wanted: TrailFilter) -> tuple[object, ...]:
    return wanted.account_id, wanted.action, wanted.entity, wanted.entity_id, wanted.since, wanted.until
