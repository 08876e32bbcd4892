"""`studyspot tenants`: looking after the businesses on the platform."""

from typing import Annotated
from uuid import UUID

import msgspec
import typer
from rich.table import Column, Table

from studyspot.entrypoints.cli.shared import DataOption, JsonOption, console, print_json, with_platform
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.kernel.validation import read_value
from studyspot.services.tenants.contract import NewTenant, Reason, Tenant, TenantFilter
from studyspot.tenancy.registry import Plan, TenantStatus

UUID_LENGTH = 36
DATE_LENGTH = 10
app = typer.Typer(no_args_is_help=True, help="Look after the businesses on the platform.")


class Suspension(msgspec.Struct, frozen=True):
    reason: Reason


@app.command("list")
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

    found = with_platform(data, run)
    if as_json:
        print_json(found)
        return
    since = Column("since", no_wrap=True, min_width=DATE_LENGTH)
    table = Table(Column("id", no_wrap=True, min_width=UUID_LENGTH), "name", "plan", "status", since)
    for tenant in found:
        table.add_row(
            str(tenant.id),
            tenant.name,
            tenant.subscription_plan,
            tenant.status,
            f"{tenant.created_at:%Y-%m-%d}",
        )
    console.print(table)


@app.command("show")
def show_tenant(tenant_id: UUID, data: DataOption = None) -> None:
    """Prints one business as JSON."""
    print_json(with_platform(data, lambda p: p.tenants.get_tenant(system(), tenant_id=TenantId(tenant_id))))


@app.command("create")
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
    print_json(with_platform(data, lambda p: p.tenants.create_tenant(system(), tenant=tenant)))


@app.command("suspend")
def suspend_tenant(
    tenant_id: UUID,
    reason: Annotated[str, typer.Option(help="10 to 500 characters")],
    data: DataOption = None,
) -> None:
    """Refuses a business everywhere within a second."""
    checked = read_value({"reason": reason}, Suspension).reason
    print_json(
        with_platform(
            data, lambda p: p.tenants.suspend_tenant(system(), tenant_id=TenantId(tenant_id), reason=checked)
        )
    )


@app.command("reactivate")
def reactivate_tenant(tenant_id: UUID, data: DataOption = None) -> None:
    """Opens a suspended business again."""
    print_json(
        with_platform(data, lambda p: p.tenants.reactivate_tenant(system(), tenant_id=TenantId(tenant_id)))
    )
