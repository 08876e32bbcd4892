"""Codes that take something off. Amounts are whole paise, shares hundredths of a percent."""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from studyspot.client.models.moment import Moment

CouponKind = Literal["percentage", "fixed"]


class Coupon(msgspec.Struct, frozen=True):
    """`used` counts what was sold with it, and drafts; `given` is what that was worth."""

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
    created_at: Moment
    updated_at: Moment


class NewCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """Without `plan_ids` it is for all plans, without `library_ids` for all libraries."""

    code: str
    description: str | None = None
    kind: CouponKind
    value: int
    off_max: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    plan_ids: Sequence[UUID] = []
    library_ids: Sequence[UUID] = []
    uses_max: int | None = None
    uses_each: int = 1
    is_for_new: bool = False
    is_active: bool = True


class CouponChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: int
    code: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    kind: CouponKind | UnsetType = UNSET
    value: int | UnsetType = UNSET
    off_max: int | UnsetType | None = UNSET
    valid_from: date | UnsetType | None = UNSET
    valid_until: date | UnsetType | None = UNSET
    plan_ids: Sequence[UUID] | UnsetType = UNSET
    library_ids: Sequence[UUID] | UnsetType = UNSET
    uses_max: int | UnsetType | None = UNSET
    uses_each: int | UnsetType = UNSET
    is_for_new: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
