"""What is taken off once."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from studyspot.services.libraries.contract import Quote


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
