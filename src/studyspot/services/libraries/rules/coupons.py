"""What a coupon may be, and for what it counts."""

from datetime import date

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.services.libraries.contract.coupons import (
    Coupon,
    CouponNotForThis,
    CouponNotValid,
    check_uses,
)
from studyspot.services.libraries.contract.plans import FeePlan
from studyspot.services.libraries.rules.pricing import WHOLE, Buyer


def check_coupon(coupon: Coupon) -> None:
    """Of a new one, or one as it is to become. :raises ValidationFailed: with every fault."""
    faults = []
    if coupon.kind == "percentage" and coupon.value > WHOLE:
        faults.append(Fault("value", "Take off 100 % (10000) at most.", "too_large"))
    if coupon.kind == "fixed" and coupon.off_max is not None:
        faults.append(Fault("off_max", "Only a share has a limit.", "not_allowed"))
    if coupon.valid_from and coupon.valid_until and coupon.valid_until < coupon.valid_from:
        faults.append(Fault("valid_until", "Give a day from `valid_from` on.", "wrong_order"))
    for field, ids in (("plan_ids", coupon.plan_ids), ("library_ids", coupon.library_ids)):
        if len(set(ids)) < len(ids):
            faults.append(Fault(field, "Name each once.", "duplicate"))
    if faults:
        raise ValidationFailed("This coupon does not fit together.", details=faults)


def check_usable(coupon: Coupon, plan: FeePlan, buyer: Buyer, *, own_uses: int, today: date) -> None:
    """:raises CouponNotValid: :raises CouponNotForThis: :raises CouponUsedUp:"""
    if not coupon.is_active:
        raise CouponNotValid(f"The coupon {coupon.code} is switched off.")
    if coupon.valid_from is not None and today < coupon.valid_from:
        raise CouponNotValid(f"The coupon {coupon.code} is valid from {coupon.valid_from} on.")
    if coupon.valid_until is not None and today > coupon.valid_until:
        raise CouponNotValid(f"The coupon {coupon.code} was valid until {coupon.valid_until}.")
    if coupon.library_ids and plan.library_id not in coupon.library_ids:
        raise CouponNotForThis(f"The coupon {coupon.code} is for other libraries.")
    if coupon.plan_ids and plan.id not in coupon.plan_ids:
        raise CouponNotForThis(f"The coupon {coupon.code} is for other plans.")
    if coupon.is_for_new and not buyer.is_new:
        raise CouponNotForThis(f"The coupon {coupon.code} is for new students.")
    check_uses(coupon.code, coupon.used, own_uses, most=coupon.uses_max, most_each=coupon.uses_each)
