"""The control database brought back to a server that has none: the first step when everything is lost."""

from studyspot.kernel.advisory_locks import advisory_lock
from studyspot.kernel.errors import Conflict
from studyspot.kernel.quoting import quote_identifier
from studyspot.tenancy.care import records, sessions
from studyspot.tenancy.care.clocks import time_now
from studyspot.tenancy.care.manifests import Manifest
from studyspot.tenancy.care.progress import tell_nobody
from studyspot.tenancy.care.restoring import check_whole, fill_checked
from studyspot.tenancy.care.workshop import Workshop
from studyspot.tenancy.templates import ensure_app_role


async def recover_control(workshop: Workshop, *, backup: str | None) -> Manifest:
    """As it was when the backup (by default the newest) was taken. Until it is whole there is none.

    Tenants' databases are not touched. Some of those that the registry knows may be gone, and of some it does
    not know what has become of them since.

    :raises Conflict: when there is a control database. :raises BackupDamaged: see `BackupStore.find`.
    """
    url, database = workshop.control_place()
    draft = f"{database}_draft"
    async with workshop.server(url) as server, advisory_lock(server, "studyspot.control"):
        if await sessions.exists(server, database):
            raise Conflict(
                f"This server has a control database. Nothing was changed; rename {database} first."
            )
        manifest = await workshop.store.find(None, backup, now=await time_now(server))
        checked = await check_whole(workshop, manifest, tell_nobody)
        await ensure_app_role(server, workshop.credentials.app_password)
        await server.run(f"DROP DATABASE IF EXISTS {quote_identifier(draft)} WITH (FORCE)")
        await server.run(f"CREATE DATABASE {quote_identifier(draft)} TEMPLATE template0")
        await fill_checked(workshop, url, draft, manifest, checked, tell_nobody)
        async with workshop.inside(url, draft) as connection:
            await records.forget_unsure(connection)
        await server.run(f"ALTER DATABASE {quote_identifier(draft)} RENAME TO {quote_identifier(database)}")
    return manifest
