"""SQL: identity papers that were shown."""

from datetime import date
from uuid import UUID

from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.services.students.contract import ID_PROOFS_MAX, IdProof, NewIdProof

ID_PROOF = "id, student_id, kind, last_four, seen_by, seen_by_role, seen_on, created_at"


async def list_id_proofs(tx: Connection, student_id: UUID) -> list[IdProof]:
    return await tx.all(
        IdProof,
        f"""
        SELECT {ID_PROOF} FROM students.id_proofs WHERE student_id = $1
        ORDER BY created_at, id LIMIT {ID_PROOFS_MAX}
        """,
        student_id,
    )


async def find_id_proof(tx: Connection, id_proof_id: UUID) -> IdProof | None:
    return await tx.one(IdProof, f"SELECT {ID_PROOF} FROM students.id_proofs WHERE id = $1", id_proof_id)


async def insert_id_proof(
    tx: Connection, caller: Caller, student_id: UUID, id_proof_id: UUID, new: NewIdProof, *, seen_on: date
) -> IdProof | None:
    """None when there are as many as may be. The student is locked, or two might be the last one."""
    return await tx.one(
        IdProof,
        f"""
        INSERT INTO students.id_proofs (id, student_id, kind, last_four, seen_by, seen_by_role, seen_on)
        SELECT $1, $2, $3, $4, $5, $6, $7
        WHERE (SELECT count(*) FROM students.id_proofs WHERE student_id = $2) < {ID_PROOFS_MAX}
        RETURNING {ID_PROOF}
        """,
        id_proof_id,
        student_id,
        new.kind,
        new.last_four,
        caller.account_id,
        caller.role,
        seen_on,
    )


async def delete_id_proof(tx: Connection, id_proof_id: UUID) -> IdProof | None:
    """What it was."""
    return await tx.one(
        IdProof, f"DELETE FROM students.id_proofs WHERE id = $1 RETURNING {ID_PROOF}", id_proof_id
    )
