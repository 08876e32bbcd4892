"""HTTP for the students room."""

from litestar import Router

from studyspot.services.students.routes import (
    guardians,
    images,
    leads,
    own,
    personal_data,
    records,
    registers,
    tickets,
)

ROUTES = [
    Router(
        "/api/v1/students",
        route_handlers=[
            *records.HANDLERS,
            *guardians.HANDLERS,
            *images.HANDLERS,
            *personal_data.HANDLERS,
            *own.HANDLERS,
            *registers.HANDLERS,
            *tickets.OWN_HANDLERS,
        ],
        tags=["students"],
    ),
    Router("/api/v1/leads", route_handlers=leads.HANDLERS, tags=["leads"]),
    Router("/api/v1/referrals", route_handlers=leads.REFERRAL_HANDLERS, tags=["referrals"]),
    Router("/api/v1/tickets", route_handlers=tickets.HANDLERS, tags=["tickets"]),
]
