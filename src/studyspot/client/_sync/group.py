# Made from _async/group.py by studyspot.client._generate.
"""What the groups of calls share."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from studyspot.client._sync.session import Session
from studyspot.client.models.page import Page
from studyspot.client.request import Request

T = TypeVar("T")
LIMIT_MAX = 100
"""Items of one page."""


class Group:
    """With a tenant, its calls name that tenant; only a platform role may."""

    def __init__(self, session: Session, tenant_id: UUID | None = None) -> None:
        self._session = session
        self._tenant_id = tenant_id

    def _send(self, request: Request[T]) -> T:
        return self._session.send(self._addressed(request))

    def _addressed(self, request: Request[T]) -> Request[T]:
        return request if self._tenant_id is None else replace(request, tenant_id=self._tenant_id)


def every(read_page: Callable[[int], Page[T]]) -> Iterator[T]:
    """Asks for a page when the one before is used up."""
    number = 1
    while True:
        page = read_page(number)
        yield from page.items
        if not page.pagination.has_next:
            return
        number += 1
