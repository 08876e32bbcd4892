"""Fee plans and quotes, as they cross the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.values import LongText, Name
from studyspot.services.libraries.contract.coupons import CouponCode

PLANS_MAX = 200
PlanKind = Literal["reserved", "unreserved"]
PlanPeriod = Literal["hourly", "daily", "weekly", "monthly", "quarterly", "half_yearly", "annual"]
Price = Annotated[int, Meta(ge=0, le=10**9, description="Whole paise; 100 are one rupee")]
Rate = Annotated[int, Meta(ge=0, le=10_000, description="Hundredths of a percent: 1800 are 18 %")]
GraceDays = Annotated[
    int, Meta(ge=0, le=60, description="For how long a seat is kept after the last day, unless renewed")
]
Hours = Annotated[int, Meta(ge=1, le=24)]
Quantity = Annotated[int, Meta(ge=1, le=366, description="Of the plan's periods")]


class PlanNameTaken(DuplicateEntry):
    """The library has another plan of this name."""


class PlanInactive(Conflict):
    """The plan is not sold at the moment."""

    code = "PLAN_INACTIVE"


class UnknownShift(Refusal):
    """A shift that is named is not one of the library's."""

    code = "UNKNOWN_SHIFT"


class UnknownStudent(Refusal):
    """The business has no such student."""

    code = "UNKNOWN_STUDENT"


class ShiftPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a shift costs instead of the plan's own price."""

    shift_id: UUID
    price: Price


class ZonePrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a seat in a zone costs besides, for each period."""

    zone_id: UUID
    extra: Price


class Discount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A share of the fee, or a fixed amount off it, for what is sold from the one day to the other."""

    kind: Literal["percentage", "fixed"]
    value: Annotated[int, Meta(ge=1, le=10**9, description="Hundredths of a percent, or paise")]
    valid_from: date | None = None
    valid_until: date | None = None


ShiftPrices = Annotated[tuple[ShiftPrice, ...], Meta(max_length=100)]
ZonePrices = Annotated[tuple[ZonePrice, ...], Meta(max_length=200)]
PlanFeatures = Annotated[tuple[Name, ...], Meta(max_length=50)]


class FeePlan(msgspec.Struct, frozen=True):
    """What a library sells: a seat of one's own in some shifts (`reserved`), or any free one for so many
    hours a day (`unreserved`). `price` is for one shift and one period; all amounts are paise.
    `sibling_rate` is taken off for a student whose sibling is a member, `welcome_rate` once for a new one
    whom another student brought, who gets the `referral_reward` for that. How they add up is told in
    docs/decisions/0016.
    """

    id: UUID
    library_id: UUID
    name: str
    description: str | None
    kind: PlanKind
    period: PlanPeriod
    hours_a_day: int | None
    price: int
    shift_prices: tuple[ShiftPrice, ...]
    zone_prices: tuple[ZonePrice, ...]
    registration_fee: int
    deposit: int
    late_fee: int
    grace_days: int
    tax_rate: int
    is_tax_included: bool
    discount: Discount | None
    sibling_rate: int
    welcome_rate: int
    referral_reward: int
    is_active: bool
    is_popular: bool
    features: tuple[str, ...]
    version: int
    created_at: datetime
    updated_at: datetime


class FeePlanPage(msgspec.Struct, frozen=True):
    items: list[FeePlan]
    total: int


class NewFeePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    library_id: UUID
    name: Name
    description: LongText | None = None
    kind: PlanKind
    period: PlanPeriod
    hours_a_day: Hours | None = None
    price: Price
    shift_prices: ShiftPrices = ()
    zone_prices: ZonePrices = ()
    registration_fee: Price = 0
    deposit: Price = 0
    late_fee: Price = 0
    grace_days: GraceDays = 5
    tax_rate: Rate = 0
    is_tax_included: bool = True
    discount: Discount | None = None
    sibling_rate: Rate = 0
    welcome_rate: Rate = 0
    referral_reward: Price = 0
    is_active: bool = True
    is_popular: bool = False
    features: PlanFeatures = ()


class FeePlanChange(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is given is changed; `version` is the one that was read. What was sold keeps its price."""

    version: Version
    name: Name | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    hours_a_day: Hours | UnsetType | None = UNSET
    price: Price | UnsetType = UNSET
    shift_prices: ShiftPrices | UnsetType = UNSET
    zone_prices: ZonePrices | UnsetType = UNSET
    registration_fee: Price | UnsetType = UNSET
    deposit: Price | UnsetType = UNSET
    late_fee: Price | UnsetType = UNSET
    grace_days: GraceDays | UnsetType = UNSET
    tax_rate: Rate | UnsetType = UNSET
    is_tax_included: bool | UnsetType = UNSET
    discount: Discount | UnsetType | None = UNSET
    sibling_rate: Rate | UnsetType = UNSET
    welcome_rate: Rate | UnsetType = UNSET
    referral_reward: Price | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    is_popular: bool | UnsetType = UNSET
    features: PlanFeatures | UnsetType = UNSET


class QuoteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`is_first` adds what a member pays once: the registration fee and the deposit. With a `student_id` it
    counts who buys: one who is no new student does not pay them again.
    """

    starts_on: date
    quantity: Quantity = 1
    shift_ids: Annotated[tuple[UUID, ...], Meta(max_length=20)] = ()
    zone_id: UUID | None = None
    is_first: bool = True
    student_id: UUID | None = None
    coupon_code: CouponCode | None = None


LineKind = Literal[
    "fee", "zone", "discount", "sibling", "referral", "coupon", "registration", "tax", "deposit"
]


class QuoteLine(msgspec.Struct, frozen=True):
    """`amount` is in paise, and below nothing for what is taken off."""

    kind: LineKind
    label: str
    amount: int


class Quote(msgspec.Struct, frozen=True):
    """The price of a plan, line by line: `total` is their sum, `deposit` the part of it that is given back
    one day, `tax` the part that is tax, added or included. `fee` is what the days cost, without what is paid
    once, with `fee_tax` in it. `ends_on` is the last day. `coupon_id` is the coupon's that was named, and
    `referral_reward` what the student who brought this one gets once it is paid.
    """

    plan_id: UUID
    plan_version: int
    starts_on: date
    ends_on: date
    lines: tuple[QuoteLine, ...]
    total: int
    tax: int
    deposit: int
    fee: int
    fee_tax: int
    coupon_id: UUID | None = None
    referral_reward: int = 0
