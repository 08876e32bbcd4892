"""HTTP for photos of students and of papers."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, delete, get, put
from litestar.datastructures import UploadFile
from litestar.params import FromPath, MultipartBody, PathParameter

from studyspot.kernel.aadhaar import holds_aadhaar
from studyspot.kernel.errors import ValidationFailed
from studyspot.kernel.http.authentication import PUBLIC, permit
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.http.parameters import Asker
from studyspot.kernel.validation import aadhaar_fault
from studyspot.services.students.contract import ImageLink
from studyspot.services.students.routes.door import Door

JPEG = "image/jpeg"
Token = Annotated[str, PathParameter(max_length=200, description="The last part of a link's path")]


class ImageUpload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: UploadFile


@put("/{student_id:uuid}/photo", opt=permit("students:update"), status_code=204, dto=None)
async def set_photo(
    caller: Asker, students: Door, student_id: FromPath[UUID], data: MultipartBody[ImageUpload]
) -> None:
    """JPEG, PNG or WebP up to 5 MB (field `file`); kept as a small JPEG without what the camera noted."""
    await students.set_photo(caller, student_id=student_id, content=await _content(data))


@get("/{student_id:uuid}/photo", opt=permit("students:read"))
async def get_photo_link(caller: Asker, students: Door, student_id: FromPath[UUID]) -> Success[ImageLink]:
    """Where the photo can be seen for the next five minutes."""
    return Success(await students.get_photo_link(caller, student_id=student_id))


@delete("/{student_id:uuid}/photo", opt=permit("students:update"))
async def delete_photo(caller: Asker, students: Door, student_id: FromPath[UUID]) -> None:
    await students.delete_photo(caller, student_id=student_id)


@put("/id-proofs/{id_proof_id:uuid}/image", opt=permit("students:update"), status_code=204, dto=None)
async def set_id_image(
    caller: Asker, students: Door, id_proof_id: FromPath[UUID], data: MultipartBody[ImageUpload]
) -> None:
    """An image of the paper, up to 5 MB, on which all but the last four characters of its number are covered.
    It is deleted after thirty days.
    """
    await students.set_id_image(caller, id_proof_id=id_proof_id, content=await _content(data))


@get("/id-proofs/{id_proof_id:uuid}/image", opt=permit("id_images:read"))
async def get_id_image_link(caller: Asker, students: Door, id_proof_id: FromPath[UUID]) -> Success[ImageLink]:
    """Where the image can be seen for the next five minutes. It is noted who asked."""
    return Success(await students.get_id_image_link(caller, id_proof_id=id_proof_id))


@delete("/id-proofs/{id_proof_id:uuid}/image", opt=permit("students:update"))
async def delete_id_image(caller: Asker, students: Door, id_proof_id: FromPath[UUID]) -> None:
    await students.delete_id_image(caller, id_proof_id=id_proof_id)


@get("/images/{token:str}", opt=PUBLIC | {"files": (JPEG,)})
async def open_image(caller: Asker, students: Door, token: Token) -> Response[bytes]:
    """What a link shows to whoever has it, until its time is over."""
    content = await students.open_image(caller, token=token)
    headers = {"cache-control": "private, max-age=300", "content-disposition": "inline"}
    return Response(content, media_type=JPEG, headers=headers)


async def _content(data: ImageUpload) -> bytes:
    if holds_aadhaar(data.file.filename):
        raise ValidationFailed("Some fields need correction.", details=[aadhaar_fault("file")])
    return await data.file.read()


HANDLERS = [
    set_photo,
    get_photo_link,
    delete_photo,
    set_id_image,
    get_id_image_link,
    delete_id_image,
    open_image,
]
