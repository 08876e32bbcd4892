"""What the students room does later."""

from uuid import UUID

from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.kernel.jobs import Job
from studyspot.services.students.contract import Students


def jobs(students: Students) -> list[Job]:
    async def plan_image_deletions() -> None:
        await students.plan_image_deletions(system())

    async def delete_old_images(tenant_id: str) -> None:
        await students.delete_old_images(system(tenant_id=TenantId(UUID(tenant_id))))

    return [
        Job("students.plan_image_deletions", plan_image_deletions, every="37 * * * *"),
        Job("students.delete_old_images", delete_old_images, priority=-1),
    ]
