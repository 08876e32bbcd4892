"""The one envelope: `{"success": true, "data": …}` or `{"success": false, "error": …}`."""

from collections.abc import Sequence
from typing import Generic, Literal, TypeVar

import msgspec
from litestar.types import Send

from studyspot.kernel.errors import Fault, Refusal

Item = TypeVar("Item")


class Success(msgspec.Struct, Generic[Item]):
    data: Item
    success: Literal[True] = True


class Pagination(msgspec.Struct, frozen=True):
    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class Listing(msgspec.Struct, Generic[Item]):
    data: Sequence[Item]
    pagination: Pagination
    success: Literal[True] = True


class ErrorBody(msgspec.Struct, omit_defaults=True):
    code: str
    message: str
    request_id: str
    details: tuple[Fault, ...] = ()


class Failure(msgspec.Struct):
    error: ErrorBody
    success: Literal[False] = False


def listing(items: Sequence[Item], *, total: int, page: int, limit: int) -> Listing[Item]:
    total_pages = -(-total // limit)
    return Listing(
        items,
        Pagination(
            page=page,
            limit=limit,
            total=total,
            total_pages=total_pages,
            has_next=page < total_pages,
            has_prev=page > 1,
        ),
    )


def failure(refusal: Refusal, *, request_id: str) -> Failure:
    return Failure(
        ErrorBody(code=refusal.code, message=refusal.message, request_id=request_id, details=refusal.details)
    )


def failure_headers(refusal: Refusal) -> dict[str, str]:
    headers = {}
    if refusal.retry_after_seconds is not None:
        headers["retry-after"] = str(refusal.retry_after_seconds)
    if refusal.status == 401:  # noqa: PLR2004 - RFC 9110 §15.5.2 demands the challenge with a 401
        headers["www-authenticate"] = "Bearer"
    return headers


async def send_failure(send: Send, refusal: Refusal, *, request_id: str) -> None:
    """Answers a raw ASGI request with a refusal, for the layers that stand outside any framework."""
    body = msgspec.json.encode(failure(refusal, request_id=request_id))
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    headers |= failure_headers(refusal)
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
