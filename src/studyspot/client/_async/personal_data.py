"""Identity papers that were shown, the copy of all that is kept about a student, and its end."""

from types import NoneType
from uuid import UUID

from studyspot.client._async.group import AsyncGroup
from studyspot.client.models.personal_data import IdProof, NewIdProof, PersonalData
from studyspot.client.request import Request


class AsyncIdProofs(AsyncGroup):
    async def of_student(self, student_id: UUID) -> tuple[IdProof, ...]:
        """At most ten. :raises NotFound:"""
        return await self._send(Request("GET", f"/students/{student_id}/id-proofs", tuple[IdProof, ...]))

    async def add(self, student_id: UUID, id_proof: NewIdProof) -> IdProof:
        """:raises NotFound: :raises Refused: for an eleventh one."""
        return await self._send(Request("POST", f"/students/{student_id}/id-proofs", IdProof, body=id_proof))

    async def get(self, id_proof_id: UUID) -> IdProof:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/students/id-proofs/{id_proof_id}", IdProof))

    async def delete(self, id_proof_id: UUID) -> None:
        """:raises NotFound:"""
        await self._send(Request("DELETE", f"/students/id-proofs/{id_proof_id}", NoneType))


class AsyncPersonalRights(AsyncGroup):
    async def of_student(self, student_id: UUID) -> PersonalData:
        """It is noted who asked. :raises NotFound:"""
        return await self._send(Request("GET", f"/students/{student_id}/data", PersonalData))

    async def own(self) -> PersonalData:
        """Of the signed-in student. :raises NotFound: for somebody who is none here."""
        return await self._send(Request("GET", "/students/me/data", PersonalData))

    async def erase(self, student_id: UUID) -> None:
        """Forgets who it is, for good; bills stay without a name. Safe to repeat.

        :raises NotFound: :raises Conflict: while they have a seat or a membership, or money is open.
        """
        await self._send(Request("POST", f"/students/{student_id}/erasure", NoneType))
