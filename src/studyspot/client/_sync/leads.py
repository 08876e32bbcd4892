# Made from _async/leads.py by studyspot.client._generate.
"""People who asked and are no students yet, and students who bring others."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from studyspot.client._sync.group import LIMIT_MAX, Group, every
from studyspot.client.models.leads import (
    Lead,
    LeadChange,
    LeadConversion,
    LeadLoss,
    LeadSource,
    LeadStatus,
    NewLead,
    NewReferral,
    NewReward,
    Referral,
    ReferralStatus,
)
from studyspot.client.models.page import Page
from studyspot.client.request import Param, Request


class Leads(Group):
    def list(
        self,
        *,
        status: LeadStatus | None = None,
        source: LeadSource | None = None,
        library_id: UUID | None = None,
        assigned_to: UUID | None = None,
        follow_up_until: date | None = None,
        search: str | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Lead]:
        """Newest first; `follow_up_until` finds open ones that are to be asked again by that day."""
        params: dict[str, Param] = {
            "status": status,
            "source": source,
            "library_id": library_id,
            "assigned_to": assigned_to,
            "follow_up_until": follow_up_until,
            "search": search,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/leads", Page[Lead], params, bare=True))

    def iterate(
        self,
        *,
        status: LeadStatus | None = None,
        source: LeadSource | None = None,
        library_id: UUID | None = None,
        assigned_to: UUID | None = None,
        follow_up_until: date | None = None,
        search: str | None = None,
    ) -> Iterator[Lead]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(
                status=status,
                source=source,
                library_id=library_id,
                assigned_to=assigned_to,
                follow_up_until=follow_up_until,
                search=search,
                page=page,
                limit=LIMIT_MAX,
            )
        )

    def get(self, lead_id: UUID) -> Lead:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/leads/{lead_id}", Lead))

    def create(self, lead: NewLead) -> Lead:
        """:raises Conflict: when a student or an open lead has the phone number; `details` say who."""
        return self._send(Request("POST", "/leads", Lead, body=lead))

    def change(self, lead_id: UUID, change: LeadChange) -> Lead:
        """:raises NotFound: :raises Conflict: when it was changed meanwhile, or is a student by now."""
        return self._send(Request("PUT", f"/leads/{lead_id}", Lead, body=change))

    def lose(self, lead_id: UUID, *, reason: str) -> Lead:
        """:raises NotFound: :raises Conflict: when it is a student by now."""
        return self._send(Request("POST", f"/leads/{lead_id}/lose", Lead, body=LeadLoss(reason=reason)))

    def convert(self, lead_id: UUID, conversion: LeadConversion) -> Lead:
        """Makes a student of it, once. :raises NotFound: :raises Conflict: for a number or address that a
        student has. :raises Refused: when the plan is full.
        """
        request = Request("POST", f"/leads/{lead_id}/convert", Lead, body=conversion, repeatable=True)
        return self._send(request)


class Referrals(Group):
    def list(
        self,
        *,
        status: ReferralStatus | None = None,
        referrer_id: UUID | None = None,
        page: int = 1,
        limit: int = 20,
    ) -> Page[Referral]:
        """Newest first."""
        params: dict[str, Param] = {
            "status": status,
            "referrer_id": referrer_id,
            "page": page,
            "limit": limit,
        }
        return self._send(Request("GET", "/referrals", Page[Referral], params, bare=True))

    def iterate(
        self, *, status: ReferralStatus | None = None, referrer_id: UUID | None = None
    ) -> Iterator[Referral]:
        """All pages, one after the other."""
        return every(
            lambda page: self.list(status=status, referrer_id=referrer_id, page=page, limit=LIMIT_MAX)
        )

    def get(self, referral_id: UUID) -> Referral:
        """:raises NotFound:"""
        return self._send(Request("GET", f"/referrals/{referral_id}", Referral))

    def create(self, referral: NewReferral) -> Referral:
        """:raises Refused: for a code that nobody has. :raises Conflict: for one who was brought already."""
        return self._send(Request("POST", "/referrals", Referral, body=referral))

    def reward(self, referral_id: UUID, reward: NewReward) -> Referral:
        """Once. :raises NotFound: :raises Conflict: for who has no membership yet, or more than is open.
        :raises Refused: for a charge of somebody else.
        """
        request = Request("POST", f"/referrals/{referral_id}/reward", Referral, body=reward, repeatable=True)
        return self._send(request)
