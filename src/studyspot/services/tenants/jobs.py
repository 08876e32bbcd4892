"""What the tenants room does later."""

from studyspot.kernel.contract import system
from studyspot.kernel.jobs import Job
from studyspot.services.tenants.contract import Tenants


def jobs(tenants: Tenants) -> list[Job]:
    async def ensure_owners() -> None:
        await tenants.ensure_owners(system())

    return [Job("tenants.ensure_owners", ensure_owners, every="* * * * *")]
