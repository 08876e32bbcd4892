"""Photos of students, and of papers that were shown: made anew, kept in the business's own database, opened
by a link for a short while, and those of papers deleted after thirty days.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.errors import NotFound
from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.links import Linked, Links
from studyspot.kernel.pictures import to_jpeg
from studyspot.services.students import store
from studyspot.services.students.contract import (
    ID_IMAGE_DAYS,
    PHOTO_BYTES_MAX,
    ImageLink,
    UnreadableImage,
)
from studyspot.services.students.service.id_proofs import found_paper
from studyspot.services.students.service.records import found_student
from studyspot.tenancy.engine import Tenancy

PHOTO_SIDE, PAPER_SIDE = 512, 1600
LINK_LIFE = timedelta(minutes=5)
READERS_MAX = 2
DELETE_OLD_IMAGES = "students.delete_old_images"


class Images:
    def __init__(self, tenancy: Tenancy, queue: JobQueue, links: Links) -> None:
        self._tenancy = tenancy
        self._queue = queue
        self._links = links
        self._readers = ThreadPoolExecutor(READERS_MAX, thread_name_prefix="pictures")

    async def set_photo(self, caller: Caller, *, student_id: UUID, content: bytes) -> None:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_student(await store.find_student(connection, student_id))
        jpeg = await self._made_anew(content, PHOTO_SIDE)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student_id, for_update=True))
            await store.replace_photo(tx, uuid4(), student_id, jpeg)
            await audit.record(tx, caller, "photos:set", entity="student", entity_id=student_id)

    async def get_photo_link(self, caller: Caller, *, student_id: UUID) -> ImageLink:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_student(await store.find_student(connection, student_id))
            return self._link(caller, await store.find_photo(connection, student_id))

    async def delete_photo(self, caller: Caller, *, student_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student_id, for_update=True))
            if await store.delete_photo(tx, student_id):
                await audit.record(tx, caller, "photos:delete", entity="student", entity_id=student_id)

    async def set_id_image(self, caller: Caller, *, id_proof_id: UUID, content: bytes) -> None:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_paper(await store.find_id_proof(connection, id_proof_id))
        jpeg = await self._made_anew(content, PAPER_SIDE)
        delete_after = clock.now() + timedelta(days=ID_IMAGE_DAYS)
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            id_proof = found_paper(await store.find_id_proof(tx, id_proof_id))
            found_student(await store.find_student(tx, id_proof.student_id, for_update=True))
            await store.replace_id_image(
                tx, uuid4(), id_proof.student_id, id_proof_id, jpeg, delete_after=delete_after
            )
            await audit.record(tx, caller, "id_images:set", entity="id_proof", entity_id=id_proof_id)

    async def get_id_image_link(self, caller: Caller, *, id_proof_id: UUID) -> ImageLink:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            link = self._link(caller, await store.find_id_image(tx, id_proof_id))
            await audit.record(tx, caller, "id_images:read", entity="id_proof", entity_id=id_proof_id)
            return link

    async def delete_id_image(self, caller: Caller, *, id_proof_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_paper(await store.find_id_proof(tx, id_proof_id))
            if await store.delete_id_image(tx, id_proof_id):
                await audit.record(tx, caller, "id_images:delete", entity="id_proof", entity_id=id_proof_id)

    async def open_image(self, caller: Caller, *, token: str) -> bytes:
        del caller  # whoever has the link
        linked = self._links.read(token, at=clock.timestamp())
        if linked is None:
            raise NotFound("There is no such image, or the time of the link is over. Ask for another one.")
        async with self._tenancy.connection(linked.tenant_id) as connection:
            content = await store.read_image(connection, linked.thing_id, now=clock.now())
        if content is None:
            raise NotFound("This image is not there any more.")
        return content

    async def plan_image_deletions(self, caller: Caller) -> None:
        del caller  # it is nobody's wish
        for tenant_id in await self._tenancy.served():
            await self._queue.defer(
                DELETE_OLD_IMAGES, once_key=f"{DELETE_OLD_IMAGES} {tenant_id}", tenant_id=str(tenant_id)
            )

    async def delete_old_images(self, caller: Caller) -> int:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            return await store.delete_images(tx, now=clock.now())

    async def _made_anew(self, content: bytes, side_max: int) -> bytes:
        """In a thread of a few, for it takes memory and time. :raises UnreadableImage:"""
        if len(content) > PHOTO_BYTES_MAX:
            raise UnreadableImage(f"Send a picture of at most {PHOTO_BYTES_MAX // 1024**2} MB.")
        making = self._readers.submit(to_jpeg, content, side_max=side_max)
        try:
            return await asyncio.wrap_future(making)
        except ValueError as problem:
            raise UnreadableImage(str(problem)) from None

    def _link(self, caller: Caller, image_id: UUID | None) -> ImageLink:
        if image_id is None:
            raise NotFound("There is no image.")
        expires_at = (clock.now() + LINK_LIFE).replace(microsecond=0)
        token = self._links.sign(Linked(tenant_of(caller), image_id), expires_at=int(expires_at.timestamp()))
        return ImageLink(f"/api/v1/students/images/{token}", expires_at)
