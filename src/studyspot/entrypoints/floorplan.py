"""The floor plan: the one list of rooms. Everything that needs to know which rooms there are reads it here.

Order: a room comes after those whose doors it uses.
"""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from studyspot.kernel.contract import Direct, Transport, open_door
from studyspot.kernel.migrations import History, load_history
from studyspot.kernel.module import Module
from studyspot.services.auth.module import MODULE as AUTH
from studyspot.services.libraries.module import MODULE as LIBRARIES
from studyspot.services.students.module import MODULE as STUDENTS
from studyspot.services.tenants.module import MODULE as TENANTS
from studyspot.services.users.module import MODULE as USERS
from studyspot.tenancy.engine import CONTROL_SCHEMA, KERNEL_SCHEMA, TENANT_SCHEMA

ROOMS: tuple[Module, ...] = (AUTH, USERS, LIBRARIES, STUDENTS, TENANTS)
GATEWAY_PORT = 3000


class Room(msgspec.Struct, frozen=True):
    """A room that was built: its plan, and the door through which everybody uses it."""

    module: Module
    door: Any


def build_rooms(parts: Mapping[str, object], transport: Transport | None = None) -> list[Room]:
    """Builds every room with what it asks for by parameter name: the platform's parts and earlier rooms'
    doors.

    :raises TypeError: when a room asks for something that is neither, or does not keep its contract.
    """
    rooms: list[Room] = []
    for module in ROOMS:
        doors = {room.module.name: room.door for room in rooms}
        wanted = list(inspect.signature(module.build).parameters)
        missing = [name for name in wanted if name not in doors and name not in parts]
        if missing:
            raise TypeError(
                f"{module.name} asks for {', '.join(missing)}, which no part or earlier room provides"
            )
        implementation = module.build(**{name: doors.get(name, parts.get(name)) for name in wanted})
        rooms.append(Room(module, open_door(module.contract, implementation, transport or Direct())))
    return rooms


def tenant_migrations() -> list[Path]:
    return [room.migrations for room in ROOMS if room.database == "tenant"]


def control_history() -> History:
    return load_history(
        [KERNEL_SCHEMA, CONTROL_SCHEMA, *(room.migrations for room in ROOMS if room.database == "control")]
    )


def tenant_history() -> History:
    return load_history([KERNEL_SCHEMA, TENANT_SCHEMA, *tenant_migrations()])


def prefixes() -> Sequence[str]:
    return [prefix for room in ROOMS for prefix in room.prefixes]
