"""The floor plan: the one list of rooms. Everything that needs to know which rooms there are reads it here.

Order: a room comes after those whose doors it uses.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from studyspot.kernel.doors import Transport, open_door
from studyspot.kernel.migrations import History, load_history
from studyspot.kernel.module import Module
from studyspot.kernel.switches import Switches
from studyspot.services.auth.module import MODULE as AUTH
from studyspot.services.bookings.module import MODULE as BOOKINGS
from studyspot.services.libraries.module import MODULE as LIBRARIES
from studyspot.services.payments.module import MODULE as PAYMENTS
from studyspot.services.students.module import MODULE as STUDENTS
from studyspot.services.tenants.module import MODULE as TENANTS
from studyspot.services.users.module import MODULE as USERS
from studyspot.tenancy.engine import CONTROL_SCHEMA, KERNEL_SCHEMA, TENANT_SCHEMA

ROOMS: tuple[Module, ...] = (AUTH, USERS, LIBRARIES, PAYMENTS, BOOKINGS, STUDENTS, TENANTS)
GATEWAY, GATEWAY_PORT = "gateway", 3000
WORKER, WORKER_PORT = "worker", 3099
ROOM_NAMES = frozenset(room.name for room in ROOMS)


class Room(msgspec.Struct, frozen=True):
    """A room and the door through which everybody uses it. `is_here`: it lives in this process."""

    module: Module
    door: Any
    is_here: bool


RemoteDoor = Callable[[Module], Any]
"""Gives the door of a room that lives in another process."""


def build_rooms(
    parts: Mapping[str, object],
    *,
    here: Collection[str],
    remote_door: RemoteDoor,
    transport: Transport | None = None,
    switches: Switches | None = None,
) -> list[Room]:
    """Builds the rooms that live `here` with what they ask for by parameter name: the platform's parts and
    earlier rooms' doors; the others become remote doors.

    :raises TypeError: when a room asks for something that is neither, or does not keep its contract.
    """
    rooms: list[Room] = []
    for module in ROOMS:
        if module.name not in here:
            rooms.append(Room(module, remote_door(module), is_here=False))
            continue
        doors = {room.module.name: room.door for room in rooms}
        wanted = list(inspect.signature(module.build).parameters)
        missing = [name for name in wanted if name not in doors and name not in parts]
        if missing:
            raise TypeError(
                f"{module.name} asks for {', '.join(missing)}, which no part or earlier room provides"
            )
        implementation = module.build(**{name: doors.get(name, parts.get(name)) for name in wanted})
        door: Any = open_door(module.contract, implementation, transport, switches)
        rooms.append(Room(module, door, is_here=True))
    return rooms


def port_of(name: str) -> int:
    """The port of a room, the gateway or the worker, unless a setting says otherwise."""
    ports = {GATEWAY: GATEWAY_PORT, WORKER: WORKER_PORT, **{room.name: room.port for room in ROOMS}}
    return ports[name]


def tenant_migrations() -> list[Path]:
    return [room.migrations for room in ROOMS if room.database == "tenant"]


def control_history() -> History:
    rooms = [room.migrations for room in ROOMS if room.database == "control"]
    return load_history([KERNEL_SCHEMA, KERNEL_SCHEMA / "control", CONTROL_SCHEMA, *rooms])


def tenant_history() -> History:
    return load_history([KERNEL_SCHEMA, TENANT_SCHEMA, *tenant_migrations()])
