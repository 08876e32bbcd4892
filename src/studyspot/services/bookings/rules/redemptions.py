"""What is taken off once."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from studyspot.services.libraries.contract import CouponUsedUp, Quote


class Once(NamedTuple):
    """What a coupon takes off, or without one a welcome, and what somebody gets for that; in paise."""

    coupon_id: UUID | None
    amount: int
    reward: int


def taken_off_once(quote: Quote) -> Iterator[Once]:
    """Also a welcome that is worth nothing itself, when somebody gets something for it."""
    off = {line.kind: -line.amount for line in quote.lines}
    if "referral" in off or quote.referral_reward:
        yield Once(None, off.get("referral", 0), quote.referral_reward)
    if quote.coupon_id is not None:
        yield Once(quote.coupon_id, off.get("coupon", 0), 0)


def check_uses(
    code: str | None, used: int, own_used: int, *, most: int | None, most_each: int | None
) -> None:
    """:raises CouponUsedUp: when it may be used no more, by anybody or by this student."""
    if most is not None and used >= most:
        raise CouponUsedUp(f"The coupon {code} was used as often as it may be.")
    if most_each is not None and own_used >= most_each:
        raise CouponUsedUp(f"This student has used the coupon {code} as often as one may.")
