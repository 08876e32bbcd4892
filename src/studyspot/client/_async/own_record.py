"""What students see and change about themselves."""

from types import NoneType
from uuid import UUID

from studyspot.client._async.group import AsyncGroup
from studyspot.client.models.students import (
    Goal,
    GoalChange,
    NewGoal,
    OwnChange,
    PrivacySettings,
    Student,
    StudentProfile,
)
from studyspot.client.request import Request


class AsyncOwnRecord(AsyncGroup):
    """The record of the signed-in student. All calls raise `NotFound` for somebody who is none here."""

    async def get(self) -> Student:
        return await self._send(Request("GET", "/students/me", Student))

    async def change(self, change: OwnChange) -> Student:
        """:raises Conflict: when it has another version, or the e-mail address is taken."""
        return await self._send(Request("PUT", "/students/me", Student, body=change))

    async def profile(self) -> StudentProfile:
        """The record with goals and privacy settings."""
        return await self._send(Request("GET", "/students/me/profile", StudentProfile))

    async def set_privacy(self, settings: PrivacySettings) -> PrivacySettings:
        return await self._send(
            Request("PUT", "/students/me/privacy-settings", PrivacySettings, body=settings)
        )

    async def add_goal(self, goal: NewGoal) -> Goal:
        return await self._send(Request("POST", "/students/me/academic-goals", Goal, body=goal))

    async def get_goal(self, goal_id: UUID) -> Goal:
        return await self._send(Request("GET", f"/students/me/academic-goals/{goal_id}", Goal))

    async def change_goal(self, goal_id: UUID, change: GoalChange) -> Goal:
        """:raises Conflict: when it has another version."""
        return await self._send(Request("PUT", f"/students/me/academic-goals/{goal_id}", Goal, body=change))

    async def delete_goal(self, goal_id: UUID) -> None:
        await self._send(Request("DELETE", f"/students/me/academic-goals/{goal_id}", NoneType))
