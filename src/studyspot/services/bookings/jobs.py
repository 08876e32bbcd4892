"""What the bookings room does later."""

from uuid import UUID

from studyspot.kernel.contract import system
from studyspot.kernel.ids import TenantId
from studyspot.kernel.jobs import Job
from studyspot.services.bookings.contract import Bookings


def jobs(bookings: Bookings) -> list[Job]:
    async def post_bills(
        tenant_id: str, membership_id: str | None = None, booking_id: str | None = None
    ) -> None:
        await bookings.post_bills(
            system(tenant_id=TenantId(UUID(tenant_id))),
            membership_id=UUID(membership_id) if membership_id else None,
            booking_id=UUID(booking_id) if booking_id else None,
        )

    async def offer_seats(tenant_id: str, library_id: str) -> None:
        caller = system(tenant_id=TenantId(UUID(tenant_id)))
        await bookings.offer_seats(caller, library_id=UUID(library_id))

    async def plan_renewals() -> None:
        await bookings.plan_renewals(system())

    async def run_renewals(tenant_id: str) -> None:
        await bookings.run_renewals(system(tenant_id=TenantId(UUID(tenant_id))))

    return [
        Job("bookings.plan_renewals", plan_renewals, every="7 * * * *"),
        Job("bookings.run_renewals", run_renewals, priority=-1),
        Job("bookings.post_bills", post_bills, attempts_max=10),
        Job("bookings.offer_seats", offer_seats),
    ]
