"""What a room tells the floor plan about itself."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from studyspot.kernel.jobs import Job


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One room. `build` takes by parameter name what it needs: the platform's parts and other rooms'
    contracts.

    `prefixes` are the paths it answers for; `database` says whether its rows live in the control database or
    in each tenant's.
    """

    name: str
    port: int
    prefixes: tuple[str, ...]
    contract: type
    build: Callable[..., object]
    routes: Sequence[Any]
    database: Literal["control", "tenant"]
    migrations: Path
    jobs: Callable[[Any], Sequence[Job]] = lambda _contract: ()
