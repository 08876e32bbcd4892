# Made from _async/personal_data.py by studyspot.client._generate.
"""Identity papers that were shown, the copy of all that is kept about a student, and its end."""

from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import Group
from studyspot.client.models.personal_data import IdProof, NewIdProof, PersonalData
from studyspot.client.request import Request


class IdProofs(Group):
    def of_student(self, student_id: UUID) -> tuple[IdProof, ...]:
        """At most ten. :raises NotFound:"""
        return self._send(Request("GET", f"/students/{student_id}/id-proofs", tuple[IdProof, ...]))

    def add(self, student_id: UUID, id_proof: NewIdProof) -> IdProof:
        """:raises NotFound: :raises Refused: for an eleventh one."""
        return self._send(Request("POST", f"/students/{student_id}/id-proofs", IdProof, body=id_proof))

    def get(self, id_proof_id: UUID) -> IdProof:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/students/id-proofs/{id_proof_id}", IdProof))

    def delete(self, id_proof_id: UUID) -> None:
        """:raises NotFound:"""
        self._send(Request("DELETE", f"/students/id-proofs/{id_proof_id}", NoneType))


class PersonalRights(Group):
    def of_student(self, student_id: UUID) -> PersonalData:
        """It is noted who asked. :raises NotFound:"""
        return self._send(Request("GET", f"/students/{student_id}/data", PersonalData))

    def own(self) -> PersonalData:
        """Of the signed-in student. :raises NotFound: for somebody who is none here."""
        return self._send(Request("GET", "/students/me/data", PersonalData))

    def erase(self, student_id: UUID) -> None:
        """Forgets who it is, for good; bills stay without a name. Safe to repeat.

        :raises NotFound: :raises Conflict: while they have a seat or a membership, or money is open.
        """
        self._send(Request("POST", f"/students/{student_id}/erasure", NoneType))
