"""SQL: what students keep for themselves."""

from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.students.contract import GOALS_MAX, Goal, NewGoal, PrivacySettings

GOAL = "id, goal, target_date, priority, status, version, created_at, updated_at"
PRIVACY = "profile_visibility, show_email, show_phone, show_location, allow_data_sharing"


async def list_goals(tx: Connection, student_id: UUID) -> list[Goal]:
    return await tx.all(
        Goal,
        f"SELECT {GOAL} FROM students.goals WHERE student_id = $1 ORDER BY created_at, id LIMIT {GOALS_MAX}",
        student_id,
    )


async def find_goal(
    tx: Connection, student_id: UUID, goal_id: UUID, *, for_update: bool = False
) -> Goal | None:
    return await tx.one(
        Goal,
        f"""
        SELECT {GOAL} FROM students.goals WHERE student_id = $1 AND id = $2
        {"FOR UPDATE" if for_update else ""}
        """,
        student_id,
        goal_id,
    )


async def insert_goal(tx: Connection, student_id: UUID, goal_id: UUID, new: NewGoal) -> Goal | None:
    """None when the student has as many as anybody may have."""
    return await tx.one(
        Goal,
        f"""
        INSERT INTO students.goals (id, student_id, goal, target_date, priority, status)
        SELECT $2, s.id, $3, $4, $5, $6 FROM students.students s
        WHERE s.id = $1 AND (SELECT count(*) FROM students.goals WHERE student_id = $1) < {GOALS_MAX}
        RETURNING {GOAL}
        """,
        student_id,
        goal_id,
        new.goal,
        new.target_date,
        new.priority,
        new.status,
    )


async def update_goal(tx: Connection, goal: Goal) -> Goal | None:
    return await tx.one(
        Goal,
        f"""
        UPDATE students.goals SET goal = $2, target_date = $3, priority = $4, status = $5,
            version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING {GOAL}
        """,
        goal.id,
        goal.goal,
        goal.target_date,
        goal.priority,
        goal.status,
    )


async def delete_goal(tx: Connection, goal_id: UUID) -> None:
    await tx.run("DELETE FROM students.goals WHERE id = $1", goal_id)


async def find_privacy(tx: Connection, student_id: UUID) -> PrivacySettings | None:
    return await tx.one(
        PrivacySettings, f"SELECT {PRIVACY} FROM students.privacy WHERE student_id = $1", student_id
    )


async def set_privacy(tx: Connection, student_id: UUID, wanted: PrivacySettings) -> None:
    await tx.run(
        f"""
        INSERT INTO students.privacy (student_id, {PRIVACY}) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (student_id) DO UPDATE SET profile_visibility = $2, show_email = $3, show_phone = $4,
            show_location = $5, allow_data_sharing = $6, updated_at = now()
        """,
        student_id,
        wanted.profile_visibility,
        wanted.show_email,
        wanted.show_phone,
        wanted.show_location,
        wanted.allow_data_sharing,
    )
