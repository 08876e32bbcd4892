"""SQL: photos of students and of papers."""

from datetime import datetime
from uuid import UUID

from studyspot.kernel.database import Connection


async def replace_photo(tx: Connection, image_id: UUID, student_id: UUID, content: bytes) -> None:
    await delete_photo(tx, student_id)
    await tx.run(
        "INSERT INTO students.images (id, student_id, content) VALUES ($1, $2, $3)",
        image_id,
        student_id,
        content,
    )


async def delete_photo(tx: Connection, student_id: UUID) -> int:
    """How many there were."""
    return await tx.run(
        "DELETE FROM students.images WHERE student_id = $1 AND id_proof_id IS NULL", student_id
    )


async def find_photo(tx: Connection, student_id: UUID) -> UUID | None:
    found: UUID | None = await tx.value(
        "SELECT id FROM students.images WHERE student_id = $1 AND id_proof_id IS NULL", student_id
    )
    return found


async def replace_id_image(
    tx: Connection,
    image_id: UUID,
    student_id: UUID,
    id_proof_id: UUID,
    content: bytes,
    *,
    delete_after: datetime,
) -> None:
    await delete_id_image(tx, id_proof_id)
    await tx.run(
        """
        INSERT INTO students.images (id, student_id, id_proof_id, content, delete_after)
        VALUES ($1, $2, $3, $4, $5)
        """,
        image_id,
        student_id,
        id_proof_id,
        content,
        delete_after,
    )


async def delete_id_image(tx: Connection, id_proof_id: UUID) -> int:
    """How many there were."""
    return await tx.run("DELETE FROM students.images WHERE id_proof_id = $1", id_proof_id)


async def find_id_image(tx: Connection, id_proof_id: UUID) -> UUID | None:
    found: UUID | None = await tx.value("SELECT id FROM students.images WHERE id_proof_id = $1", id_proof_id)
    return found


async def read_image(tx: Connection, image_id: UUID, *, now: datetime) -> bytes | None:
    """Not one whose time is over, though nobody has deleted it yet."""
    found: bytes | None = await tx.value(
        "SELECT content FROM students.images WHERE id = $1 AND (delete_after IS NULL OR delete_after > $2)",
        image_id,
        now,
    )
    return found


async def delete_images(tx: Connection, *, now: datetime) -> int:
    """Those whose time is over."""
    return await tx.run("DELETE FROM students.images WHERE delete_after <= $1", now)
