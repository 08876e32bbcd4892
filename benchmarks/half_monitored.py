"""The `studyspot` command, which counts, times and logs its requests during every other slice of time only:
what part (g) measures.

So both kinds are the same process in the same memory, and share a machine's slow moments. The product has no
switch for this, and needs none: what records is replaced here, wherever it was imported to.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.middleware import access_log
from studyspot.gateway.middleware.ended_requests import ended_requests
from studyspot.kernel import logs
from studyspot.kernel.telemetry import measures, tracing

SLICE_SECONDS = 0.25
SLICES_FILE = "BENCH_SLICES_FILE"
"""Names the file that gets a line for each slice: monitored (1 or 0), requests, CPU seconds."""


def main() -> None:
    real = access_log.access_log
    slices = Slices(Path(os.environ[SLICES_FILE]))
    access_log.access_log = lambda app, **options: slices.switched(real(app, **options), app)

    from studyspot.entrypoints import cli  # noqa: PLC0415 - it imports the layer that was just replaced

    cli.main()


class Slices:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._monitored = True
        self._requests = 0
        self._cpu_before = 0.0
        self._places: list[tuple[Any, str, object, object]] = []
        """Where something is replaced, by which name, what was there, what is there instead."""

    def switched(self, monitored: Any, unmonitored: Any) -> Any:
        def layer(scope: HTTPScope, receive: Receive, send: Send) -> Any:
            if not self._places:
                self._begin()
            self._requests += 1
            return (monitored if self._monitored else unmonitored)(scope, receive, send)

        return layer

    def _begin(self) -> None:
        """With the first request: by then everything is imported."""
        nothing = tracing.span("")
        instead: dict[object, object] = {
            measures.now: lambda: 0.0,
            tracing.span: lambda *_: nothing,
            logs.bind: lambda **_: None,
            logs.bind_anew: lambda **_: None,
            logs.bind_caller: lambda _: None,
        }
        self._places = [
            (measures.Timings, "record", measures.Timings.record, lambda *_, **__: None),
            (measures.Counter, "add", measures.Counter.add, lambda *_: None),
        ]
        for module in [one for name, one in sys.modules.items() if name.startswith("studyspot.")]:
            for name, value in vars(module).items():
                if callable(value) and value in instead:
                    self._places.append((module, name, value, instead[value]))
        asyncio.get_running_loop().call_later(SLICE_SECONDS, self._change)
        self._cpu_before = time.process_time()

    def _change(self) -> None:
        ended_requests.flush()  # what this slice has still to write is its own cost
        spent = time.process_time() - self._cpu_before
        with self._file.open("a", encoding="ascii") as file:
            file.write(f"{int(self._monitored)} {self._requests} {spent}\n")
        self._monitored, self._requests = not self._monitored, 0
        for owner, name, recording, nothing in self._places:
            setattr(owner, name, recording if self._monitored else nothing)
        asyncio.get_running_loop().call_later(SLICE_SECONDS, self._change)
        self._cpu_before = time.process_time()


if __name__ == "__main__":
    main()
