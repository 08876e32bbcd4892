"""What the gateway is told when it is built."""

import msgspec
from litestar.types import ASGIApp


class Mount(msgspec.Struct, frozen=True):
    """A room and the paths it answers to, such as `/api/v1/students`: no slash at the end."""

    prefixes: tuple[str, ...]
    app: ASGIApp


class GatewaySettings(msgspec.Struct, frozen=True):
    """`trusted_proxies` are CIDR networks, `upload_paths` endings of paths, the other paths whole
    ones.

    A limit is written as `limits` reads it ("100/minute"); None or an empty one is off.
    """

    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    body_limit_bytes: int = 2**20
    upload_limit_bytes: int = 25 * 2**20
    upload_paths: tuple[str, ...] = ("/bulk-import",)
    deadline_seconds: float = 30.0
    rate_limit: str | None = "100/minute"
    login_rate_limit: str | None = "5/15 minute"
    login_paths: tuple[str, ...] = (
        "/api/v1/auth/login",
        "/api/v1/auth/admin/login",
        "/api/v1/auth/student/login",
        "/api/v1/auth/tenant/login",
        "/api/auth/login",
        "/api/v1/auth/register",  # which, repeated, is answered by the password
    )
    stranger_rate_limit: str | None = "30/hour"
    stranger_paths: tuple[str, ...] = (
        "/api/v1/auth/register",
        "/api/v1/auth/forgot-password",
        "/api/v1/auth/reset-password",
    )
    redis_url: str | None = None
