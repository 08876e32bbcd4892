# Made from _async/libraries.py by studyspot.client._generate.
"""Branches."""

from collections.abc import Iterator
from types import NoneType
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.floor import Calendar, CalendarChange
from studyspot.client.models.libraries import Library, LibraryChange, LibraryStatus, NewLibrary
from studyspot.client.models.page import Page
from studyspot.client.request import Request


class Libraries(Group):
    def list(
        self,
        *,
        status: LibraryStatus | None = None,
        city: str | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Library]:
        params = {"status": status, "city": city, "search": search, "page": page, "limit": limit}
        return self._send(Request("GET", "/libraries", Page[Library], params, bare=True))

    def iterate(
        self, *, status: LibraryStatus | None = None, city: str | None = None, search: str | None = None
    ) -> Iterator[Library]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(status=status, city=city, search=search, page=page, limit=LIMIT_MAX)
        )

    def get(self, library_id: UUID) -> Library:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/libraries/{library_id}", Library))

    def create(self, library: NewLibrary) -> Library:
        """:raises Conflict: when the name is taken. :raises Refused: beyond the plan."""
        return self._send(Request("POST", "/libraries", Library, body=library))

    def change(self, library_id: UUID, change: LibraryChange) -> Library:
        """:raises NotFound: :raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/libraries/{library_id}", Library, body=change))

    def delete(self, library_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: while it has students."""
        self._send(Request("DELETE", f"/libraries/{library_id}", NoneType))

    def calendar(self, library_id: UUID) -> Calendar:
        """When it is open. :raises NotFound:"""
        return self._send(Request("GET", f"/libraries/{library_id}/calendar", Calendar))

    def set_calendar(self, library_id: UUID, change: CalendarChange) -> Calendar:
        """:raises NotFound: :raises Conflict: when it has another version."""
        return self._send(Request("PUT", f"/libraries/{library_id}/calendar", Calendar, body=change))
