# Made from _async/papers.py by studyspot.client._generate.
"""Receipts and the papers of GST, and how a library stands with it."""

import builtins
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Literal
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.page import Page
from studyspot.client.models.papers import (
    NewTaxRegistration,
    Paper,
    PaperKind,
    TaxRegistration,
    VerifiedPaper,
)
from studyspot.client.request import Param, Request


class Papers(Group):
    def list(
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
        return self._send(Request("GET", "/payments/papers", Page[Paper], params, bare=True))

    def iterate(
        self,
        *,
        library_id: UUID | None = None,
        student_id: UUID | None = None,
        kind: PaperKind | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[Paper]:
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

    def get(self, paper_id: UUID) -> Paper:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/payments/papers/{paper_id}", Paper))

    def receipt(self, payment_id: UUID) -> Paper:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/payments/{payment_id}/receipt", Paper))

    def save_pdf(self, paper_id: UUID, to: Path) -> int:
        """Into the file `to`, which appears when it is complete; the bytes written. :raises NotFound:"""
        request = self._addressed(Request("GET", f"/payments/papers/{paper_id}/pdf", NoneType))
        return self._session.download(request, to)

    def save_text(self, paper_id: UUID, to: Path, *, columns: Literal[32, 48] = 32) -> int:
        """The same for a thermal printer. :raises NotFound:"""
        params: dict[str, Param] = {"columns": columns}
        request = self._addressed(Request("GET", f"/payments/papers/{paper_id}/text", NoneType, params))
        return self._session.download(request, to)


class GenuinePapers(Group):
    """For anybody who holds a paper, signed in or not."""

    def verify(self, code: str) -> VerifiedPaper:
        """:raises NotFound: when it is not genuine."""
        params: dict[str, Param] = {"code": code}
        return self._send(Request("GET", "/payments/papers/verify", VerifiedPaper, params, public=True))


class TaxRegistrations(Group):
    def all(self, library_id: UUID) -> builtins.list[TaxRegistration]:
        """The latest first. :raises NotFound:"""
        path = f"/libraries/{library_id}/tax-registrations"
        return self._send(Request("GET", path, builtins.list[TaxRegistration]))

    def add(self, library_id: UUID, registration: NewTaxRegistration) -> TaxRegistration:
        """From a day to come on; the first may begin in the past. :raises NotFound: :raises Conflict:"""
        path = f"/libraries/{library_id}/tax-registrations"
        return self._send(Request("POST", path, TaxRegistration, body=registration))

    def remove(self, registration_id: UUID) -> None:
        """:raises NotFound: :raises Conflict: once it counts."""
        self._send(Request("DELETE", f"/libraries/tax-registrations/{registration_id}", NoneType))
