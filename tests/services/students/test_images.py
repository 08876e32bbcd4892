"""Photos of students and of papers: made anew, seen through a link for a while, and deleted in time."""

import asyncio
import io
from typing import Any
from uuid import UUID

import httpx2
import pytest
import time_machine
from PIL import Image
from tests.people import People, Person
from tests.services.answers import code_of, faults_of, made
from tests.services.bookings.hall import Hall, at, signed_in_again, tomorrow

from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId

PAPER = {"kind": "pan", "last_four": "123F"}


@pytest.fixture
async def owner(people: People) -> Person:
    return await people.owner()


@pytest.fixture
async def hall(owner: Person) -> Hall:
    return await Hall.opened(owner)


def picture(form: str = "JPEG", size: tuple[int, int] = (1200, 800), **options: Any) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "teal").save(drawn, form, **options)
    return drawn.getvalue()


NO_PICTURES = {
    "nothing": b"",
    "text": b"no picture",
    "gif": picture("GIF"),
    "half": picture()[:500],
    "bomb": picture("PNG", size=(9000, 9000)),
    "large": b"x" * (5 * 1024**2 + 1),
}


async def put(owner: Person, path: str, content: bytes, name: str = "me.jpg") -> httpx2.Response:
    return await owner.client.put(f"/api/v1{path}", files={"file": (name, content)}, headers=owner.headers)


async def seen(owner: Person, link: dict[str, Any]) -> httpx2.Response:
    """By anybody who has the link."""
    return await owner.client.get(link["path"])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_is_kept_small_and_without_where_it_was_taken(owner: Person, hall: Hall, form: str):
    path = f"/students/{(await hall.enrol())['id']}/photo"
    exif = Image.Exif()
    exif[0x010E] = "Rose Lane"
    exif[0x0112] = 6  # turned on its side

    answer = await put(owner, path, picture(form, exif=exif))
    assert answer.status_code == 204, answer.text
    link = (await owner.get(path)).json()["data"]
    shown = await seen(owner, link)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["cache-control"].startswith("private")
    assert b"Rose Lane" not in shown.content
    kept = Image.open(io.BytesIO(shown.content))
    assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (341, 512), {})


async def test_a_new_photo_replaces_the_old_one_and_a_removed_one_is_gone(owner: Person, hall: Hall):
    path = f"/students/{(await hall.enrol())['id']}/photo"
    assert code_of(await owner.get(path)) == (404, "RESOURCE_NOT_FOUND")
    await put(owner, path, picture())
    old = (await owner.get(path)).json()["data"]
    await put(owner, path, picture(size=(10, 10)))

    assert (await seen(owner, old)).status_code == 404
    new = (await owner.get(path)).json()["data"]
    assert Image.open(io.BytesIO((await seen(owner, new)).content)).size == (10, 10)
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.delete(path)).status_code == 204
    assert (await seen(owner, new)).status_code == 404


async def test_a_link_opens_nothing_when_its_time_is_over_or_it_was_changed(hall: Hall):
    path = f"/students/{(await hall.enrol())['id']}/photo"
    async with at(hall, "10:00"):
        owner = hall.owner
        await put(owner, path, picture())
        link = (await owner.get(path)).json()["data"]
        assert (await seen(owner, link)).status_code == 200
        start, _, token = link["path"].rpartition("/")
        for place in (5, 25, 45, 75):
            other = "A" if token[place] != "A" else "B"
            changed = f"{start}/{token[:place]}{other}{token[place + 1 :]}"
            assert (await seen(owner, {"path": changed})).status_code == 404
    with time_machine.travel(tomorrow("10:06")):
        assert (await seen(owner, link)).status_code == 404


@pytest.mark.parametrize("name", NO_PICTURES)
async def test_what_is_no_picture_or_too_large_is_refused(owner: Person, hall: Hall, name: str):
    path = f"/students/{(await hall.enrol())['id']}/photo"

    assert code_of(await put(owner, path, NO_PICTURES[name])) == (422, "UNREADABLE_IMAGE")
    assert (await owner.get(path)).status_code == 404


async def test_the_name_of_a_file_holds_no_aadhaar_number(owner: Person, hall: Hall):
    path = f"/students/{(await hall.enrol())['id']}/photo"

    assert faults_of(await put(owner, path, picture(), "2345-6789-0124.jpg")) == {("file", "aadhaar_number")}


async def test_the_image_of_a_paper_is_seen_by_who_may_and_goes_after_thirty_days(
    owner: Person, hall: Hall, people: People, platform: Platform
):
    paper = await made(owner, f"/students/{(await hall.enrol())['id']}/id-proofs", PAPER)
    path = f"/students/id-proofs/{paper['id']}/image"
    assert code_of(await owner.get(path)) == (404, "RESOURCE_NOT_FOUND")
    assert (await put(owner, path, picture())).status_code == 204
    manager = await people.member(owner, "manager")
    assert (await manager.get(path)).status_code == 403
    link = (await owner.get(path)).json()["data"]
    assert (await seen(owner, link)).status_code == 200

    tenant = system(tenant_id=TenantId(UUID(owner.tenant_id)))
    assert await platform.students.delete_old_images(tenant) == 0
    with time_machine.travel(tomorrow("10:00", days=31)):
        owner = await signed_in_again(owner)
        link = (await owner.get(path)).json()["data"]
        assert (await seen(owner, link)).status_code == 404
        await platform.students.plan_image_deletions(system())
        status = 200
        async with asyncio.timeout(60):
            while status != 404:
                await asyncio.sleep(0.1)
                status = (await owner.get(path)).status_code
        assert await platform.students.delete_old_images(tenant) == 0
        assert (await owner.get(f"/students/id-proofs/{paper['id']}")).status_code == 200


async def test_images_go_with_the_paper_and_with_who_is_forgotten(owner: Person, hall: Hall):
    student = await hall.enrol()
    paper = await made(owner, f"/students/{student['id']}/id-proofs", PAPER)
    path = f"/students/id-proofs/{paper['id']}"
    await put(owner, f"{path}/image", picture())
    await put(owner, f"/students/{student['id']}/photo", picture())
    of_paper = (await owner.get(f"{path}/image")).json()["data"]
    photo = (await owner.get(f"/students/{student['id']}/photo")).json()["data"]

    assert (await owner.delete(path)).status_code == 204
    assert (await seen(owner, of_paper)).status_code == 404
    assert (await seen(owner, photo)).status_code == 200
    assert (await owner.post(f"/students/{student['id']}/erasure")).status_code == 204
    assert (await seen(owner, photo)).status_code == 404


async def test_an_image_of_a_paper_is_removed_before_its_time(owner: Person, hall: Hall):
    student = await hall.enrol()
    paper = await made(owner, f"/students/{student['id']}/id-proofs", PAPER)
    path = f"/students/id-proofs/{paper['id']}/image"
    await put(owner, path, picture())

    assert (await owner.delete(path)).status_code == 204
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.get(path)).status_code == 404
