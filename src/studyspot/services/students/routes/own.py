"""HTTP for students' own record, goals and privacy settings."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.http.parameters import Asker
from studyspot.services.students.contract import (
    Goal,
    GoalChange,
    NewGoal,
    OwnChange,
    PrivacySettings,
    Student,
    StudentProfile,
)
from studyspot.services.students.routes.door import Door


@get("/me", opt=permit("own_student:read"))
async def get_own(caller: Asker, students: Door) -> Success[Student]:
    """The signed-in student's own record."""
    return Success(await students.get_own(caller))


@put("/me", opt=permit("own_student:update"))
async def change_own(caller: Asker, students: Door, data: JSONBody[OwnChange]) -> Success[Student]:
    return Success(await students.change_own(caller, change=data))


@get("/me/profile", opt=permit("own_student:read"))
async def get_own_profile(caller: Asker, students: Door) -> Success[StudentProfile]:
    """The signed-in student's own record, goals and privacy settings."""
    return Success(await students.get_own_profile(caller))


@post("/me/academic-goals", opt=permit("own_student:update"))
async def add_goal(caller: Asker, students: Door, data: JSONBody[NewGoal]) -> Success[Goal]:
    return Success(await students.add_goal(caller, goal=data))


@get("/me/academic-goals/{goal_id:uuid}", opt=permit("own_student:read"))
async def get_goal(caller: Asker, students: Door, goal_id: FromPath[UUID]) -> Success[Goal]:
    return Success(await students.get_goal(caller, goal_id=goal_id))


@put("/me/academic-goals/{goal_id:uuid}", opt=permit("own_student:update"))
async def change_goal(
    caller: Asker, students: Door, goal_id: FromPath[UUID], data: JSONBody[GoalChange]
) -> Success[Goal]:
    return Success(await students.change_goal(caller, goal_id=goal_id, change=data))


@delete("/me/academic-goals/{goal_id:uuid}", opt=permit("own_student:update"))
async def delete_goal(caller: Asker, students: Door, goal_id: FromPath[UUID]) -> None:
    await students.delete_goal(caller, goal_id=goal_id)


@put("/me/privacy-settings", opt=permit("own_student:update"))
async def set_privacy(
    caller: Asker, students: Door, data: JSONBody[PrivacySettings]
) -> Success[PrivacySettings]:
    """Replaces all of them; what is left out is as private as can be."""
    return Success(await students.set_privacy(caller, privacy=data))


HANDLERS = [
    get_own,
    change_own,
    get_own_profile,
    add_goal,
    get_goal,
    change_goal,
    delete_goal,
    set_privacy,
]
