"""`make bench`: StudySpot beside its peers, and what its tenants' databases cost. See README.md."""

import argparse
import asyncio
import dataclasses
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop
from pydantic import SecretStr
from rich.console import Console

from benchmarks import apart, cold_tenant, floor, load, many_tenants, monitoring, provisioning
from benchmarks.processes import (
    LOAD_CORE,
    SERVER_CORE,
    CannotMeasure,
    Postgres,
    check_machine,
    free_port,
    machine_description,
    pin_load,
    running_postgres,
    temporary_folder,
)
from benchmarks.report import RESULTS, WIDTH, Report
from benchmarks.servers import STUDYSPOT, Servers, running_servers
from studyspot.kernel.ids import TenantId
from studyspot.kernel.logs import configure_logs
from studyspot.kernel.settings import Settings, load_settings
from studyspot.kernel.vault import new_vault_key

PARTS, MANY_TENANTS = "abcdefgi", "h"
EVERY_PART = PARTS + MANY_TENANTS


def main() -> int:
    options = _options()
    # A `kill` unwinds like Ctrl-C, so that everything started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=WIDTH)
    try:
        check_machine()
        return _run(options, console)
    except CannotMeasure as problem:
        console.print(f"[red]{problem}[/red]", highlight=False)
        return 2
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130


def _run(options: argparse.Namespace, console: Console) -> int:
    began = time.monotonic()
    configure_logs(level="error", form="console")
    figures: dict[str, Any] = {}
    with temporary_folder() as folder:
        report = Report(machine_description(Postgres(folder)), _command())
        if options.only & set(PARTS):
            with _servers(options, folder) as servers:
                figures = _Run(options, console, report, servers).all()
        if MANY_TENANTS in options.only:
            figures["many_tenants"] = _many_tenants(options, console, report, folder)
    console.print(f"Took {time.monotonic() - began:.0f} s.\n", highlight=False)
    report.show_targets(console)
    if options.json:
        content = {"machine": report.machine, **figures, "targets": report.targets}
        options.json.write_text(json.dumps(content, indent=1, default=dataclasses.asdict) + "\n", "utf-8")
    if options.save:
        RESULTS.write_text(report.markdown(), "utf-8")
    return 0 if all(target.reached for target in report.targets if "no errors" in target.name) else 1


class _Run:
    """The parts that were asked for, in an order in which none spoils the next."""

    def __init__(
        self, options: argparse.Namespace, console: Console, report: Report, servers: Servers
    ) -> None:
        self._console = console
        self._report = report
        self._servers = servers
        self._only = options.only
        self._quick = options.quick
        self._rounds = 3 if options.quick else 5
        self._seconds = 2 if options.quick else 4
        self._tenants = 25 if options.quick else 200

    def all(self) -> dict[str, Any]:
        """The figures of every part, raw."""
        figures: dict[str, Any] = {}
        pin_load(self._servers.postgres, {LOAD_CORE})
        if loads := self._loads():
            found = {wanted: self._http(letter, wanted) for letter, wanted in loads}
            self._report.targets += load.targets(found)
            figures["http"] = [{"load": wanted, "rounds": rounds} for wanted, rounds in found.items()]
        after_load = cold_tenant.resident_mib(self._servers)
        if "f" in self._only:
            self._apart(figures)
        if "g" in self._only:
            self._monitoring(figures)
        if "i" in self._only:
            self._floor(figures)
        tenants = self._provisioning(figures)
        if self._only & {"d", "e"}:
            pin_load(self._servers.postgres, {LOAD_CORE})
            figures["cold_tenant"] = touches = cold_tenant.touch(self._servers, tenants)
            if "d" in self._only:
                self._report.add(self._console, cold_tenant.part(touches))
                self._report.targets += cold_tenant.targets(touches)
        if "e" in self._only:
            after_touch = cold_tenant.resident_mib(self._servers)
            figures["memory_mib"] = {"after_load": after_load, "after_touch": after_touch[STUDYSPOT]}
            part = cold_tenant.memory_part(after_load, after_touch, len(tenants))
            self._report.add(self._console, part)
        return figures

    def _loads(self) -> list[tuple[str, load.Load]]:
        shorter = max(2, self._seconds - 2)
        every = [
            ("a", load.Load("GET", 16, self._seconds)),
            ("a", load.Load("GET", 1, shorter)),
            ("b", load.Load("POST", 16, self._seconds)),
            ("b", load.Load("POST", 1, shorter)),
        ]
        return [(letter, wanted) for letter, wanted in every if letter in self._only]

    def _http(self, letter: str, wanted: load.Load) -> load.Rounds:
        with self._console.status("") as status:
            found = load.measure(self._servers, wanted, self._rounds, status.update)
        self._report.add(self._console, load.part(letter, wanted, found))
        return found

    def _apart(self, figures: dict[str, Any]) -> None:
        wanted = load.Load("GET", 16, self._seconds)
        with apart.in_one_process_and_apart(self._servers) as both:
            with self._console.status("") as status:
                found = load.measure(both, wanted, self._rounds, status.update)
            self._report.add(self._console, apart.mount_part(wanted, found))
            os.sched_setaffinity(0, {SERVER_CORE})  # the caller is what is measured
            with self._console.status("") as status:
                calling = apart.call_doors(both, self._rounds, 500 * self._seconds, status.update)
                calls = uvloop.run(calling)
            pin_load(self._servers.postgres, {LOAD_CORE})
        self._report.add(self._console, apart.door_part(calls))
        figures["apart"] = {"mount": found, "door": calls}

    def _monitoring(self, figures: dict[str, Any]) -> None:
        starts, seconds = (1, 10) if self._quick else (4, 40)
        wanted = load.Load("GET", 16, seconds)
        with self._console.status("") as status:
            found = monitoring.measure(self._servers, wanted, starts, status.update)
        self._report.add(self._console, monitoring.part(wanted, found))
        self._report.targets += monitoring.targets(found)
        figures["monitoring"] = found.pairs

    def _floor(self, figures: dict[str, Any]) -> None:
        with self._console.status("") as status, temporary_folder() as folder:
            found = floor.measure(self._servers, folder, self._rounds, self._seconds, status.update)
        for part in floor.parts(found):
            self._report.add(self._console, part)
        self._report.targets += floor.targets(found)
        figures["floor"] = {job.title: rounds for job, rounds in found.items()}

    def _provisioning(self, figures: dict[str, Any]) -> list[TenantId]:
        """Returns tenants nobody has asked for yet."""
        pin_load(self._servers.postgres, set(range(os.cpu_count() or 1)))
        servers = self._servers
        if "c" not in self._only:
            if not self._only & {"d", "e"}:
                return []
            with self._console.status("") as status:
                making = provisioning.make_tenants(
                    servers.settings, servers.postgres, self._tenants, at_once=1, say=status.update
                )
                return asyncio.run(making)[1]
        with self._console.status("") as status:
            work = provisioning.measure(servers.settings, servers.postgres, self._tenants, status.update)
            timings, tenants = asyncio.run(work)
        self._report.add(self._console, provisioning.part(timings))
        self._report.targets += provisioning.targets(timings)
        figures["provisioning"] = timings
        return tenants


def _many_tenants(
    options: argparse.Namespace, console: Console, report: Report, folder: Path
) -> many_tenants.Findings:
    """On a server of its own, since the parts before leave tenants behind that have no database."""
    tenants, rest_seconds = (200, 10) if options.quick else (2000, 60)
    with running_postgres(folder / "many_postgres") as postgres, console.status("") as status:
        settings = _settings(folder / "many", postgres)
        found = many_tenants.measure(
            settings, postgres, options.tenants or tenants, rest_seconds, status.update
        )
        status.update("Stopping PostgreSQL, removing the databases")
    for part in many_tenants.parts(found):
        report.add(console, part)
    return found


@contextmanager
def _servers(options: argparse.Namespace, folder: Path) -> Iterator[Servers]:
    with running_postgres(folder / "postgres") as postgres:
        settings = _settings(folder / "data", postgres)
        with_peers = bool(options.only & set("abe"))
        with running_servers(settings, postgres, folder, with_peers=with_peers) as servers:
            yield servers


def _settings(data: Path, postgres: Postgres) -> Settings:
    return load_settings(
        data=data,
        port=free_port(),
        database_url=SecretStr(postgres.dsn("")),
        secret_key=SecretStr(new_vault_key()),
        # Counted, but never reached, as at the peers.
        rate_limit="100000000/minute",
        login_rate_limit="100000000/minute",
        stranger_rate_limit="100000000/minute",
        # The benchmark fills the stock itself.
        warm_databases=0,
        log_level="warning",
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds: to see that it works")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--only", type=_letters, default=set(PARTS), help="parts, such as a,c")
    parts.add_argument(
        "--all", dest="only", action="store_const", const=set(EVERY_PART), help="part h as well"
    )
    parser.add_argument("--tenants", type=_tenants, metavar="N", help="of part h")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    return parser.parse_args()


def _letters(text: str) -> set[str]:
    letters = set(text.replace(",", ""))
    if not letters or not letters <= set(EVERY_PART):
        raise argparse.ArgumentTypeError(f"give some of {', '.join(EVERY_PART)}")
    return letters


def _tenants(text: str) -> int:
    fewest, most = many_tenants.TENANTS_MIN, many_tenants.TENANTS_MAX
    if not text.isdecimal() or not fewest <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"give a number from {fewest} to {most}")
    return int(text)


def _command() -> str:
    arguments = " ".join(argument for argument in sys.argv[1:] if argument != "--save")
    return f'make bench ARGS="{arguments}"' if arguments else "make bench"


if __name__ == "__main__":
    sys.exit(main())
