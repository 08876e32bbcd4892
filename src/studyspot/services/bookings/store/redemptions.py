"""SQL of what is taken off once, and of the uses of coupons."""

from datetime import datetime
from uuid import UUID

import msgspec

from studyspot.kernel.database import Connection
from studyspot.kernel.ids import new_id
from studyspot.services.bookings.contract.memberships import Membership, Redemption


class Redeemed(msgspec.Struct, frozen=True):
    """What was taken off. Only uses of coupons are ever counted."""

    id: UUID
    coupon_id: UUID | None
    code: str | None
    is_for_new: bool
    uses_max: int | None
    uses_each: int | None
    is_counted: bool


_REDEEMED = "id, coupon_id, code, is_for_new, uses_max, uses_each, number IS NOT NULL AS is_counted"


class Turn(msgspec.Struct, frozen=True):
    """How often a coupon is used, by all and by one student, and the numbers that are free."""

    used: int
    own_used: int
    number: int
    own_number: int


class RewardDue(msgspec.Struct, frozen=True):
    """What a student gets for another whom they brought, in paise."""

    referral_id: UUID
    referrer_id: UUID
    reward: int


async def lock_coupon(tx: Connection, coupon_id: UUID) -> None:
    """Nobody else uses it until the commit."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"bookings.coupon {coupon_id}")


async def insert_redemption(
    tx: Connection, membership: Membership, *, coupon_id: UUID | None, amount: int, reward: int
) -> Redeemed:
    """Not counted yet, and under the terms of the coupon as they are now."""
    redeemed = await tx.one(
        Redeemed,
        f"""
        INSERT INTO bookings.redemptions
            (id, membership_id, student_id, coupon_id, code, amount, reward, is_for_new, uses_max, uses_each)
        SELECT $1, $2, $3, c.id, c.code, $5, $6, coalesce(c.is_for_new, true), c.uses_max, c.uses_each
        FROM (SELECT) one LEFT JOIN libraries.published_coupons c ON c.id = $4
        RETURNING {_REDEEMED}
        """,
        new_id(),
        membership.id,
        membership.student_id,
        coupon_id,
        amount,
        reward,
    )
    assert redeemed is not None  # noqa: S101 - one row went in
    return redeemed


async def list_redemptions(tx: Connection, membership_id: UUID) -> list[Redemption]:
    return await tx.all(
        Redemption,
        """
        SELECT r.code, r.amount, r.number IS NULL AND (
                r.coupon_id IS NOT NULL OR m.status = 'cancelled' AND m.ends_on < m.starts_on
            ) AS is_given_back, r.created_at
        FROM bookings.redemptions r JOIN bookings.memberships m ON m.id = r.membership_id
        WHERE r.membership_id = $1 ORDER BY r.id
        """,
        membership_id,
    )


async def list_redeemed(tx: Connection, membership_id: UUID) -> list[Redeemed]:
    return await tx.all(
        Redeemed,
        f"SELECT {_REDEEMED} FROM bookings.redemptions WHERE membership_id = $1 ORDER BY id",
        membership_id,
    )


async def list_rewards_due(tx: Connection) -> list[RewardDue]:
    """Whoever was brought has paid something for the first days, and owes nothing of them; and whoever
    brought them is still to be rewarded.
    """
    return await tx.all(
        RewardDue,
        """
        SELECT f.referral_id, f.referrer_id, r.reward FROM bookings.redemptions r
        JOIN bookings.memberships m ON m.id = r.membership_id AND m.status = 'sold'
        JOIN students.published_referrals f ON f.student_id = r.student_id AND NOT f.is_rewarded
        WHERE r.reward > 0 AND (
            SELECT p.open = 0 AND p.paid > 0 FROM bookings.bills b
            JOIN payments.published_bills p ON p.key = 'bill ' || b.id
            WHERE b.membership_id = m.id ORDER BY b.id LIMIT 1
        )
        ORDER BY r.id LIMIT 10000
        """,
    )


async def has_bought_another(tx: Connection, membership: Membership) -> bool:
    return bool(
        await tx.value(
            """
            SELECT EXISTS (
                SELECT FROM bookings.published_sales WHERE student_id = $1 AND membership_id <> $2
            )
            """,
            membership.student_id,
            membership.id,
        )
    )


async def find_turn(tx: Connection, coupon_id: UUID, student_id: UUID) -> Turn:
    """Whose coupon is locked."""
    turn = await tx.one(
        Turn,
        """
        WITH uses AS (
            SELECT number, own_number, student_id FROM bookings.redemptions
            WHERE coupon_id = $1 AND number IS NOT NULL
        ), own AS (SELECT own_number FROM uses WHERE student_id = $2),
        counted AS (SELECT (SELECT count(*) FROM uses) AS used, (SELECT count(*) FROM own) AS own_used)
        SELECT used, own_used,
            (SELECT min(n) FROM generate_series(1, used + 1) n
                WHERE n NOT IN (SELECT number FROM uses)) AS number,
            (SELECT min(n) FROM generate_series(1, own_used + 1) n
                WHERE n NOT IN (SELECT own_number FROM own)) AS own_number
        FROM counted
        """,
        coupon_id,
        student_id,
    )
    assert turn is not None  # noqa: S101 - it counts, so there is a row
    return turn


async def count_use(tx: Connection, redemption_id: UUID, turn: Turn) -> None:
    await tx.run(
        "UPDATE bookings.redemptions SET number = $2, own_number = $3 WHERE id = $1",
        redemption_id,
        turn.number,
        turn.own_number,
    )


async def give_back_uses(tx: Connection, membership_id: UUID) -> None:
    """Of a draft that nobody wants any more."""
    await tx.run(
        "UPDATE bookings.redemptions SET number = NULL, own_number = NULL WHERE membership_id = $1",
        membership_id,
    )


async def give_back_uses_of_drafts(tx: Connection, coupon_id: UUID, *, now: datetime) -> None:
    """That have run out. One that somebody is just activating, or cancelling, is left to them."""
    await tx.run(
        """
        UPDATE bookings.redemptions SET number = NULL, own_number = NULL WHERE id IN (
            SELECT r.id FROM bookings.redemptions r
            JOIN bookings.memberships m ON m.id = r.membership_id
            WHERE r.coupon_id = $1 AND r.number IS NOT NULL AND m.status = 'draft' AND m.held_until <= $2
            FOR NO KEY UPDATE SKIP LOCKED
        )
        """,
        coupon_id,
        now,
    )
