"""HTTP for the libraries room."""

from litestar import Router

from studyspot.services.libraries.routes import branches, coupons, floor, plans, shifts, tax, trail

ROUTES = [
    Router(
        "/api/v1/libraries",
        route_handlers=[*branches.HANDLERS, *floor.HANDLERS, *shifts.HANDLERS, *tax.HANDLERS],
        tags=["libraries"],
    ),
    Router("/api/v1/fee-plans", route_handlers=plans.HANDLERS, tags=["fee plans"]),
    Router("/api/v1/coupons", route_handlers=coupons.HANDLERS, tags=["coupons"]),
    Router("/api/v1/audit-log", route_handlers=trail.HANDLERS, tags=["audit log"]),
]
