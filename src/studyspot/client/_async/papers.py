"""Receipts and the papers of GST, and how a library stands with it."""

import builtins
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Literal
from uuid import UUID

from studyspot.client._async.group import LIMIT_MAX, AsyncGroup, every
from studyspot.client.models.page import Page
from studyspot.client.models.papers import (
    NewTaxRegistration,
    Paper,
    PaperKind,
    TaxRegistration,
    VerifiedPaper,
)
from studyspot.client.request import Param, Request


class AsyncPapers(AsyncGroup):
    async def list(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        kind: PaperKind | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Paper]:
        params: dict[str, Param] = {
            "library_id": library_id,
            "student_id": student_id,
            "kind": kind,
            "since": since,
            "until": until,
            "page": page,
            "limit": limit,
        }
        return await self._send(Request("GET", "/payments/papers", Page[Paper], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        kind: PaperKind | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> AsyncIterator[Paper]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                library_id=library_id,
                student_id=student_id,
                kind=kind,
                since=since,
                until=until,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    async def get(self, paper_id: UUID) -> Paper:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/payments/papers/{paper_id}", Paper))

    async def receipt(self, payment_id: UUID) -> Paper:
        """:raises NotFound:"""
        return await self._send(Request("GET", f"/payments/{payment_id}/receipt", Paper))

    async def save_pdf(self, paper_id: UUID, to: Path) -> int:
        """Into the file `to`, which appears when it is complete; the bytes written. :raises NotFound:"""
        request = self._addressed(Request("GET", f"/payments/papers/{paper_id}/pdf", NoneType))
        return await self._session.download(request, to)

    async def save_text(self, paper_id: UUID, to: Path, *, columns: Literal[32, 48] = 32) -> int:
        """The same for a thermal printer. :raises NotFound:"""
        params: dict[str, Param] = {"columns": columns}
        request = self._addressed(Request("GET", f"/payments/papers/{paper_id}/text", NoneType, params))
        return await self._session.download(request, to)


class AsyncGenuinePapers(AsyncGroup):
    """For anybody who holds a paper, signed in or not."""

    async def verify(self, code: str) -> VerifiedPaper:
        """:raises NotFound: when it is not genuine."""
        params: dict[str, Param] = {"code": code}
        return await self._send(Request("GET", "/payments/papers/verify", VerifiedPaper, params, public=True))


class AsyncTaxRegistrations(AsyncGroup):
    async def all(self, library_id: UUID) -> builtins.list[TaxRegistration]:
        """The latest first. :raises NotFound:"""
        path = f"/libraries/{library_id}/tax-registrations"
        return await self._send(Request("GET", path, builtins.list[TaxRegistration]))

    async def add(self, library_id: UUID, registration: NewTaxRegistration) -> TaxRegistration:
        """From a day to come on; the first may begin in the past. :raises NotFound: :raises Conflict:"""
        path = f"/libraries/{library_id}/tax-registrations"
        return await self._send(Request("POST", path, TaxRegistration, body=registration))

    async def remove(self, registration_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: once it counts."""
        await self._send(Request("DELETE", f"/libraries/tax-registrations/{registration_id}", NoneType))
