"""The other end of `forwarding`: what stands before the rooms of a process that has no front door.

It believes nobody but the gateway, which has done the rest: limits, sizes, compression.
"""

from collections.abc import Sequence

from litestar.types import HTTPScope, Receive, Send

from studyspot.gateway.asgi import HttpApp, header
from studyspot.gateway.middleware.access_log import access_log
from studyspot.gateway.middleware.body_limit import unbroken
from studyspot.gateway.middleware.failures import failures
from studyspot.gateway.middleware.request_id import NAME as REQUEST_ID
from studyspot.gateway.middleware.told_caller import telling_caller
from studyspot.gateway.routing.forwarding import CLIENT, has_body, said, target_of
from studyspot.gateway.routing.mounts import mounted
from studyspot.gateway.settings import Mount
from studyspot.kernel import logs
from studyspot.kernel.deadline import within
from studyspot.kernel.remote.signing import SECONDS_LEFT, SIGNATURE, ServiceKeys


def behind_the_gateway(mounts: Sequence[Mount], keys: ServiceKeys) -> HttpApp:
    return access_log(failures(believed(mounted(mounts), keys)), is_behind_gateway=True)


def believed(app: HttpApp, keys: ServiceKeys) -> HttpApp:
    """Gives the request what the gateway says of it: its id, the client's address, the time that is left."""

    async def layer(scope: HTTPScope, receive: Receive, send: Send) -> None:
        request_id, client, seconds, signature = (
            (header(scope, name) or b"").decode("latin-1")
            for name in (REQUEST_ID, CLIENT.encode(), SECONDS_LEFT.encode(), SIGNATURE.encode())
        )
        scope["state"]["request_id"] = request_id
        keys.check(signature, *said(scope["method"], target_of(scope), client, request_id, seconds))
        scope["client"] = (client, 0) if client else None
        logs.bind(request_id=request_id)
        whole = unbroken(receive) if has_body(scope) else receive
        async with within(float(seconds)):
            await app(scope, whole, telling_caller(scope, send))

    return layer
