"""Starting: everything on this machine, or single services on a database that is there."""

import sys
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from studyspot.entrypoints.addresses import ports_here, read_settings
from studyspot.entrypoints.cli.shared import (
    EXIT_INCOMPLETE,
    DataOption,
    JsonOption,
    configured,
    console,
    errors,
    print_json,
    run,
    say,
)
from studyspot.entrypoints.demo import Demo, ensure_demo
from studyspot.entrypoints.floorplan import GATEWAY, WORKER
from studyspot.entrypoints.listener import refuse_taken_address
from studyspot.entrypoints.local import as_it_is, embedded_database
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.procfile import procfile
from studyspot.entrypoints.serve import EVERYTHING, serve, work
from studyspot.entrypoints.services import supervise
from studyspot.entrypoints.setup import fleet_status, migrate_everything, recover_control
from studyspot.entrypoints.supervisor import notify_ready
from studyspot.kernel.settings import Settings
from studyspot.tenancy.fleet import FanOutReport

app = typer.Typer()


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
    data: DataOption = None,
    demo: Annotated[bool, typer.Option(help="Make a demo operator and a demo business")] = True,
    services: Annotated[bool, typer.Option(help="Each service as a process of its own")] = False,
) -> None:
    """Starts everything on this machine: database, migrations, demo, the whole platform."""

    def read_again() -> Settings:
        return as_it_is(read_settings(host=host, port=port, data=data))

    settings = configured(host=host, port=port, data=data)
    for port_wanted in [settings.port, *(ports_here(settings).values() if services else ())]:
        refuse_taken_address(settings.host, port_wanted)
    with embedded_database(settings, say) as complete:
        report = run(_migrate_with_progress(complete))
        _say_failures(report)

        async def serve_it() -> None:
            logins = await _make_demo(complete) if demo else None

            def ready() -> None:
                _welcome(complete, logins)

            if services:
                await supervise(complete, read_again=read_again, ready=ready)
            else:
                await serve(complete, ready=ready)

        run(serve_it())
    say("Stopped; the data is in " + str(settings.data.resolve()))


@app.command("serve")
def serve_command(
    only: Annotated[
        str | None, typer.Option(help="These of the services, such as auth,users,gateway")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
) -> None:
    """Serves the platform, or some of its services, on a database that exists and is migrated
    (STUDYSPOT_DATABASE_URL).
    """
    names = EVERYTHING if only is None else {name.strip() for name in only.split(",") if name.strip()}
    port_of = "port" if GATEWAY in names else "service_port"
    settings = configured(only or "studyspot", host=host, **{port_of: port})
    run(serve(settings, only=names, ready=notify_ready))


@app.command("work")
def work_command() -> None:
    """Does the background jobs (STUDYSPOT_DATABASE_URL). Any number of these may run."""
    run(work(configured(WORKER), ready=notify_ready))


@app.command("procfile")
def procfile_command() -> None:
    """Prints a Procfile of the services."""
    sys.stdout.write(procfile())


@app.command()
def recover(
    backup: Annotated[str | None, typer.Option(help="Its name; else the newest")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Brings the control database back from its backup, to a server that has none. `migrate` comes next."""
    with embedded_database(configured(data=data), say) as settings:
        manifest = run(recover_control(settings, backup=backup))
    if as_json:
        print_json(manifest)
    else:
        console.print(f"Recovered: {manifest.name}, {manifest.rows} rows. Next: studyspot migrate.")


@app.command()
def migrate(
    data: DataOption = None,
    status: Annotated[bool, typer.Option("--status", help="Only say who stands where")] = False,
    as_json: JsonOption = False,
) -> None:
    """Brings the control database, the templates and every tenant to this code. Safe to repeat."""
    with embedded_database(configured(data=data), say, may_join=True, may_create=not status) as settings:
        if status:
            found = run(fleet_status(settings))
            if as_json:
                print_json(found)
            else:
                console.print(f"Head is revision {found.head}.")
                for number, count in found.by_revision.items():
                    console.print(f"  revision {number}: {count} tenants")
                for tenant in found.behind:
                    console.print(f"  behind: {tenant.slug} ({tenant.tenant_id}) {tenant.error or ''}")
            raise typer.Exit(EXIT_INCOMPLETE if found.behind else 0)
        report = run(_migrate_with_progress(settings))
    if as_json:
        print_json(report)
    else:
        console.print(
            f"At revision {report.head}: {report.moved} tenants moved, {len(report.failed)} failed."
        )
        _say_failures(report)
    raise typer.Exit(0 if report.is_complete else EXIT_INCOMPLETE)


@app.command()
def seed(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Makes the demo operator and business, or completes them."""
    with embedded_database(configured(data=data), say, may_join=True) as settings:
        run(migrate_everything(settings))
        demo = run(_make_demo(settings))
    if as_json:
        print_json(demo)
    else:
        _print_logins(demo)


async def _make_demo(settings: Settings) -> Demo:
    async with Platform(settings).running(with_worker=False) as platform:
        url = f"http://{settings.host}:{settings.port}"
        return await ensure_demo(platform, settings.data / "demo.json", url)


async def _migrate_with_progress(settings: Settings) -> FanOutReport:
    columns = (TextColumn("Migrating tenants"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("tenants", total=None)
        return await migrate_everything(
            settings, lambda done, total: bar.update(task, completed=done, total=total)
        )


def _welcome(settings: Settings, demo: Demo | None) -> None:
    say(f"StudySpot is up: http://{settings.host}:{settings.port} (docs at /docs). Ctrl-C stops it.")
    if demo is not None:
        _print_logins(demo)


def _print_logins(demo: Demo) -> None:
    console.print(f"  operator  {demo.admin.email}  {demo.admin.password}")
    console.print(f"  owner     {demo.owner.email}  {demo.owner.password}")


def _say_failures(report: FanOutReport) -> None:
    for cell in report.cells_behind:
        errors.print(f"not migrated: all of the cell {cell.name}: {cell.error}", style="red")
    for tenant in report.failed:
        errors.print(f"not migrated: {tenant.slug} ({tenant.tenant_id}): {tenant.error}", style="red")
