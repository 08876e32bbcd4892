"""Stands before the platform: notes who comes, and can answer in its place."""

import asyncio
from collections import defaultdict, deque
from typing import Any

import msgspec
from tests.gateway.in_process import answering

App = Any


class Doorkeeper:
    """`instead` has the next answers to a request; after them it is let in."""

    def __init__(self, platform: App) -> None:
        self.platform = platform
        self.seen: list[str] = []
        self.instead: defaultdict[str, deque[App]] = defaultdict(deque)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = f"{scope['method']} {scope['path'].removeprefix('/api/v1')}"
        self.seen.append(request)
        answers = self.instead[request]
        app = answers.popleft() if answers else self.platform
        await app(scope, receive, send)


def refusing(status: int, code: str, *, after_seconds: float = 0, **headers: str) -> App:
    error = {"code": code, "message": "No.", "request_id": "r-1"}
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    body = msgspec.json.encode({"success": False, "error": error})
    app = answering(body, status=status, headers=[(b"content-type", b"application/json"), *given])

    async def slowly(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(after_seconds)
        await app(scope, receive, send)

    return slowly
