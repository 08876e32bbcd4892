# Made from _async/own_record.py by studyspot.client._generate.
"""What students see and change about themselves."""

from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import Group
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


class OwnRecord(Group):
    """The record of the signed-in student. All calls raise `NotFound` for somebody who is none here."""

    def get(self) -> Student:
        return self._send(Request("GET", "/students/me", Student))

    def change(self, change: OwnChange) -> Student:
        """:raises Conflict: when it has another version, or the e-mail address is taken."""
        return self._send(Request("PUT", "/students/me", Student, body=change))

    def profile(self) -> StudentProfile:
        """The record with goals and privacy settings."""
        return self._send(Request("GET", "/students/me/profile", StudentProfile))

    def set_privacy(self, settings: PrivacySettings) -> PrivacySettings:
        return self._send(Request("PUT", "/students/me/privacy-settings", PrivacySettings, body=settings))

    def add_goal(self, goal: NewGoal) -> Goal:
        return self._send(Request("POST", "/students/me/academic-goals", Goal, body=goal))

    def get_goal(self, goal_id: UUID) -> Goal:
        return self._send(Request("GET", f"/students/me/academic-goals/{goal_id}", Goal))

    def change_goal(self, goal_id: UUID, change: GoalChange) -> Goal:
        """:raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/students/me/academic-goals/{goal_id}", Goal, body=change))

    def delete_goal(self, goal_id: UUID) -> None:
        self._send(Request("DELETE", f"/students/me/academic-goals/{goal_id}", NoneType))
