"""Photos of students, and of papers that were shown."""

from pathlib import Path
from types import NoneType
from uuid import UUID

from studyspot.client._async.group import AsyncGroup
from studyspot.client.models.images import ImageLink
from studyspot.client.request import Request
from studyspot.client.uploads import File


class AsyncPhotos(AsyncGroup):
    async def set(self, student_id: UUID, file: File) -> None:
        """JPEG, PNG or WebP up to 5 MB. :raises NotFound: :raises Refused: for any other."""
        await self._send(Request("PUT", f"/students/{student_id}/photo", NoneType, file=file))

    async def link(self, student_id: UUID) -> ImageLink:
        """:raises NotFound: also when there is no photo."""
        return await self._send(Request("GET", f"/students/{student_id}/photo", ImageLink))

    async def delete(self, student_id: UUID) -> None:
        """Safe to repeat. :raises NotFound:"""
        await self._send(Request("DELETE", f"/students/{student_id}/photo", NoneType))


class AsyncIdImages(AsyncGroup):
    async def set(self, id_proof_id: UUID, file: File) -> None:
        """With all but the last four characters of the number covered; it is deleted after thirty days.

        :raises NotFound: :raises Refused: for what is no picture.
        """
        await self._send(Request("PUT", f"/students/id-proofs/{id_proof_id}/image", NoneType, file=file))

    async def link(self, id_proof_id: UUID) -> ImageLink:
        """It is noted who asked. :raises NotFound: also when there is no image."""
        return await self._send(Request("GET", f"/students/id-proofs/{id_proof_id}/image", ImageLink))

    async def delete(self, id_proof_id: UUID) -> None:
        """Safe to repeat. :raises NotFound:"""
        await self._send(Request("DELETE", f"/students/id-proofs/{id_proof_id}/image", NoneType))


class AsyncImages(AsyncGroup):
    async def download(self, token: str, to: Path) -> int:
        """What a link shows, its `token` being the last part of the path, into the file `to`.

        The bytes written. :raises NotFound: once its time is over.
        """
        request = Request("GET", f"/students/images/{token}", NoneType, public=True)
        return await self._session.download(request, to)
