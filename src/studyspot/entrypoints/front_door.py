"""The gateway with every room behind it: those of this process by a direct call, the others by HTTP."""

import contextlib
import functools
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec
from litestar import Litestar
from litestar.types import ASGIApp

from studyspot import __version__
from studyspot.entrypoints.addresses import instances_of, service_keys
from studyspot.entrypoints.floorplan import ROOMS
from studyspot.entrypoints.openapi import documented_app, merged_openapi
from studyspot.gateway.app import build_gateway
from studyspot.gateway.forwarding import forwarding
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel.remote.connections import open_session
from studyspot.kernel.settings import Settings
from studyspot.kernel.validation import encode_hook


class FrontDoor:
    """`here` are the apps of rooms that live in this process. Without any it needs no database."""

    def __init__(self, settings: Settings, here: Mapping[str, Litestar] = {}) -> None:
        self._session: aiohttp.ClientSession | None = None
        keys = functools.cache(lambda: service_keys(settings))
        mounts, documented = [], []
        for module in ROOMS:
            app: Any = here.get(module.name)
            documented.append(app or documented_app(module))
            if app is None:
                app = forwarding(instances_of(settings, module), keys(), self._open_session)
            mounts.append(Mount(module.prefixes, app))
        document = msgspec.json.encode(merged_openapi(documented), enc_hook=encode_hook)
        self.app: ASGIApp = build_gateway(
            mounts=mounts,
            openapi=lambda: document,
            settings=gateway_settings(settings),
            version=__version__,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["FrontDoor"]:
        async with open_session() as self._session:
            yield self

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the front door was used before it was open")
        return self._session


def gateway_settings(settings: Settings) -> GatewaySettings:
    return GatewaySettings(
        cors_origins=settings.cors_origins,
        trusted_proxies=settings.trusted_proxies,
        body_limit_bytes=settings.body_limit_bytes,
        upload_limit_bytes=settings.upload_limit_bytes,
        upload_paths=("/students/import", "/students/bulk-import"),
        deadline_seconds=settings.deadline_seconds,
        rate_limit=settings.rate_limit,
        login_rate_limit=settings.login_rate_limit,
        stranger_rate_limit=settings.stranger_rate_limit,
        redis_url=settings.redis_url.get_secret_value() if settings.redis_url else None,
    )
