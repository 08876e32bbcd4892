"""The template of a cell: a database at this code's revision, which every new tenant's is a copy of."""

from studyspot.kernel.advisory_locks import advisory_lock
from studyspot.kernel.database import Connection
from studyspot.kernel.migrations import History, migrate
from studyspot.kernel.quoting import quote_identifier, quote_literal
from studyspot.tenancy.registry import Cell
from studyspot.tenancy.servers import APP_ROLE, Credentials, Owner

TEMPLATES = r"^tpl_\d{4}$"


def template_name(head: int) -> str:
    return f"tpl_{head:04}"


async def prepare_cell(cell: Cell, credentials: Credentials, history: History) -> None:
    """Brings the cell's template to this code's revision.

    Under a lock: one process at a time builds it. The lock is on the server that makes the database, whose
    session may outlive a process that was killed.
    """
    template = template_name(history.head)
    owner = Owner(credentials, connections_each=1)
    server = await owner.connect(cell.url, "postgres")
    try:
        async with advisory_lock(server, "studyspot.template"):
            await ensure_app_role(server, credentials.app_password)
            if await server.value("SELECT 1 FROM pg_database WHERE datname = $1", template) is None:
                draft = f"{template}_draft"
                await server.run(f"DROP DATABASE IF EXISTS {quote_identifier(draft)} WITH (FORCE)")
                await server.run(f"CREATE DATABASE {quote_identifier(draft)} TEMPLATE template0")
                await _fill(await owner.connect(cell.url, draft), history)
                await server.run(
                    f"ALTER DATABASE {quote_identifier(draft)} RENAME TO {quote_identifier(template)}"
                )
            await server.run(
                f"ALTER DATABASE {quote_identifier(template)} IS_TEMPLATE true ALLOW_CONNECTIONS false"
            )
    finally:
        await server.close()


async def _fill(draft: Connection, history: History) -> None:
    try:
        await migrate(draft, history)
        # Frozen and analysed once here rather than by autovacuum in every copy.
        await draft.run("VACUUM (FREEZE, ANALYZE)")
    finally:
        await draft.close()


async def ensure_app_role(server: Connection, password: str | None) -> None:
    """The role the application connects as: it owns nothing and creates nothing."""
    async with server.transaction() as tx:
        await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('studyspot.role', 0))")
        if not await tx.value("SELECT 1 FROM pg_roles WHERE rolname = $1", APP_ROLE):
            await tx.run(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE")
            await tx.run(f"GRANT {APP_ROLE} TO CURRENT_USER")  # so that the owner can look with its eyes
        if password is not None:
            await tx.run(f"ALTER ROLE {APP_ROLE} PASSWORD {quote_literal(password)}")
