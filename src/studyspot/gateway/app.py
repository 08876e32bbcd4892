"""The gateway, put together: the order of the steps is the order of the lines."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from litestar.types import ASGIApp

from studyspot.gateway.asgi import HttpApp
from studyspot.gateway.limits.counting import FixedWindows, MovingWindows
from studyspot.gateway.limits.probes import known_probes
from studyspot.gateway.limits.rate_limit import rate_limit, stranger_limit
from studyspot.gateway.limits.sign_in_limit import sign_in_limit
from studyspot.gateway.middleware.access_log import access_log
from studyspot.gateway.middleware.body_limit import body_limit
from studyspot.gateway.middleware.client_address import true_client_address
from studyspot.gateway.middleware.compression import compression
from studyspot.gateway.middleware.cors import cors
from studyspot.gateway.middleware.deadline import deadline
from studyspot.gateway.middleware.failures import failures
from studyspot.gateway.middleware.http_only import http_only
from studyspot.gateway.middleware.request_id import with_request_id
from studyspot.gateway.middleware.security_headers import security_headers
from studyspot.gateway.middleware.well_formed import well_formed
from studyspot.gateway.pages.answering import Page, with_pages
from studyspot.gateway.pages.own import own_pages
from studyspot.gateway.routing.mounts import mounted
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel.remote.signing import ServiceKeys

Layer = Callable[[HttpApp], HttpApp]


def build_gateway(
    *,
    mounts: Sequence[Mount],
    openapi: Callable[[], bytes],
    settings: GatewaySettings,
    version: str,
    pages: Mapping[str, Page],
    probe_keys: ServiceKeys | None = None,
) -> ASGIApp:
    """`pages` are what it answers by itself besides the documentation; requests that are signed with the
    `probe_keys` are not limited.

    :raises ValueError: a limit, a network or a prefix cannot be read, or two rooms claim one prefix.
    """
    requests, sign_ins, strangers = _counters(settings)
    prefixes = [prefix for mount in mounts for prefix in mount.prefixes]
    own = own_pages(prefixes=prefixes, openapi=openapi, version=version)
    on_the_way_in: tuple[Layer, ...] = (
        partial(true_client_address, trusted_proxies=settings.trusted_proxies),
        with_request_id,
        access_log,
        security_headers,
        partial(cors, origins=settings.cors_origins),
        failures,  # the last net; the second below makes the answers that the limit still puts its headers on
        *([partial(known_probes, keys=probe_keys)] if probe_keys else []),
        partial(rate_limit, counter=requests),
        failures,
        partial(deadline, seconds=settings.deadline_seconds),
        well_formed,
        partial(
            body_limit,
            limit_bytes=settings.body_limit_bytes,
            upload_limit_bytes=settings.upload_limit_bytes,
            upload_paths=settings.upload_paths,
        ),
        partial(stranger_limit, counter=strangers, paths=settings.stranger_paths),
        partial(
            sign_in_limit,
            counter=sign_ins,
            paths=settings.login_paths,
        ),
        compression,
        partial(with_pages, pages={**own, **pages}),
    )
    app = mounted(mounts)
    for layer in reversed(on_the_way_in):
        app = layer(app)
    return http_only(app, at_stop=[counter.close for counter in (requests, sign_ins, strangers) if counter])


def _counters(
    settings: GatewaySettings,
) -> tuple[FixedWindows | None, MovingWindows | None, FixedWindows | None]:
    redis_url = settings.redis_url
    requests, sign_ins = settings.rate_limit, settings.login_rate_limit
    strangers = settings.stranger_rate_limit
    return (
        FixedWindows(limit=requests, redis_url=redis_url) if requests else None,
        MovingWindows(limit=sign_ins, redis_url=redis_url) if sign_ins else None,
        FixedWindows(limit=strangers, redis_url=redis_url) if strangers else None,
    )
