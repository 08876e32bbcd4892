"""Kill switches: methods of doors that the operator has switched off, known everywhere within a second."""

import asyncio
from datetime import datetime

import msgspec
import structlog

from studyspot.kernel.announcements import announce
from studyspot.kernel.database import Database
from studyspot.kernel.errors import Unavailable
from studyspot.kernel.problems import told_with_cause

TOPIC = "switches"
READ_AGAIN_SECONDS = 0.5
log = structlog.get_logger(__name__)


class SwitchedOff(Unavailable):
    """The operator has switched this part off for the moment."""

    code = "SWITCHED_OFF"


class Switch(msgspec.Struct, frozen=True):
    """`method` is written as `Students.import_register`; `reason` is what callers are told."""

    method: str
    reason: str
    since: datetime


class Switches:
    """What is off, as this process knows it: nothing, unless it has a control database to read it from."""

    def __init__(self, control: Database | None = None) -> None:
        self.off: dict[str, str] = {}
        self._control = control
        self._reading: asyncio.Task[None] | None = None

    def check(self, method: str) -> None:
        """:raises SwitchedOff: with the reason that was given."""
        if (reason := self.off.get(method)) is not None:
            raise SwitchedOff(f"This is switched off at the moment: {reason}")

    async def open(self) -> None:
        if self._control is not None:
            self.off = {one.method: one.reason for one in await list_switched_off(self._control)}

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    def hear(self, _: str | None) -> None:
        """Something was switched: reads all of it again, until that succeeds."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = asyncio.create_task(self._read_again(), name="switches")

    async def _read_again(self) -> None:
        while True:
            try:
                await self.open()
            except Exception as problem:  # noqa: BLE001 - whatever it was, nobody will tell us a second time
                log.warning("switches_not_read", problem=told_with_cause(problem))
                await asyncio.sleep(READ_AGAIN_SECONDS)
            else:
                return


async def list_switched_off(control: Database) -> list[Switch]:
    async with control.connection() as connection:
        return await connection.all(
            Switch, "SELECT method, reason, since FROM doors.switched_off ORDER BY method"
        )


async def switch_off(control: Database, method: str, reason: str) -> None:
    """`reason` is told to whoever asks for it, 1 to 200 characters."""
    async with control.transaction() as tx:
        await tx.run(
            """
            INSERT INTO doors.switched_off (method, reason) VALUES ($1, $2)
            ON CONFLICT (method) DO UPDATE SET reason = excluded.reason
            """,
            method,
            reason,
        )
        await announce(tx, TOPIC, method)


async def switch_on(control: Database, method: str) -> bool:
    """Whether it was off."""
    async with control.transaction() as tx:
        touched = await tx.run("DELETE FROM doors.switched_off WHERE method = $1", method)
        await announce(tx, TOPIC, method)
    return bool(touched)
