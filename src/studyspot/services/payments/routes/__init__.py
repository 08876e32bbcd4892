"""HTTP for the payments room."""

from litestar import Router

from studyspot.services.payments.routes import books, charges, expenses, money, papers

ROUTES = [
    Router(
        "/api/v1/payments",
        route_handlers=[
            *money.HANDLERS,
            *charges.HANDLERS,
            *papers.HANDLERS,
            *books.HANDLERS,
            *expenses.HANDLERS,
        ],
        tags=["payments"],
    ),
]
