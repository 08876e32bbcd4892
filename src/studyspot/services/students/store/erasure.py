"""SQL: a student is forgotten."""

from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection


class Erasable(msgspec.Struct, frozen=True):
    is_deleted: bool
    is_erased: bool


async def find_erasable(tx: Connection, student_id: UUID, *, for_update: bool = False) -> Erasable | None:
    """Also one who was deleted, or erased before."""
    return await tx.one(
        Erasable,
        f"""
        SELECT deleted_at IS NOT NULL AS is_deleted, erased_at IS NOT NULL AS is_erased
        FROM students.students WHERE id = $1 {"FOR UPDATE" if for_update else ""}
        """,
        student_id,
    )


async def is_erased(tx: Connection, student_id: UUID) -> bool:
    return bool(
        await tx.value("SELECT erased_at IS NOT NULL FROM students.students WHERE id = $1", student_id)
    )


async def lock_belongings(tx: Connection, student_id: UUID) -> None:
    """Whoever is writing about them is awaited, or the trail got their entries after it was gone through."""
    await tx.run("SELECT FROM students.guardians WHERE student_id = $1 ORDER BY id FOR UPDATE", student_id)
    await tx.run("SELECT FROM students.goals WHERE student_id = $1 ORDER BY id FOR UPDATE", student_id)
    await tx.run("SELECT FROM students.tickets WHERE student_id = $1 ORDER BY id FOR UPDATE", student_id)
    await tx.run(
        "SELECT FROM students.referrals WHERE $1 IN (referrer_id, referred_id) ORDER BY id FOR UPDATE",
        student_id,
    )


async def erase_student(tx: Connection, student_id: UUID) -> None:
    """What is left is the code, the library and the day of enrolment."""
    await tx.run(
        """
        UPDATE students.students SET first_name = 'Erased student', last_name = NULL, email = NULL,
            phone = NULL, parent_phone = NULL, date_of_birth = NULL, gender = NULL, address = NULL,
            city = NULL, state = NULL, pincode = NULL, education_level = NULL, course = NULL,
            institution = NULL,
            emergency_contact_name = NULL, emergency_contact_phone = NULL, notes = NULL, search_text = '',
            status = 'inactive', suspension_reason = NULL, version = version + 1, updated_at = now(),
            deleted_at = coalesce(deleted_at, now()), erased_at = now()
        WHERE id = $1
        """,
        student_id,
    )


async def erase_leads(tx: Connection, student_id: UUID) -> None:
    """While the student's number is still known: also those who asked with it, and became no student."""
    await tx.run(
        """
        UPDATE students.leads SET name = 'Erased student', phone = NULL, notes = NULL, search_text = '',
            status = CASE WHEN student_id IS NULL THEN 'lost' ELSE status END,
            lost_reason = CASE WHEN student_id IS NULL THEN 'Erased' END, erased_with = $1,
            version = version + 1, updated_at = now()
        WHERE student_id = $1
            OR (student_id IS NULL AND phone = (SELECT phone FROM students.students WHERE id = $1))
        """,
        student_id,
    )


async def erase_papers(tx: Connection, student_id: UUID) -> None:
    """Before the trail, in which they are known by the student; who deletes one just now is awaited."""
    await tx.run("DELETE FROM students.images WHERE student_id = $1", student_id)
    await tx.run("DELETE FROM students.id_proofs WHERE student_id = $1", student_id)


async def forget_in_trail(tx: Connection, student_id: UUID) -> None:
    """While what hangs on the student is still there, and known by it."""
    await tx.run("SELECT students.forget_in_trail($1)", student_id)


async def erase_belongings(tx: Connection, student_id: UUID) -> None:
    """What was agreed to stays, without the name of who did."""
    await tx.run(
        """
        UPDATE students.guardians SET name = NULL, relation = NULL, phone = NULL, email = NULL,
            version = version + 1, updated_at = now(), deleted_at = now()
        WHERE student_id = $1 AND deleted_at IS NULL
        """,
        student_id,
    )
    await tx.run("SELECT students.forget_tickets($1)", student_id)
    await tx.run("DELETE FROM students.goals WHERE student_id = $1", student_id)
    await tx.run("DELETE FROM students.privacy WHERE student_id = $1", student_id)


async def count_one_less(tx: Connection) -> None:
    await tx.run("UPDATE students.totals SET students = students - 1")
