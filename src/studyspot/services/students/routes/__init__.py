"""HTTP for the students room."""

from litestar import Router

from studyspot.services.students.routes import guardians, images, own, personal_data, records, registers

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
        ],
        tags=["students"],
    )
]
