"""Coupons, as they cross the door."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.contract import Version
from studyspot.kernel.errors import Conflict, DuplicateEntry, Refusal
from studyspot.kernel.values import LongText, ShortText

CouponKind = Literal["percentage", "fixed"]
CouponCode = Annotated[
    str,
    Meta(min_length=3, max_length=20, pattern=r"^[A-Za-z0-9-]*$", description="In capitals or not"),
]
CouponValue = Annotated[int, Meta(ge=1, le=10**9, description="Hundredths of a percent, or paise")]
OffMax = Annotated[int, Meta(ge=1, le=10**9, description="Whole paise: a share takes no more than this off")]
UsesMax = Annotated[int, Meta(ge=1, le=100_000, description="By all students together")]
UsesEach = Annotated[int, Meta(ge=1, le=100, description="By one student")]
CouponPlans = Annotated[tuple[UUID, ...], Meta(max_length=200, description="It is for; none: for all")]
CouponLibraries = Annotated[tuple[UUID, ...], Meta(max_length=100, description="It is for; none: for all")]


class CouponCodeTaken(DuplicateEntry):
    """The business has another coupon with this code."""


class UnknownPlan(Refusal):
    """A plan that a coupon is to be for is none of the business's."""

    code = "UNKNOWN_PLAN"


class UnknownLibrary(Refusal):
    """A library that a coupon is to be for is none of the business's."""

    code = "UNKNOWN_LIBRARY"


class UnknownCoupon(Refusal):
    """No coupon has this code."""

    code = "UNKNOWN_COUPON"


class CouponNotValid(Refusal):
    """The coupon is not valid today, or is switched off."""

    code = "COUPON_NOT_VALID"


class CouponNotForThis(Refusal):
    """The coupon is for other plans or libraries, or for new students only, or would take nothing off."""

    code = "COUPON_NOT_FOR_THIS"


class CouponUsedUp(Conflict):
    """The coupon was used as often as it may be, by all or by this student."""

    code = "COUPON_USED_UP"


class Coupon(msgspec.Struct, frozen=True):
    """A code that takes a share of the fee off (`off_max` paise at most), or a fixed amount, for what is sold
    from the one day to the other. `used` counts what was sold with it, and what is held as a draft; `given`
    is what that was worth, in paise.
    """

    id: UUID
    code: str
    description: str | None
    kind: CouponKind
    value: int
    off_max: int | None
    valid_from: date | None
    valid_until: date | None
    plan_ids: tuple[UUID, ...]
    library_ids: tuple[UUID, ...]
    uses_max: int | None
    uses_each: int
    is_for_new: bool
    is_active: bool
    used: int
    given: int
    version: int
    created_at: datetime
    updated_at: datetime


class CouponPage(msgspec.Struct, frozen=True):
    items: list[Coupon]
    total: int


class CouponFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`search` finds any part of the code."""

    is_active: bool | None = None
    search: ShortText | None = None


class NewCoupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: CouponCode
    description: LongText | None = None
    kind: CouponKind
    value: CouponValue
    off_max: OffMax | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    plan_ids: CouponPlans = ()
    library_ids: CouponLibraries = ()
    uses_max: UsesMax | None = None
    uses_each: UsesEach = 1
    is_for_new: bool = False
    is_active: bool = True


class CouponChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What is given is changed; `version` is the one that was read. What was sold keeps its price."""

    version: Version
    code: CouponCode | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    kind: CouponKind | UnsetType = UNSET
    value: CouponValue | UnsetType = UNSET
    off_max: OffMax | UnsetType | None = UNSET
    valid_from: date | UnsetType | None = UNSET
    valid_until: date | UnsetType | None = UNSET
    plan_ids: CouponPlans | UnsetType = UNSET
    library_ids: CouponLibraries | UnsetType = UNSET
    uses_max: UsesMax | UnsetType | None = UNSET
    uses_each: UsesEach | UnsetType = UNSET
    is_for_new: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


def check_uses(
    code: str | None, used: int, own_used: int, *, most: int | None, most_each: int | None
) -> None:
    """:raises CouponUsedUp: when it may be used no more, by anybody or by this student."""
    if most is not None and used >= most:
        raise CouponUsedUp(f"The coupon {code} was used as often as it may be.")
    if most_each is not None and own_used >= most_each:
        raise CouponUsedUp(f"This student has used the coupon {code} as often as one may.")
