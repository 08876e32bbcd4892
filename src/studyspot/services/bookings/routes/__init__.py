"""HTTP for the bookings room."""

from litestar import Router

from studyspot.services.bookings.routes import bookings, imports, memberships, visits, waitlist

ROUTES = [
    Router("/api/v1/bookings", route_handlers=bookings.HANDLERS, tags=["bookings"]),
    Router(
        "/api/v1/memberships",
        route_handlers=[*memberships.HANDLERS, *imports.HANDLERS],
        tags=["memberships"],
    ),
    Router("/api/v1/waitlist", route_handlers=waitlist.HANDLERS, tags=["waitlist"]),
    Router("/api/v1/attendance", route_handlers=visits.HANDLERS, tags=["attendance"]),
]
