# Made from _async/guardians.py by studyspot.client._generate.
"""Who answers for students, and what they agree to."""

from collections.abc import Iterator
from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.guardians import Consent, Guardian, GuardianChange, NewConsent, NewGuardian
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class Guardians(Group):
    def of_student(self, student_id: UUID) -> tuple[Guardian, ...]:
        """At most three. :raises NotFound:"""
        return self._send(Request("GET", f"/students/{student_id}/guardians", tuple[Guardian, ...]))

    def add(self, student_id: UUID, guardian: NewGuardian) -> Guardian:
        """:raises NotFound: :raises Refused: for a fourth one."""
        return self._send(Request("POST", f"/students/{student_id}/guardians", Guardian, body=guardian))

    def get(self, guardian_id: UUID) -> Guardian:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/students/guardians/{guardian_id}", Guardian))

    def change(self, guardian_id: UUID, change: GuardianChange) -> Guardian:
        """:raises NotFound: :raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/students/guardians/{guardian_id}", Guardian, body=change))

    def delete(self, guardian_id: UUID) -> None:
        """A consent of theirs counts no longer. :raises NotFound:"""
        self._send(Request("DELETE", f"/students/guardians/{guardian_id}", NoneType))


class Consents(Group):
    def list(self, student_id: UUID, *, page: int = 1, limit: int = 20) -> Page[Consent]:
        """What guardians agreed to and took back, the last first. :raises NotFound:"""
        params: dict[str, Param] = {"page": page, "limit": limit}
        return self._send(
            Request("GET", f"/students/{student_id}/consents", Page[Consent], params, bare=True)
        )

    def iterate(self, student_id: UUID) -> Iterator[Consent]:
        """All pages, one after the other."""
        return every(lambda page: self.list(student_id, page=page, limit=LIMIT_MAX))

    def record(self, student_id: UUID, consent: NewConsent) -> Consent:
        """Without one that stands no membership of somebody under eighteen begins.

        :raises NotFound: :raises Refused: when the guardian is none of this student's.
        """
        return self._send(Request("POST", f"/students/{student_id}/consents", Consent, body=consent))
