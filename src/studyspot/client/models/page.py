"""One page of a list."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Pagination(msgspec.Struct, frozen=True):
    """`total` counts everything that matches, not only what is on this page."""

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class Page(msgspec.Struct, Generic[T], frozen=True):
    items: tuple[T, ...] = msgspec.field(name="data")
    pagination: Pagination
