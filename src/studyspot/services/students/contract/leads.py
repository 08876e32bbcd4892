"""People who asked and are no students yet, and students who bring others, as it crosses the door."""

from datetime import date, datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Caller, Version, repeatable
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.ids import AccountId
from studyspot.kernel.values import Email, LongText, Name, Phone, ShortText

LeadSource = Literal["walk_in", "phone", "website", "social", "referral", "event", "other"]
LeadStatus = Literal["new", "contacted", "visited", "converted", "lost"]
OpenLeadStatus = Literal["new", "contacted", "visited"]
ReferralStatus = Literal["pending", "converted", "rewarded"]
LostReason = Annotated[str, Meta(min_length=1, max_length=500)]
ReferralCode = Annotated[
    str, Meta(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9-]*$", description="A student's code")
]
Reward = Annotated[int, Meta(ge=1, le=10**10, description="Whole paise; 100 are one rupee")]


class LeadExists(DuplicateEntry):
    """An open lead, or a student, has this phone number. `details` say who."""


class UnknownShift(Refusal):
    """The library has no such shift."""

    code = "UNKNOWN_SHIFT"


class UnknownReferral(Refusal):
    """No student has this code, or it is the student's own."""

    code = "UNKNOWN_REFERRAL_CODE"


class ReferralExists(DuplicateEntry):
    """Somebody brought this student already."""


class BroughtEachOther(Conflict):
    """The student brought the one whose code this is."""

    code = "BROUGHT_EACH_OTHER"


class NotNew(Conflict):
    """The student has bought something already: nobody brings them any more."""

    code = "NOT_NEW"


class UnknownCharge(Refusal):
    """Whoever is to be rewarded has no such charge."""

    code = "UNKNOWN_CHARGE"


class NotConverted(Conflict):
    """The student who was brought has no membership yet."""

    code = "NOT_CONVERTED"


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
    converted_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class LeadPage(msgspec.Struct, frozen=True):
    items: list[Lead]
    total: int


class LeadFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`follow_up_until` finds open ones that are to be asked again by that day, `search` any part of a name
    or phone number.
    """

    status: LeadStatus | None = None
    source: LeadSource | None = None
    library_id: UUID | None = None
    assigned_to: UUID | None = None
    follow_up_until: date | None = None
    search: ShortText | None = None


class NewLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shift is one of the library's."""

    name: Name
    phone: Phone
    source: LeadSource = "walk_in"
    library_id: UUID | None = None
    shift_id: UUID | None = None
    referral_code: ReferralCode | None = None
    follow_up_on: date | None = None
    assigned_to: AccountId | None = None
    notes: LongText | None = None


class LeadChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is given is changed. With a status, one that was lost is open again."""

    version: Version
    name: Name | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    source: LeadSource | UnsetType = UNSET
    library_id: UUID | UnsetType | None = UNSET
    shift_id: UUID | UnsetType | None = UNSET
    follow_up_on: date | UnsetType | None = UNSET
    status: OpenLeadStatus | UnsetType = UNSET
    assigned_to: AccountId | UnsetType | None = UNSET
    notes: LongText | UnsetType | None = UNSET


class LeadLoss(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: LostReason


class LeadConversion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the student's record is to say; what is not given comes from the lead, the name divided at its
    first space.
    """

    first_name: Name | None = None
    last_name: Name | None = None
    email: Email | None = None
    library_id: UUID | None = None


class Referral(msgspec.Struct, frozen=True):
    """One student brought another: pending until the other has a membership. `code` is the student code of
    the one who did.
    """

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
    rewarded_at: datetime | None
    created_at: datetime


class ReferralPage(msgspec.Struct, frozen=True):
    items: list[Referral]
    total: int


class ReferralFilter(msgspec.Struct, frozen=True, kw_only=True):
    status: ReferralStatus | None = None
    referrer_id: UUID | None = None


class NewReferral(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A student of the library named another's code."""

    code: ReferralCode
    student_id: UUID


class NewReward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So much is let off a charge of whoever brought the other."""

    charge_id: UUID
    amount_paise: Reward


class Leads(Protocol):
    """People who ask, and who brought whom."""

    @repeatable
    async def list_leads(self, caller: Caller, *, filter: LeadFilter, page: int, limit: int) -> LeadPage:
        """Newest first."""
        ...

    @repeatable
    async def get_lead(self, caller: Caller, *, lead_id: UUID) -> Lead:
        """:raises NotFound:"""
        ...

    async def create_lead(self, caller: Caller, *, lead: NewLead) -> Lead:
        """:raises LeadExists: :raises UnknownLibrary: :raises UnknownShift: :raises UnknownColleague:

        :raises UnknownReferral:
        """
        ...

    async def change_lead(self, caller: Caller, *, lead_id: UUID, change: LeadChange) -> Lead:
        """:raises NotFound: :raises VersionConflict: :raises LeadExists: :raises UnknownLibrary:

        :raises UnknownShift: :raises UnknownColleague: :raises WrongState: when it is a student by now.
        """
        ...

    async def lose_lead(self, caller: Caller, *, lead_id: UUID, loss: LeadLoss) -> Lead:
        """:raises NotFound: :raises WrongState: when it is a student by now."""
        ...

    @repeatable
    async def convert_lead(self, caller: Caller, *, lead_id: UUID, conversion: LeadConversion) -> Lead:
        """Makes a student of the lead; one who is a student already stays that one.

        :raises NotFound: :raises StudentExists: :raises LimitExceeded: :raises UnknownLibrary:
        """
        ...

    @repeatable
    async def list_referrals(
        self, caller: Caller, *, filter: ReferralFilter, page: int, limit: int
    ) -> ReferralPage:
        """Newest first."""
        ...

    @repeatable
    async def get_referral(self, caller: Caller, *, referral_id: UUID) -> Referral:
        """:raises NotFound:"""
        ...

    async def create_referral(self, caller: Caller, *, referral: NewReferral) -> Referral:
        """:raises UnknownStudent: :raises UnknownReferral: :raises ReferralExists: :raises BroughtEachOther:

        :raises NotNew: when the student has bought something already.
        """
        ...

    @repeatable
    async def reward_referral(self, caller: Caller, *, referral_id: UUID, reward: NewReward) -> Referral:
        """Waives a part of a charge of the one who brought the other; one that is rewarded stays as it is.

        :raises NotFound: :raises NotConverted: :raises UnknownCharge: :raises MoreThanOpen:
        :raises KeyReused: when another reward was begun.
        """
        ...
