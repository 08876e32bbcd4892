"""What a branch sells, and for how much. Amounts are whole paise, rates hundredths of a percent."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

PlanKind = Literal["reserved", "unreserved"]
PlanPeriod = Literal["hourly", "daily", "weekly", "monthly", "quarterly", "half_yearly", "annual"]
LineKind = Literal[
    "fee", "zone", "discount", "sibling", "referral", "coupon", "registration", "tax", "deposit"
]


class ShiftPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a shift costs instead of the plan's own price."""

    shift_id: UUID
    price: int


class ZonePrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a seat in a zone costs besides, for each period."""

    zone_id: UUID
    extra: int


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is hundredths of a percent, or paise."""

    kind: Literal["percentage", "fixed"]
    value: int
    valid_from: date | None = None
    valid_until: date | None = None


class FeePlan(msgspec.Struct, frozen=True):
    """`price` is for one shift and one period."""

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
    created_at: Moment
    updated_at: Moment


class NewFeePlan(msgspec.Struct, frozen=True, kw_only=True):
    library_id: UUID
    name: str
    description: str | None = None
    kind: PlanKind
    period: PlanPeriod
    hours_a_day: int | None = None
    price: int
    shift_prices: Sequence[ShiftPrice] = []
    zone_prices: Sequence[ZonePrice] = []
    registration_fee: int = 0
    deposit: int = 0
    late_fee: int = 0
    grace_days: int = 5
    tax_rate: int = 0
    is_tax_included: bool = True
    discount: Discount | None = None
    sibling_rate: int = 0
    welcome_rate: int = 0
    referral_reward: int = 0
    is_active: bool = True
    is_popular: bool = False
    features: Sequence[str] = []


class FeePlanChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    hours_a_day: int | UnsetType | None = UNSET
    price: int | UnsetType = UNSET
    shift_prices: Sequence[ShiftPrice] | UnsetType = UNSET
    zone_prices: Sequence[ZonePrice] | UnsetType = UNSET
    registration_fee: int | UnsetType = UNSET
    deposit: int | UnsetType = UNSET
    late_fee: int | UnsetType = UNSET
    grace_days: int | UnsetType = UNSET
    tax_rate: int | UnsetType = UNSET
    is_tax_included: bool | UnsetType = UNSET
    discount: Discount | UnsetType | None = UNSET
    sibling_rate: int | UnsetType = UNSET
    welcome_rate: int | UnsetType = UNSET
    referral_reward: int | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    is_popular: bool | UnsetType = UNSET
    features: Sequence[str] | UnsetType = UNSET


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`is_first` adds what a member pays once: the registration fee and the deposit. With a `student_id` it
    counts who buys: one who is no new student does not pay them again.
    """

    starts_on: date
    quantity: int = 1
    shift_ids: Sequence[UUID] = []
    zone_id: UUID | None = None
    is_first: bool = True
    student_id: UUID | None = None
    coupon_code: str | None = None


class QuoteLine(msgspec.Struct, frozen=True):
    kind: LineKind
    label: str
    amount: int


class Quote(msgspec.Struct, frozen=True):
    """`total` is the sum of the lines, `deposit` the part of it that is given back one day, `tax` the part
    that is tax, added or included. `ends_on` is the last day.
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
    coupon_id: UUID | None
    referral_reward: int
