"""SQL: guardians of students and what they agreed to."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.services.students.contract import (
    GUARDIANS_MAX,
    Consent,
    Guardian,
    NewConsent,
    NewGuardian,
)

GUARDIAN = "id, student_id, name, relation, phone, email, version, created_at, updated_at"
CONSENT = "id, student_id, guardian_id, kind, text_version, verified_by, account_id, role, recorded_at"


async def list_guardians(tx: Connection, student_id: UUID) -> list[Guardian]:
    return await tx.all(
        Guardian,
        f"""
        SELECT {GUARDIAN} FROM students.guardians WHERE student_id = $1 AND deleted_at IS NULL ORDER BY place
        """,
        student_id,
    )


async def find_guardian(tx: Connection, guardian_id: UUID, *, for_update: bool = False) -> Guardian | None:
    return await tx.one(
        Guardian,
        f"""
        SELECT {GUARDIAN} FROM students.guardians WHERE id = $1 AND deleted_at IS NULL
        {"FOR UPDATE" if for_update else ""}
        """,
        guardian_id,
    )


async def insert_guardian(
    tx: Connection, student_id: UUID, guardian_id: UUID, new: NewGuardian
) -> Guardian | None:
    """None when all places are taken. The student is locked, or two might want the same place."""
    return await tx.one(
        Guardian,
        f"""
        INSERT INTO students.guardians (id, student_id, place, name, relation, phone, email)
        SELECT $1, $2, place, $3, $4, $5, $6 FROM generate_series(1, {GUARDIANS_MAX}) AS place
        WHERE place NOT IN (
            SELECT g.place FROM students.guardians g WHERE g.student_id = $2 AND g.deleted_at IS NULL
        )
        ORDER BY place LIMIT 1 RETURNING {GUARDIAN}
        """,
        guardian_id,
        student_id,
        new.name,
        new.relation,
        new.phone,
        new.email,
    )


async def update_guardian(tx: Connection, guardian: Guardian) -> Guardian | None:
    return await tx.one(
        Guardian,
        f"""
        UPDATE students.guardians SET name = $2, relation = $3, phone = $4, email = $5,
            version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING {GUARDIAN}
        """,
        guardian.id,
        guardian.name,
        guardian.relation,
        guardian.phone,
        guardian.email,
    )


async def remove_guardian(tx: Connection, guardian_id: UUID) -> None:
    await tx.run(
        """
        UPDATE students.guardians SET name = NULL, relation = NULL, phone = NULL, email = NULL,
            version = version + 1, updated_at = now(), deleted_at = now()
        WHERE id = $1 AND deleted_at IS NULL
        """,
        guardian_id,
    )


async def list_consents(
    tx: Connection, student_id: UUID, *, offset: int, limit: int
) -> tuple[list[Consent], int | None]:
    return await tx.page(
        Consent,
        f"""
        SELECT {CONSENT}, count(*) OVER () AS total FROM students.consents
        WHERE student_id = $1 ORDER BY number DESC OFFSET $2 LIMIT $3
        """,
        student_id,
        offset,
        limit,
    )


async def count_consents(tx: Connection, student_id: UUID) -> int:
    return int(await tx.value("SELECT count(*) FROM students.consents WHERE student_id = $1", student_id))


async def insert_consent(
    tx: Connection, caller: Caller, student_id: UUID, consent_id: UUID, new: NewConsent, *, at: datetime
) -> Consent | None:
    """None when the guardian is none of this student's."""
    return await tx.one(
        Consent,
        f"""
        INSERT INTO students.consents ({CONSENT})
        SELECT $1, student_id, id, $4, $5, $6, $7, $8, $9 FROM students.guardians
        WHERE id = $3 AND student_id = $2 AND deleted_at IS NULL RETURNING {CONSENT}
        """,
        consent_id,
        student_id,
        new.guardian_id,
        new.kind,
        new.text_version,
        new.verified_by,
        caller.account_id,
        caller.role,
        at,
    )


async def end_consent(
    tx: Connection, caller: Caller, guardian_id: UUID, consent_id: UUID, *, at: datetime
) -> Consent | None:
    """None when nothing is agreed to. The student is locked, or something might be at the same moment."""
    return await tx.one(
        Consent,
        f"""
        INSERT INTO students.consents ({CONSENT})
        SELECT $1, student_id, guardian_id, 'ended', text_version, verified_by, $3, $4, $5 FROM (
            SELECT * FROM students.consents WHERE guardian_id = $2 ORDER BY number DESC LIMIT 1
        ) last
        WHERE kind = 'given' RETURNING {CONSENT}
        """,
        consent_id,
        guardian_id,
        caller.account_id,
        caller.role,
        at,
    )
