"""What the auth room does later."""

from studyspot.kernel.contract import system
from studyspot.kernel.jobs import Job
from studyspot.services.auth.contract import Auth


def jobs(auth: Auth) -> list[Job]:
    async def purge() -> None:
        await auth.purge(system())

    return [Job("auth.purge", purge, every="17 * * * *")]
