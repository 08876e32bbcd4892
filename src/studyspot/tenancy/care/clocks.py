"""What time it is when something is about to be dropped or deleted: the control database says it, for all."""

from datetime import datetime, timedelta

from studyspot.kernel import clock
from studyspot.kernel.database import Connection
from studyspot.kernel.errors import Unavailable

APART_MAX = timedelta(hours=1)


class ClocksApart(Unavailable):
    """One of two clocks is wrong, and nobody knows which."""


async def time_now(connection: Connection) -> datetime:
    now: datetime = await connection.value("SELECT now()")
    return now


async def time_to_delete_by(connection: Connection) -> datetime:
    """:raises ClocksApart: when this process's clock says something else."""
    now = await time_now(connection)
    if abs(now - clock.now()) > APART_MAX:
        raise ClocksApart(
            f"The control database's clock says {now:%Y-%m-%d %H:%M}, this machine's"
            f" {clock.now():%Y-%m-%d %H:%M} (UTC). Nothing is dropped or deleted until they agree."
        )
    return now
