"""`studyspot cells`: the PostgreSQL servers on which tenants live."""

from typing import Annotated

import typer
from rich.table import Table

from studyspot.entrypoints.cli.shared import (
    DataOption,
    JsonOption,
    configured,
    console,
    print_json,
    run,
    say,
    with_platform,
)
from studyspot.entrypoints.local import embedded_database
from studyspot.entrypoints.platform import Platform
from studyspot.entrypoints.setup import add_cell, change_cell
from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.urls import check_postgresql_url
from studyspot.tenancy.registry import CELL_NAME, CellLoad, find_cell_loads

app = typer.Typer(no_args_is_help=True, help="Look after the servers on which businesses live.")


@app.command("list")
def list_cells(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Lists the cells and how full they are."""

    async def find(platform: Platform) -> list[CellLoad]:
        async with platform.control.connection() as connection:
            return await find_cell_loads(connection)

    found = with_platform(data, find)
    if as_json:
        print_json(found)
        return
    table = Table("name", "state", "databases", "capacity", "address")
    for cell in found:
        table.add_row(cell.name, cell.state, str(cell.databases), str(cell.capacity), cell.url)
    console.print(table)


@app.command("add")
def add(
    name: str,
    url: Annotated[str, typer.Option(help="postgresql://host:5432; the credentials are the platform's")],
    capacity: Annotated[int, typer.Option(min=1, max=100_000, help="How many databases")] = 2500,
    data: DataOption = None,
) -> None:
    """Makes a server ready for businesses and opens it to them; again: corrects its address."""
    faults, example = [], "postgresql://host:5432, without credentials"
    if not CELL_NAME.fullmatch(name):
        faults.append(Fault("name", "Use small letters, digits and _, at most 31.", "invalid_name"))
    try:
        check_postgresql_url(url, example=example, with_credentials=False)
    except ValueError as problem:
        faults.append(Fault("url", f"{problem}.".capitalize(), "invalid_url"))
    if faults:
        raise ValidationFailed("This cell cannot be added.", details=faults)
    with embedded_database(configured(data=data), say, may_join=True, may_create=False) as settings:
        print_json(run(add_cell(settings, name=name, url=url, capacity=capacity)))


@app.command("close")
def close(name: str, data: DataOption = None) -> None:
    """Lets no new businesses in; those that are there stay."""
    _change(name, data, is_open=False)


@app.command("open")
def reopen(name: str, data: DataOption = None) -> None:
    """Lets new businesses in again."""
    _change(name, data, is_open=True)


def _change(name: str, data: DataOption, *, is_open: bool) -> None:
    with embedded_database(configured(data=data), say, may_join=True, may_create=False) as settings:
        run(change_cell(settings, name, is_open=is_open))
