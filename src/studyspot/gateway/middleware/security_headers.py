"""What browsers are told, on every response, errors too. What a response says itself stands, but for the name
and version of the software that made it.
"""

from collections.abc import Awaitable

from litestar.types import HTTPScope, Message, Receive, Send

from studyspot.gateway.asgi import Headers, HttpApp

ALWAYS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
OVER_HTTPS: Headers = ((b"strict-transport-security", b"max-age=63072000; includeSubDomains"),)
UNSAID = b"server"
FOR_THE_API: Headers = ((b"cache-control", b"no-store"),)


def security_headers(app: HttpApp) -> HttpApp:
    sets = {
        (is_api, is_https): (
            *ALWAYS,
            *(FOR_THE_API if is_api else ()),
            *(OVER_HTTPS if is_https else ()),
        )
        for is_api in (False, True)
        for is_https in (False, True)
    }
    names = {key: frozenset([UNSAID, *(name for name, _ in headers)]) for key, headers in sets.items()}

    def layer(scope: HTTPScope, receive: Receive, send: Send) -> Awaitable[None]:
        def secured(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                key = (scope["path"].startswith("/api"), scope["scheme"] == "https")
                said = [*message.get("headers", ())]
                if names[key].isdisjoint([name for name, _ in said]):
                    said += sets[key]
                else:
                    said = [pair for pair in said if pair[0] != UNSAID]
                    already = {name for name, _ in said}
                    said += [pair for pair in sets[key] if pair[0] not in already]
                message["headers"] = said
            return send(message)

        return app(scope, receive, secured)

    return layer
