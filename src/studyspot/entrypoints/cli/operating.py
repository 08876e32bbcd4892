"""Operating: health, the operator's staff, keys, the OpenAPI document."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from studyspot.entrypoints.cli.shared import (
    EXIT_UNHEALTHY,
    DataOption,
    JsonOption,
    as_json_text,
    configured,
    console,
    print_json,
    run,
    with_platform,
)
from studyspot.entrypoints.demo import Demo
from studyspot.entrypoints.floorplan import ROOMS
from studyspot.entrypoints.health_check import Finding, check_everything
from studyspot.entrypoints.local import as_it_is
from studyspot.entrypoints.openapi import documented_app, merged_openapi
from studyspot.kernel.contract import contract_methods, system
from studyspot.kernel.errors import NotFound
from studyspot.kernel.settings import Settings
from studyspot.kernel.switches import list_switched_off, switch_off, switch_on
from studyspot.kernel.validation import read_value
from studyspot.kernel.vault import new_vault_key
from studyspot.services.users.contract import NewPlatformUser

app = typer.Typer()
admin_app = typer.Typer(no_args_is_help=True, help="Look after the operator's own staff.")
keys_app = typer.Typer(no_args_is_help=True, help="Look after keys.")
doors_app = typer.Typer(no_args_is_help=True, help="Switch single methods of services off and on.")
app.add_typer(doors_app, name="doors")
app.add_typer(admin_app, name="admin")
app.add_typer(keys_app, name="keys")


@app.command()
def health(
    url: Annotated[str | None, typer.Option(help="The gateway's address")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tries everything that runs: services, routing, sign-in, every database, integrations.

    Signs in with STUDYSPOT_HEALTH_EMAIL and STUDYSPOT_HEALTH_PASSWORD, else as the demo's owner.
    """
    settings = as_it_is(configured(data=data))
    findings = run(_check(settings, url or f"http://{settings.host}:{settings.port}", as_json=as_json))
    wrong = [one for one in findings if one.problem is not None]
    if as_json:
        print_json({"healthy": not wrong, "findings": findings})
    else:
        said = f"{len(wrong)} of {len(findings)} are wrong" if wrong else "All is well"
        console.print(said, style="red" if wrong else "green")
    raise typer.Exit(EXIT_UNHEALTHY if wrong else 0)


@admin_app.command("create")
def create_admin(
    email: Annotated[str, typer.Option()],
    first_name: Annotated[str, typer.Option()],
    last_name: Annotated[str | None, typer.Option()] = None,
    role: Annotated[str, typer.Option()] = "super_admin",
    data: DataOption = None,
) -> None:
    """Makes one of the operator's staff. The password is asked for: what stands on a command line is seen by
    everybody on the machine.
    """
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    given = {
        "email": email,
        "password": password,
        "first_name": first_name,
        "last_name": last_name,
        "role": role,
    }
    user = read_value(given, NewPlatformUser)
    print_json(with_platform(data, lambda p: p.users.create_platform_user(system(), user=user)))


@keys_app.command("rotate")
def rotate_keys(data: DataOption = None) -> None:
    """Makes a new key for access tokens, used a minute from now."""
    console.print(with_platform(data, lambda p: p.auth.rotate_keys(system())))


@doors_app.command("list")
def list_doors(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Lists what is switched off."""
    found = with_platform(data, lambda p: list_switched_off(p.control))
    if as_json:
        print_json(found)
        return
    for one in found:
        console.print(f"{one.method}  since {one.since:%Y-%m-%d %H:%M}  {one.reason}")


@doors_app.command("off")
def switch_door_off(
    method: Annotated[str, typer.Argument(help="Such as Students.import_register")],
    reason: Annotated[str, typer.Option(help="What callers are told, 1 to 200 characters")],
    data: DataOption = None,
) -> None:
    """Refuses a method everywhere within a second, with 503."""
    known = {f"{room.contract.__name__}.{name}" for room in ROOMS for name in contract_methods(room.contract)}
    if method not in known:
        raise NotFound(f"There is no {method}. Choose of: {', '.join(sorted(known))}")
    checked = read_value({"reason": reason}, Switching).reason
    with_platform(data, lambda p: switch_off(p.control, method, checked))


@doors_app.command("on")
def switch_door_on(method: str, data: DataOption = None) -> None:
    """Allows it again."""
    if not with_platform(data, lambda p: switch_on(p.control, method)):
        raise NotFound(f"{method} is not switched off.")


class Switching(msgspec.Struct, frozen=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


@app.command()
def openapi() -> None:
    """Prints the OpenAPI 3.1 document of the whole platform."""
    document = merged_openapi([documented_app(room) for room in ROOMS])
    sys.stdout.write(as_json_text(document) + "\n")


@app.command()
def secret() -> None:
    """Prints a new key for STUDYSPOT_SECRET_KEY."""
    console.print(new_vault_key())


async def _check(settings: Settings, url: str, *, as_json: bool) -> list[Finding]:
    findings: list[Finding] = []

    def tell(one: Finding) -> None:
        if not as_json:
            if one.phase not in {earlier.phase for earlier in findings}:
                console.print(one.phase, style="bold")
            mark = ("✓", "green") if one.problem is None else ("✗", "red")
            told = f" {one.name:<32} {one.duration_ms:8.1f} ms  {one.problem or ''}"
            console.print(Text.assemble("  ", mark, told))
        findings.append(one)

    await check_everything(settings, url, _health_login(settings), tell)
    return findings


def _health_login(settings: Settings) -> dict[str, str] | None:
    if settings.health_email is not None and settings.health_password is not None:
        return {"email": settings.health_email, "password": settings.health_password.get_secret_value()}
    try:
        demo = msgspec.json.decode((settings.data / "demo.json").read_bytes(), type=Demo)
    except (OSError, msgspec.DecodeError):
        return None
    return {"email": demo.owner.email, "password": demo.owner.password}
