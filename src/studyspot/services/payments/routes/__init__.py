"""HTTP for the payments room."""

from litestar import Router

from studyspot.services.payments.routes import approvals, books, charges, drawers, expenses, money, papers

ROUTES = [
    Router(
        "/api/v1/payments",
        route_handlers=[
            *money.HANDLERS,
            *charges.HANDLERS,
            *papers.HANDLERS,
            *books.HANDLERS,
            *drawers.HANDLERS,
            *expenses.HANDLERS,
            *approvals.HANDLERS,
        ],
        tags=["payments"],
    ),
]
