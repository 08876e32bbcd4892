"""SQL of what other rooms keep about a student, where they publish it."""

from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.students.contract.personal_data import KeptTerm, KeptVisit


async def list_kept_terms(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptTerm]:
    """The latest first."""
    return await tx.all(
        KeptTerm,
        """
        SELECT membership_id, library_id, status, plan_name, starts_on, ends_on, price
        FROM bookings.published_terms WHERE student_id = $1 ORDER BY starts_on DESC, membership_id LIMIT $2
        """,
        student_id,
        limit,
    )


async def list_kept_visits(tx: Connection, student_id: UUID, *, limit: int) -> list[KeptVisit]:
    """The latest first."""
    return await tx.all(
        KeptVisit,
        """
        SELECT library_id, came_at, left_at FROM bookings.published_visits
        WHERE student_id = $1 ORDER BY came_at DESC LIMIT $2
        """,
        student_id,
        limit,
    )
