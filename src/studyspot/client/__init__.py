"""StudySpot's API from Python: `StudySpot` for scripts, `AsyncStudySpot` for asyncio.

    with StudySpot("http://127.0.0.1:3000") as api:
        api.auth.login(email="asha@example.in", password="a seat by the window")
        for student in api.students.iterate(search="shar"):
            print(student.student_code, student.first_name)

Requests and answers are in `studyspot.client.models`, errors in `studyspot.client.errors`.
"""

from studyspot.client._async.api import AsyncStudySpot, AsyncTenantRooms
from studyspot.client._sync.api import StudySpot, TenantRooms

__all__ = ["AsyncStudySpot", "AsyncTenantRooms", "StudySpot", "TenantRooms"]
