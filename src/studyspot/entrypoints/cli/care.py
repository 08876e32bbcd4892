"""`studyspot tenants backup` and its like: looking after the businesses' databases."""

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.filesize import decimal
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from studyspot.entrypoints.cli.shared import (
    EXIT_INCOMPLETE,
    EXIT_UNHEALTHY,
    DataOption,
    JsonOption,
    console,
    errors,
    print_json,
    with_platform,
)
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.audit import TrailCheck, verify_whole
from studyspot.kernel.contract import system
from studyspot.kernel.errors import Conflict, NotFound, Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care.manifests import Manifest
from studyspot.tenancy.care.progress import Step, Tell

app = typer.Typer()
TenantArgument = Annotated[UUID, typer.Argument(help="The id of the business")]
OneArgument = Annotated[UUID | None, typer.Argument(help="The id of the business")]
AllOption = Annotated[bool, typer.Option("--all", help="Every business and the control database")]


@app.command("backup")
def back_up(
    tenant_id: OneArgument = None,
    everybody: AllOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Takes a backup of one business, or of all."""
    _check_one_or_all(tenant_id, everybody=everybody)
    if tenant_id is not None:
        with _told() as tell:
            manifest = with_platform(
                data, lambda p: p.tenancy.care.backups.take(system(), TenantId(tenant_id), tell=tell)
            )
        _say_backup(manifest, "Backed up", as_json=as_json)
        return
    with _told() as tell:
        report = with_platform(data, lambda p: p.tenancy.care.backups.take_all(system(), tell=tell))
    if as_json:
        print_json(report)
    else:
        console.print(f"{report.taken} backed up, {len(report.failed)} failed.")
        for one in report.failed:
            whose = one.tenant_id or "the control database"
            errors.print(f"not backed up: {whose}: {one.error}", style="red")
    raise typer.Exit(EXIT_INCOMPLETE if report.failed else 0)


@app.command("backups")
def list_backups(tenant_id: TenantArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Lists the backups of a business, newest first."""
    found = with_platform(data, lambda p: p.tenancy.care.list_backups(TenantId(tenant_id)))
    if as_json:
        print_json(found)
        return
    table = Table(Column("backup", no_wrap=True), "taken (UTC)", "why", "rows", "size", "revision")
    for one in found:
        taken_at = f"{one.taken_at:%Y-%m-%d %H:%M}"
        table.add_row(one.name, taken_at, one.reason, str(one.rows), decimal(one.bytes), str(one.revision))
    console.print(table)


@app.command("restore")
def restore(
    tenant_id: TenantArgument,
    backup: Annotated[str | None, typer.Option(help="Its name; else the newest")] = None,
    to: Annotated[str | None, typer.Option(help="Another cell, when its own is lost")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Brings a business back to the moment of a backup. Its present database is kept for a while."""
    if sys.stdin.isatty() and not yes:
        slug = with_platform(data, lambda p: p.tenancy.care.slug_of(TenantId(tenant_id)))
        question = f"{slug} goes back to its {'newest backup' if backup is None else f'backup {backup}'}, and"
        if not typer.confirm(f"{question} what was written since is taken away. Go on?", err=True):
            raise Conflict("Nothing was changed.")
    with _told() as tell:
        manifest = with_platform(
            data,
            lambda p: p.tenancy.care.restores.restore(
                system(), TenantId(tenant_id), backup=backup, to_cell=to, tell=tell
            ),
        )
    _say_backup(manifest, "Restored", as_json=as_json)


@app.command("move")
def move(
    tenant_id: TenantArgument,
    to: Annotated[str, typer.Option(help="The cell to move to")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Moves a business to another cell. It is read all the while; writes are refused for some seconds."""
    with _told() as tell:
        moved = with_platform(
            data,
            lambda p: p.tenancy.care.moves.move(system(), TenantId(tenant_id), to_cell=to, tell=tell),
        )
    if as_json:
        print_json(moved)
    else:
        console.print(
            f"In {moved.cell}: {moved.rows} rows of all its tables moved, no writes for"
            f" {moved.pause_seconds:.1f} s."
            if moved.pause_seconds
            else f"It lives in {moved.cell} already.",
        )


@app.command("export")
def export(
    tenant_id: TenantArgument,
    to: Annotated[Path, typer.Option(help="The ZIP file to write", dir_okay=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Writes all data of a business as CSV files in a ZIP."""
    if not to.parent.is_dir():
        raise NotFound(f"There is no folder {to.parent}.")
    replace = force or (
        os.path.lexists(to)
        and sys.stdin.isatty()
        and typer.confirm(f"{to} is there already. Replace it?", err=True)
    )
    with _told() as tell:
        exported = with_platform(
            data,
            lambda p: p.tenancy.care.exports.export(
                system(), TenantId(tenant_id), to, replace=replace, tell=tell
            ),
        )
    if as_json:
        print_json(exported)
    else:
        console.print(f"{exported.path}: {len(exported.rows)} tables, {sum(exported.rows.values())} rows.")


@app.command("verify")
def verify(
    tenant_id: OneArgument = None,
    everybody: AllOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walks along the chain of the audit trail: whether an entry was changed, removed or slipped in."""
    _check_one_or_all(tenant_id, everybody=everybody)
    whose = None if tenant_id is None else TenantId(tenant_id)
    found = with_platform(data, lambda p: _verified(p, whose))
    wrong = sum(one is not None and bool(one.faults) for one in found.values())
    missed = sum(one is None for one in found.values())
    if as_json:
        print_json(found)
    else:
        for name, one in found.items():
            _say_faults(name, one)
        console.print(f"{len(found)} trails: {wrong} not as they were written, {missed} not reached.")
    raise typer.Exit(EXIT_UNHEALTHY if wrong else EXIT_INCOMPLETE if missed else 0)


def _say_faults(name: str, verification: TrailCheck | None) -> None:
    if verification is None:
        errors.print(f"{name}: its database does not answer", style="red")
        return
    for fault in verification.faults:
        where = "" if fault.sequence is None else f" at link {fault.sequence}"
        errors.print(f"{name}: {fault.fault}{where}, entry {fault.entry_id}", style="red")


async def _verified(platform: Platform, tenant_id: TenantId | None) -> dict[str, TrailCheck | None]:
    """By the id of the business, or `control`; None for a database that does not answer."""
    if tenant_id is not None:
        return {str(tenant_id): await verify_whole(partial(platform.tenancy.transaction, tenant_id))}
    found: dict[str, TrailCheck | None] = {"control": await verify_whole(platform.control.transaction)}
    for one in await platform.tenancy.served():
        try:
            found[str(one)] = await verify_whole(partial(platform.tenancy.transaction, one))
        except Unavailable:
            found[str(one)] = None
    return found


@app.command("drop")
def drop(
    tenant_id: TenantArgument,
    now: Annotated[bool, typer.Option("--now", help="Do not wait for the end of the grace period")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Drops the database of a deleted business for good, after a last backup."""
    if now and not yes:
        slug = with_platform(data, lambda p: p.tenancy.care.slug_of(TenantId(tenant_id)))
        if typer.prompt(f"Its database goes for good. Type {slug} to go on", err=True) != slug:
            raise Conflict("Nothing was dropped.")
    with _told() as tell:
        dropped = with_platform(
            data,
            lambda p: p.tenancy.care.drops.drop(system(), TenantId(tenant_id), at_once=now, tell=tell),
        )
    if as_json:
        print_json(dropped)
    else:
        console.print(f"Dropped. Last backup: {dropped.last_backup or 'the one that was there'}")


def _check_one_or_all(tenant_id: UUID | None, *, everybody: bool) -> None:
    if everybody == (tenant_id is not None):
        raise NotFound("Name one business, or use --all.")


def _say_backup(manifest: Manifest, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
    else:
        console.print(f"{done}: {manifest.name}, {manifest.rows} rows, {decimal(manifest.bytes)}")


@contextlib.contextmanager
def _told() -> Iterator[Tell]:
    """Shows on a terminal what is being done; bytes where they are known."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as shown:
        task = shown.add_task("starting", total=None)

        def tell(step: Step) -> None:
            size = f" {decimal(step.bytes_done)}" if step.bytes_done else ""
            whole = f" of {decimal(step.bytes_all)}" if step.bytes_all else ""
            shown.update(task, description=f"{step.name}{size}{whole}")

        yield tell
