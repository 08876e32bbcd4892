"""What the groups of calls share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from studyspot.client._async.session import AsyncSession
from studyspot.client.models.page import Page
from studyspot.client.request import Request

T = TypeVar("T")
LIMIT_MAX = 100
"""Items of one page."""


class AsyncGroup:
    """With a tenant, its calls name that tenant; only a platform role may."""

    def __init__(self, session: AsyncSession, tenant_id: UUID | None = None) -> None:
        self._session = session
        self._tenant_id = tenant_id

    async def _send(self, request: Request[T]) -> T:
        return await self._session.send(self._addressed(request))

    def _addressed(self, request: Request[T]) -> Request[T]:
        return request if self._tenant_id is None else replace(request, tenant_id=self._tenant_id)


async def every(read_page: Callable[[int], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """Asks for a page when the one before is used up."""
    number = 1
    while True:
        page = await read_page(number)
        for item in page.items:
            yield item
        if not page.pagination.has_next:
            return
        number += 1
