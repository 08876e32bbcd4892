"""The command line: `studyspot up`, `serve`, `migrate`, `seed`, `tenants`, `admin`, `keys`, `openapi`."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
import typer
import uvloop
from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from studyspot.entrypoints.demo import Demo, ensure_demo
from studyspot.entrypoints.local import embedded_database
from studyspot.entrypoints.openapi import merged_openapi
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.serve import refuse_taken_address, serve
from studyspot.entrypoints.setup import fleet_status, migrate_everything
from studyspot.kernel.contract import system
from studyspot.kernel.embedded_postgres import EmbeddedPostgresError
from studyspot.kernel.errors import Refusal
from studyspot.kernel.ids import TenantId
from studyspot.kernel.logs import configure_logs
from studyspot.kernel.settings import RefusedSettings, Settings, load_settings
from studyspot.kernel.validation import encode_hook, read_value
from studyspot.kernel.vault import new_vault_key
from studyspot.services.tenants.contract import NewTenant, Reason, Tenant, TenantFilter
from studyspot.services.users.contract import NewPlatformUser
from studyspot.tenancy.fleet import FanOutReport
from studyspot.tenancy.registry import Plan, TenantStatus

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The platform under study libraries.")
tenants_app = typer.Typer(no_args_is_help=True, help="Look after the businesses on the platform.")
admin_app = typer.Typer(no_args_is_help=True, help="Look after the operator's own staff.")
keys_app = typer.Typer(no_args_is_help=True, help="Look after keys.")
app.add_typer(tenants_app, name="tenants")
app.add_typer(admin_app, name="admin")
app.add_typer(keys_app, name="keys")

console = Console()
errors = Console(stderr=True)

Result = TypeVar("Result")

EXIT_REFUSED = 2
EXIT_INCOMPLETE = 3


class Suspension(msgspec.Struct, frozen=True):
    reason: Reason


DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the embedded database and of secrets")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs")]


def main() -> None:
    """Exit codes: 0 done, 2 refused (the message says why), 3 done in part (the report names the rest)."""
    try:
        app()
    except (RefusedSettings, EmbeddedPostgresError) as problem:
        errors.print(f"[red]{problem}[/red]", highlight=False)
        sys.exit(EXIT_REFUSED)
    except Refusal as refusal:
        errors.print(f"[red]{refusal.message}[/red]", highlight=False)
        for fault in refusal.details:
            errors.print(f"  {fault.field}: {fault.message}", highlight=False)
        sys.exit(EXIT_REFUSED)


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
    data: DataOption = None,
    demo: Annotated[bool, typer.Option(help="Make a demo operator and a demo business")] = True,
) -> None:
    """Starts everything on this machine: database, migrations, demo, the whole platform."""
    settings = _settings(host=host, port=port, data=data)
    refuse_taken_address(settings.host, settings.port)
    with embedded_database(settings, _say) as complete:
        report = _run(_migrate_with_progress(complete))
        _say_failures(report)

        async def run() -> None:
            logins = await _make_demo(complete) if demo else None
            await serve(complete, ready=lambda: _welcome(complete, logins))

        _run(run())
    _say("Stopped; the data is in " + str(settings.data.resolve()))


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
) -> None:
    """Serves the platform on a database that exists and is migrated (STUDYSPOT_DATABASE_URL)."""
    settings = _settings(host=host, port=port)
    _run(serve(settings, ready=lambda: _say(f"Serving on http://{settings.host}:{settings.port}")))


@app.command()
def migrate(
    data: DataOption = None,
    status: Annotated[bool, typer.Option("--status", help="Only say who stands where")] = False,
    as_json: JsonOption = False,
) -> None:
    """Brings the control database, the templates and every tenant to this code. Safe to repeat."""
    with embedded_database(_settings(data=data), _say, may_join=True) as settings:
        if status:
            found = _run(fleet_status(settings))
            if as_json:
                _print_json(found)
            else:
                console.print(f"Head is revision {found.head}.")
                for number, count in found.by_revision.items():
                    console.print(f"  revision {number}: {count} tenants")
                for tenant in found.behind:
                    console.print(f"  behind: {tenant.slug} ({tenant.tenant_id}) {tenant.error or ''}")
            raise typer.Exit(EXIT_INCOMPLETE if found.behind else 0)
        report = _run(_migrate_with_progress(settings))
    if as_json:
        _print_json(report)
    else:
        console.print(
            f"At revision {report.head}: {report.moved} tenants moved, {len(report.failed)} failed."
        )
        _say_failures(report)
    raise typer.Exit(EXIT_INCOMPLETE if report.failed else 0)


@app.command()
def seed(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Makes the demo operator and business, or completes them."""
    with embedded_database(_settings(data=data), _say, may_join=True) as settings:
        _run(migrate_everything(settings))
        demo = _run(_make_demo(settings))
    if as_json:
        _print_json(demo)
    else:
        _print_logins(demo)


@app.command()
def openapi() -> None:
    """Prints the OpenAPI 3.1 document of the whole platform."""
    document = merged_openapi(Platform(_documentation_settings()).apps())
    sys.stdout.write(_json(document) + "\n")


@app.command()
def secret() -> None:
    """Prints a new key for STUDYSPOT_SECRET_KEY."""
    console.print(new_vault_key(), highlight=False)


@tenants_app.command("list")
def list_tenants(
    data: DataOption = None,
    status: Annotated[TenantStatus | None, typer.Option()] = None,
    search: Annotated[str | None, typer.Option(help="Any part of name or e-mail")] = None,
    as_json: JsonOption = False,
) -> None:
    """Lists businesses, newest first."""

    async def run(platform: Platform) -> list[Tenant]:
        items: list[Tenant] = []
        while True:
            page = await platform.tenants.list_tenants(
                system(),
                filter=TenantFilter(status=status, search=search),
                page=len(items) // 100 + 1,
                limit=100,
            )
            items += page.items
            if len(items) >= page.total or not page.items:
                return items

    found = _with_platform(data, run)
    if as_json:
        _print_json(found)
        return
    table = Table("id", "name", "plan", "status", "since")
    for tenant in found:
        table.add_row(
            str(tenant.id),
            tenant.name,
            tenant.subscription_plan,
            tenant.status,
            f"{tenant.created_at:%Y-%m-%d}",
        )
    console.print(table)


@tenants_app.command("show")
def show_tenant(tenant_id: UUID, data: DataOption = None) -> None:
    """Prints one business as JSON."""
    _print_json(_with_platform(data, lambda p: p.tenants.get_tenant(system(), tenant_id=TenantId(tenant_id))))


@tenants_app.command("create")
def create_tenant(
    name: Annotated[str, typer.Option()],
    email: Annotated[str, typer.Option(help="Of the owner, who is invited")],
    plan: Annotated[Plan, typer.Option()] = "free",
    phone: Annotated[str | None, typer.Option()] = None,
    data: DataOption = None,
) -> None:
    """Makes a business with its database."""
    given = {"name": name, "email": email, "phone": phone, "subscription_plan": plan}
    tenant = read_value(given, NewTenant)
    _print_json(_with_platform(data, lambda p: p.tenants.create_tenant(system(), tenant=tenant)))


@tenants_app.command("suspend")
def suspend_tenant(
    tenant_id: UUID,
    reason: Annotated[str, typer.Option(help="10 to 500 characters")],
    data: DataOption = None,
) -> None:
    """Refuses a business everywhere within a second."""
    checked = read_value({"reason": reason}, Suspension).reason
    _print_json(
        _with_platform(
            data, lambda p: p.tenants.suspend_tenant(system(), tenant_id=TenantId(tenant_id), reason=checked)
        )
    )


@tenants_app.command("reactivate")
def reactivate_tenant(tenant_id: UUID, data: DataOption = None) -> None:
    """Opens a suspended business again."""
    _print_json(
        _with_platform(data, lambda p: p.tenants.reactivate_tenant(system(), tenant_id=TenantId(tenant_id)))
    )


@admin_app.command("create")
def create_admin(
    email: Annotated[str, typer.Option()],
    first_name: Annotated[str, typer.Option()],
    last_name: Annotated[str | None, typer.Option()] = None,
    role: Annotated[str, typer.Option()] = "super_admin",
    data: DataOption = None,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Makes one of the operator's staff.

    The password is asked for, not taken from the command line's history.
    """
    given = {
        "email": email,
        "password": password,
        "first_name": first_name,
        "last_name": last_name,
        "role": role,
    }
    user = read_value(given, NewPlatformUser)
    _print_json(_with_platform(data, lambda p: p.users.create_platform_user(system(), user=user)))


@keys_app.command("rotate")
def rotate_keys(data: DataOption = None) -> None:
    """Makes a new key for access tokens, used a minute from now."""
    console.print(_with_platform(data, lambda p: p.auth.rotate_keys(system())), highlight=False)


def _settings(**overrides: object) -> Settings:
    settings = load_settings(**overrides)
    configure_logs(level=settings.log_level, form=settings.log_format)
    return settings


def _run(work: Coroutine[object, object, Result]) -> Result:
    return uvloop.run(work)


def _with_platform(data: Path | None, work: Callable[[Platform], Awaitable[Result]]) -> Result:
    """Runs something on the platform, whose database is started for it if it is the embedded one."""
    with embedded_database(_settings(data=data), _say, may_join=True) as settings:

        async def run() -> Result:
            async with Platform(settings).running(with_worker=False) as platform:
                return await work(platform)

        return _run(run())


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
    _say(f"StudySpot is up: http://{settings.host}:{settings.port} (docs at /docs). Ctrl-C stops it.")
    if demo is not None:
        _print_logins(demo)


def _print_logins(demo: Demo) -> None:
    console.print(f"  operator  {demo.admin.email}  {demo.admin.password}", highlight=False)
    console.print(f"  owner     {demo.owner.email}  {demo.owner.password}", highlight=False)


def _say_failures(report: FanOutReport) -> None:
    for tenant in report.failed:
        errors.print(
            f"[red]not migrated: {tenant.slug} ({tenant.tenant_id}): {tenant.error}[/red]", highlight=False
        )


def _say(sentence: str) -> None:
    errors.print(sentence, highlight=False)


def _print_json(value: object) -> None:
    sys.stdout.write(_json(value) + "\n")


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=encode_hook), indent=2).decode()


def _documentation_settings() -> Settings:
    """Enough to build the platform without opening anything."""
    return load_settings(
        database_url=SecretStr("postgresql://nobody@localhost/"), secret_key=SecretStr(new_vault_key())
    )
