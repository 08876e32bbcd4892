"""People who asked and are no students yet, and students who bring others. Amounts are paise."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

LeadSource = Literal["walk_in", "phone", "website", "social", "referral", "event", "other"]
LeadStatus = Literal["new", "contacted", "visited", "converted", "lost"]
ReferralStatus = Literal["pending", "converted", "rewarded"]


class Lead(msgspec.Struct, frozen=True):
    """`student_id` is who they became; `referral_code` that of the student who brought them."""

    id: UUID
    name: str
    phone: str | None
    source: LeadSource
    library_id: UUID | None
    shift_id: UUID | None
    referral_code: str | None
    follow_up_on: date | None
    status: LeadStatus
    lost_reason: str | None
    assigned_to: UUID | None
    notes: str | None
    student_id: UUID | None
    converted_at: Moment | None
    version: int
    created_at: Moment
    updated_at: Moment


class NewLead(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    phone: str
    source: LeadSource = "walk_in"
    library_id: UUID | None = None
    shift_id: UUID | None = None
    referral_code: str | None = None
    follow_up_on: date | None = None
    assigned_to: UUID | None = None
    notes: str | None = None


class LeadChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given is changed. With a status, one that was lost is open again."""

    version: int
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    source: LeadSource | UnsetType = UNSET
    library_id: UUID | UnsetType | None = UNSET
    shift_id: UUID | UnsetType | None = UNSET
    follow_up_on: date | UnsetType | None = UNSET
    status: Literal["new", "contacted", "visited"] | UnsetType = UNSET
    assigned_to: UUID | UnsetType | None = UNSET
    notes: str | UnsetType | None = UNSET


class LeadLoss(msgspec.Struct, frozen=True, kw_only=True):
    reason: str


class LeadConversion(msgspec.Struct, frozen=True, kw_only=True):
    """What is not given comes from the lead."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    library_id: UUID | None = None


class Referral(msgspec.Struct, frozen=True):
    """One student brought another: pending until the other has a membership."""

    id: UUID
    code: str
    referrer_id: UUID
    referrer_name: str
    referred_id: UUID
    referred_name: str
    lead_id: UUID | None
    status: ReferralStatus
    reward_paise: int | None
    charge_id: UUID | None
    rewarded_at: Moment | None
    created_at: Moment


class NewReferral(msgspec.Struct, frozen=True, kw_only=True):
    """A student named another's code."""

    code: str
    student_id: UUID


class NewReward(msgspec.Struct, frozen=True, kw_only=True):
    """So much is let off a charge of whoever brought the other."""

    charge_id: UUID
    amount_paise: int
