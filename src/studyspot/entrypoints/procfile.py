"""Which processes the platform falls into when its rooms live apart: made from the floor plan."""

import sys
from collections.abc import Iterator

from studyspot.entrypoints.addresses import ports_here
from studyspot.entrypoints.floorplan import GATEWAY, ROOMS, WORKER
from studyspot.entrypoints.supervisor import Command
from studyspot.kernel.settings import Settings, environment_with

STUDYSPOT = (sys.executable, "-c", "from studyspot.entrypoints.cli import main; main()")
LINGER_SECONDS = 3.0
"""More than the time for which idle connections between processes are used (`remote.connections`)."""


def procfile() -> str:
    """For honcho, foreman and the like; the worker and the rooms need STUDYSPOT_DATABASE_URL."""
    served = [*(room.name for room in ROOMS), GATEWAY]
    lines = [f"{name}: studyspot serve --only {name}\n" for name in served]
    return "".join([*lines, f"{WORKER}: studyspot work\n"])


def commands(settings: Settings) -> Iterator[Command]:
    """Rooms first, then the gateway in front of them. Only those who need the database can reach it."""
    everywhere = {
        "HOST": settings.host,
        "DATA": str(settings.data),
        "SECRET_KEY": settings.secret_key.get_secret_value() if settings.secret_key else "",
        "REUSE_PORT": "true",
        "DRAIN_SECONDS": str(max(settings.drain_seconds, LINGER_SECONDS)),
    }
    processes, password = len(ROOMS) + 1, settings.app_role_password
    with_database = everywhere | {
        "DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        **({"APP_ROLE_PASSWORD": password.get_secret_value()} if password else {}),
        # What one process would take is shared out.
        "CONTROL_CONNECTIONS": str(max(settings.control_connections // 2, 2)),
        "TENANT_CONNECTIONS": str(max(settings.tenant_connections // processes, 2)),
        "TENANT_CONNECTIONS_EACH": str(
            max(min(settings.tenant_connections_each, settings.tenant_connections // processes), 1)
        ),
    }
    ports = ports_here(settings)
    for room in ROOMS:
        arguments = (*STUDYSPOT, "serve", "--only", room.name, "--port", str(ports[room.name]))
        yield Command(room.name, arguments, environment_with(with_database))
    working = with_database | {"SERVICE_PORT": str(ports[WORKER])}
    yield Command(WORKER, (*STUDYSPOT, "work"), environment_with(working))
    front = everywhere | {"PORT": str(settings.port)}
    yield Command(GATEWAY, (*STUDYSPOT, "serve", "--only", GATEWAY), environment_with(front), stage=1)
