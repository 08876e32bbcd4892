"""Keep-alive connections from this process to the others."""

import aiohttp

IDLE_SECONDS = 2.0
"""A connection that was not used for so long is not used again. Less than the time for which a process that
will stop still answers (see `entrypoints.serve`): so nothing is ever sent into a connection being closed."""
CONNECT_SECONDS = 2.0
ADDRESSES_REMEMBERED_SECONDS = 5


def open_session() -> aiohttp.ClientSession:
    """Follows nothing, keeps no cookies, changes no bodies; a time limit is the caller's business."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=ADDRESSES_REMEMBERED_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        auto_decompress=False,
        skip_auto_headers=("user-agent", "accept", "accept-encoding", "content-type"),
        middlewares=(_sent_once,),
    )


async def _sent_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """GET, PUT and DELETE would be repeated by themselves when a connection breaks: but some of ours may not
    be repeated, and no signature is believed twice.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise aiohttp.ClientConnectionError(str(problem)) from problem
