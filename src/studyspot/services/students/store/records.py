"""SQL: the students themselves and how many there are."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import new_id
from studyspot.services.payments.contract import lock_of
from studyspot.services.students import rules
from studyspot.services.students.contract import (
    NewStudent,
    Student,
    StudentFilter,
    StudentStatus,
    StudentSummary,
)

MINOR = "coalesce(students.adult_on(date_of_birth) > (now() AT TIME ZONE 'Asia/Kolkata')::date, false)"
COLUMNS = f"""id, student_code, first_name, last_name, email, phone, parent_phone, date_of_birth,
    {MINOR} AS minor, gender, address, city, state, pincode, education_level, course, institution,
    emergency_contact_name, emergency_contact_phone, library_id, enrollment_date, notes, status,
    suspension_reason, version, created_at, updated_at"""

# Columns that an import writes, as they stand in the table.
_IMPORTED = """first_name, last_name, email, phone, parent_phone, date_of_birth, gender, address, city, state,
    pincode, education_level, course, institution, emergency_contact_name, emergency_contact_phone,
    library_id, enrollment_date, notes, search_text"""

_FILTERED = """
    deleted_at IS NULL
    AND ($1::text IS NULL OR status = $1)
    AND ($2::uuid IS NULL OR library_id = $2)
"""
# A condition for each way to search, not one for all: PostgreSQL keeps one plan for what is sent often.
_INDEXED = f"{_FILTERED} AND search_text LIKE $3"
_SCANNED = f"{_FILTERED} AND ($3::text IS NULL OR strpos(search_text, $3) > 0)"


class Totals(msgspec.Struct, frozen=True):
    students: int
    last_code: int


def student_code(number: int) -> str:
    return f"STU-{number:06}"


async def list_newest(tx: Connection, *, offset: int, limit: int) -> tuple[list[Student], int | None]:
    """All students. Their number is kept in the totals, so nothing is counted."""
    return await tx.page(
        Student,
        f"""
        SELECT {COLUMNS}, (SELECT students FROM students.totals) AS total FROM students.students
        WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC OFFSET $1 LIMIT $2
        """,
        offset,
        limit,
    )


async def list_students(
    tx: Connection, wanted: StudentFilter, *, by_trigrams: bool, offset: int, limit: int
) -> tuple[list[Student], int | None]:
    """`by_trigrams` when the search has any: the index is of no use for shorter ones."""
    return await tx.page(
        Student,
        f"""
        WITH found AS MATERIALIZED (
                SELECT id, created_at FROM students.students WHERE {_INDEXED if by_trigrams else _SCANNED}
            ),
            wanted AS (SELECT id FROM found ORDER BY created_at DESC, id DESC OFFSET $4 LIMIT $5)
        SELECT {COLUMNS}, (SELECT count(*) FROM found) AS total
        FROM students.students WHERE id IN (SELECT id FROM wanted) ORDER BY created_at DESC, id DESC
        """,
        *_filter_arguments(wanted, by_trigrams=by_trigrams),
        offset,
        limit,
    )


async def list_after(
    tx: Connection, wanted: StudentFilter, *, by_trigrams: bool, after: UUID | None, limit: int
) -> list[Student]:
    """In the order of their ids, which is the order of creation."""
    return await tx.all(
        Student,
        f"""
        SELECT {COLUMNS} FROM students.students
        WHERE {_INDEXED if by_trigrams else _SCANNED} AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5
        """,
        *_filter_arguments(wanted, by_trigrams=by_trigrams),
        after,
        limit,
    )


async def count_students(tx: Connection, wanted: StudentFilter, *, by_trigrams: bool) -> int:
    return int(
        await tx.value(
            f"SELECT count(*) FROM students.students WHERE {_INDEXED if by_trigrams else _SCANNED}",
            *_filter_arguments(wanted, by_trigrams=by_trigrams),
        )
    )


async def summarise(tx: Connection, month_start: date) -> StudentSummary:
    """`month_start` is the first day of the month whose newcomers are counted."""
    summary = await tx.one(
        StudentSummary,
        """
        SELECT count(*)::integer AS total_students,
            count(*) FILTER (WHERE status = 'active')::integer AS active_students,
            count(*) FILTER (WHERE status = 'suspended')::integer AS suspended_students,
            count(*) FILTER (WHERE status = 'inactive')::integer AS inactive_students,
            count(*) FILTER (
                WHERE enrollment_date >= $1 AND enrollment_date < $1 + interval '1 month'
            )::integer AS new_this_month
        FROM students.students WHERE deleted_at IS NULL
        """,
        month_start,
    )
    assert summary is not None  # noqa: S101 - an aggregate gives one row
    return summary


async def find_student(
    tx: Connection, student_id: UUID, *, for_update: bool = False, for_share: bool = False
) -> Student | None:
    """`for_share` when they are to stay until the commit."""
    return await tx.one(
        Student,
        f"""
        SELECT {COLUMNS} FROM students.students WHERE id = $1 AND deleted_at IS NULL
        {"FOR UPDATE" if for_update else "FOR SHARE" if for_share else ""}
        """,
        student_id,
    )


async def insert_student(
    connection: Connection, caller: Caller, new: NewStudent, *, enrollment_date: date, students_max: int
) -> Student | None:
    """Takes a place in the plan and a code, adds the student and its audit entry: one statement, all or
    nothing.

    None when the plan is full.

    :raises ConstraintViolated: `student_phone`, `student_email`, `student_library`.
    """
    student_id = new_id()
    return await connection.one(
        Student,
        f"""
        WITH place AS (
            UPDATE students.totals SET students = students + 1, last_code = last_code + 1
            WHERE students < $1 RETURNING 'STU-' || lpad(last_code::text, 6, '0') AS code
        ), created AS (
            INSERT INTO students.students (id, student_code, {_IMPORTED})
            SELECT $2, code, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                $20, $21, $22 || ' ' || lower(code)
            FROM place RETURNING *
        ), recorded AS (
            INSERT INTO audit.entries (id, account_id, role, action, entity, entity_id, after, request_id)
            SELECT $23, $24, $25, 'students:create', 'student', id,
                to_jsonb(created) - ARRAY['search_text', 'deleted_at', 'erased_at', 'parent_phone_is_own']
                    || jsonb_build_object('minor', {MINOR}), $26
            FROM created
        )
        SELECT {COLUMNS} FROM created
        """,
        students_max,
        student_id,
        new.first_name,
        new.last_name,
        new.email,
        new.phone,
        new.parent_phone,
        new.date_of_birth,
        new.gender,
        new.address,
        new.city,
        new.state,
        new.pincode,
        new.education_level,
        new.course,
        new.institution,
        new.emergency_contact_name,
        new.emergency_contact_phone,
        new.library_id,
        enrollment_date,
        new.notes,
        rules.search_text(new.first_name, new.last_name, new.phone, new.email),
        new_id(),
        caller.account_id,
        caller.role,
        caller.request_id,
    )


async def update_student(
    tx: Connection, student: Student, *, parent_phone_is_own: bool | None = None
) -> Student | None:
    """Writes all fields of `student` over the row and raises its version. Who entered the parent's number
    stays as it is unless it is said.
    """
    return await tx.one(
        Student,
        f"""
        UPDATE students.students
        SET first_name = $2, last_name = $3, email = $4, phone = $5, parent_phone = $6, date_of_birth = $7,
            gender = $8, address = $9, city = $10, state = $11, pincode = $12, education_level = $13,
            course = $14, institution = $15, emergency_contact_name = $16, emergency_contact_phone = $17,
            library_id = $18,
            enrollment_date = $19, notes = $20, status = $21, suspension_reason = $22, search_text = $23,
            parent_phone_is_own = coalesce($24, parent_phone_is_own),
            version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING {COLUMNS}
        """,
        student.id,
        student.first_name,
        student.last_name,
        student.email,
        student.phone,
        student.parent_phone,
        student.date_of_birth,
        student.gender,
        student.address,
        student.city,
        student.state,
        student.pincode,
        student.education_level,
        student.course,
        student.institution,
        student.emergency_contact_name,
        student.emergency_contact_phone,
        student.library_id,
        student.enrollment_date,
        student.notes,
        student.status,
        student.suspension_reason,
        search_text_of(student),
        parent_phone_is_own,
    )


async def delete_student(tx: Connection, student_id: UUID) -> None:
    await tx.run(
        "UPDATE students.students SET deleted_at = now(), version = version + 1 WHERE id = $1", student_id
    )
    await tx.run("UPDATE students.totals SET students = students - 1")


async def has_seat(tx: Connection, student_id: UUID, now: datetime) -> bool:
    """Now or later, or a membership without one; from the views that the bookings room publishes for this."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM bookings.published_taken
                WHERE student_id = $1 AND until > $2 AND (held_until IS NULL OR held_until > $2)
            ) OR EXISTS (
                SELECT FROM bookings.published_members
                WHERE student_id = $1 AND ends_on >= ($2::timestamptz AT TIME ZONE 'Asia/Kolkata')::date
            )
            """,
            student_id,
            now,
        )
    )


async def has_money(tx: Connection, student_id: UUID) -> bool:
    """Owed by the student, or kept for them; from the views that the payments room publishes for this."""
    return bool(
        await tx.value(
            """
            SELECT EXISTS (SELECT FROM payments.published_dues WHERE student_id = $1)
                OR EXISTS (SELECT FROM payments.published_holdings WHERE student_id = $1)
            """,
            student_id,
        )
    )


async def lock_money(tx: Connection, student_id: UUID) -> None:
    """Nobody writes about the student's money until the commit. Taken before every other lock: who writes
    about it has this one, and then waits for the student.
    """
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", lock_of(student_id))


async def lock_totals(tx: Connection) -> Totals:
    """Nobody else adds a student until the commit."""
    totals = await tx.one(Totals, "SELECT students, last_code FROM students.totals FOR UPDATE")
    assert totals is not None  # noqa: S101 - the migration put the row there
    return totals


async def find_totals(tx: Connection) -> Totals:
    totals = await tx.one(Totals, "SELECT students, last_code FROM students.totals")
    assert totals is not None  # noqa: S101 - the migration put the row there
    return totals


async def set_totals(tx: Connection, totals: Totals) -> None:
    await tx.run(
        "UPDATE students.totals SET students = $1, last_code = $2", totals.students, totals.last_code
    )


async def find_clash(tx: Connection, student: Student) -> str | None:
    """The constraint that another student's phone number or e-mail address would make this one break."""
    found: str | None = await tx.value(
        """
        SELECT CASE WHEN phone = $2 THEN 'student_phone' ELSE 'student_email' END FROM students.students
        WHERE deleted_at IS NULL AND id <> $1 AND (phone = $2 OR email = $3) LIMIT 1
        """,
        student.id,
        student.phone,
        student.email,
    )
    return found


async def find_by_phones(tx: Connection, phones: Sequence[str], *, for_update: bool = False) -> list[Student]:
    return await tx.all(
        Student,
        f"""
        SELECT {COLUMNS} FROM students.students WHERE deleted_at IS NULL AND phone = ANY($1)
        ORDER BY id {"FOR UPDATE" if for_update else ""}
        """,
        list(phones),
    )


async def find_by_emails(tx: Connection, emails: Sequence[str]) -> list[Student]:
    return await tx.all(
        Student,
        f"SELECT {COLUMNS} FROM students.students WHERE deleted_at IS NULL AND email = ANY($1) ORDER BY id",
        list(emails),
    )


async def insert_students(tx: Connection, students: Sequence[Student]) -> None:
    """Many in one statement, with ids and codes already given."""
    await tx.run(
        f"""
        INSERT INTO students.students (id, student_code, created_at, updated_at, {_IMPORTED})
        SELECT id, student_code, created_at, updated_at, {_IMPORTED}
        FROM jsonb_populate_recordset(NULL::students.students, $1::jsonb)
        """,
        _records(students),
    )


async def update_students(tx: Connection, students: Sequence[Student]) -> None:
    """Many in one statement; versions are raised. Another number of a parent is the staff's."""
    names = [name.strip() for name in _IMPORTED.split(",")]
    assignments = ", ".join(f"{name} = n.{name}" for name in names)
    await tx.run(
        f"""
        UPDATE students.students s SET {assignments}, version = s.version + 1, updated_at = now(),
            parent_phone_is_own = s.parent_phone_is_own AND n.parent_phone IS NOT DISTINCT FROM s.parent_phone
        FROM jsonb_populate_recordset(NULL::students.students, $1::jsonb) n WHERE s.id = n.id
        """,
        _records(students),
    )


def search_text_of(student: Student) -> str:
    return rules.search_text(
        student.first_name, student.last_name, student.phone, student.email, student.student_code
    )


def _records(students: Sequence[Student]) -> str | None:
    return as_json(
        [msgspec.structs.asdict(student) | {"search_text": search_text_of(student)} for student in students]
    )


def _filter_arguments(
    wanted: StudentFilter, *, by_trigrams: bool
) -> tuple[StudentStatus | None, UUID | None, str | None]:
    needle = rules.search_needle(wanted.search) if wanted.search else None
    if needle is not None and by_trigrams:
        needle = rules.like_pattern(needle)
    return wanted.status, wanted.library_id, needle
