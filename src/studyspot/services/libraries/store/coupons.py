"""SQL of coupons, and of what a price depends on that other rooms know. Uses are counted where their room
publishes them: what is held by a draft counts until the draft runs out.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.coupons import Coupon, CouponFilter
from studyspot.services.libraries.rules import SIBLING_AHEAD, Buyer

_COUPON = """c.id, c.code, c.description, c.kind, c.value, c.off_max, c.valid_from, c.valid_until, c.plan_ids,
    c.library_ids, c.uses_max, c.uses_each, c.is_for_new, c.is_active, u.used, u.given, c.version,
    c.created_at, c.updated_at"""
_COUPONS = """libraries.coupons c CROSS JOIN LATERAL (
        SELECT count(*) AS used, coalesce(sum(amount), 0)::bigint AS given FROM bookings.published_redemptions
        WHERE coupon_id = c.id AND (held_until IS NULL OR held_until > $1)
    ) u"""
_MATCHES = """c.deleted_at IS NULL AND ($2::boolean IS NULL OR c.is_active = $2)
    AND ($3::text IS NULL OR strpos(c.code, upper($3)) > 0)"""


async def list_coupons(
    tx: Connection, wanted: CouponFilter, *, now: datetime, offset: int, limit: int
) -> tuple[list[Coupon], int | None]:
    return await tx.page(
        Coupon,
        f"""
        SELECT {_COUPON}, (SELECT count(*) FROM libraries.coupons c WHERE {_MATCHES}) AS total
        FROM {_COUPONS} WHERE {_MATCHES} ORDER BY c.created_at DESC, c.id DESC OFFSET $4 LIMIT $5
        """,
        now,
        wanted.is_active,
        wanted.search,
        offset,
        limit,
    )


async def count_coupons(tx: Connection, wanted: CouponFilter, *, now: datetime) -> int:
    return int(
        await tx.value(
            f"SELECT count(*) FROM {_COUPONS} WHERE {_MATCHES}", now, wanted.is_active, wanted.search
        )
    )


async def find_coupon(tx: Connection, coupon_id: UUID, *, now: datetime) -> Coupon | None:
    return await tx.one(
        Coupon,
        f"SELECT {_COUPON} FROM {_COUPONS} WHERE c.id = $2 AND c.deleted_at IS NULL",
        now,
        coupon_id,
    )


async def find_coupon_by_code(tx: Connection, code: str, *, now: datetime) -> Coupon | None:
    return await tx.one(
        Coupon,
        f"SELECT {_COUPON} FROM {_COUPONS} WHERE c.code = upper($2) AND c.deleted_at IS NULL",
        now,
        code,
    )


async def lock_coupon(tx: Connection, coupon_id: UUID) -> None:
    """Nobody else changes it until the commit."""
    await tx.run("SELECT FROM libraries.coupons WHERE id = $1 FOR NO KEY UPDATE", coupon_id)


async def insert_coupon(tx: Connection, coupon: Coupon) -> None:
    await tx.run(
        """
        INSERT INTO libraries.coupons (
            id, code, description, kind, value, off_max, valid_from, valid_until, plan_ids, library_ids,
            uses_max, uses_each, is_for_new, is_active
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """,
        coupon.id,
        *_changeable(coupon),
    )


async def update_coupon(tx: Connection, coupon: Coupon) -> None:
    await tx.run(
        """
        UPDATE libraries.coupons SET code = $2, description = $3, kind = $4, value = $5, off_max = $6,
            valid_from = $7, valid_until = $8, plan_ids = $9, library_ids = $10, uses_max = $11,
            uses_each = $12, is_for_new = $13, is_active = $14, version = version + 1, updated_at = now()
        WHERE id = $1
        """,
        coupon.id,
        *_changeable(coupon),
    )


def _changeable(coupon: Coupon) -> tuple[object, ...]:
    return (
        coupon.code,
        coupon.description,
        coupon.kind,
        coupon.value,
        coupon.off_max,
        coupon.valid_from,
        coupon.valid_until,
        list(coupon.plan_ids),
        list(coupon.library_ids),
        coupon.uses_max,
        coupon.uses_each,
        coupon.is_for_new,
        coupon.is_active,
    )


async def delete_coupon(tx: Connection, coupon_id: UUID) -> None:
    await tx.run(
        "UPDATE libraries.coupons SET deleted_at = now(), version = version + 1 WHERE id = $1", coupon_id
    )


async def count_known_plans(tx: Connection, plan_ids: Sequence[UUID]) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM libraries.fee_plans WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL",
            list(plan_ids),
        )
    )


async def count_known_libraries(tx: Connection, library_ids: Sequence[UUID]) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM libraries.libraries WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL",
            list(library_ids),
        )
    )


async def find_buyer(tx: Connection, student_id: UUID, *, today: date) -> Buyer | None:
    """None when there is no such student. A sibling is a member today, or soon."""
    return await tx.one(
        Buyer,
        """
        SELECT NOT EXISTS (SELECT FROM bookings.published_sales WHERE student_id = p.id) AS is_new,
            EXISTS (
                SELECT FROM students.published_siblings s
                JOIN bookings.published_members m
                    ON m.student_id = s.sibling_id AND m.ends_on >= $2 AND m.starts_on <= $3
                WHERE s.student_id = p.id
            ) AS has_sibling,
            EXISTS (SELECT FROM students.published_referrals WHERE student_id = p.id) AS is_referred
        FROM students.published_students p WHERE p.id = $1 AND p.is_there
        """,
        student_id,
        today,
        today + SIBLING_AHEAD,
    )


async def count_own_uses(tx: Connection, coupon_id: UUID, student_id: UUID, *, now: datetime) -> int:
    return int(
        await tx.value(
            """
            SELECT count(*) FROM bookings.published_redemptions
            WHERE coupon_id = $1 AND student_id = $2 AND (held_until IS NULL OR held_until > $3)
            """,
            coupon_id,
            student_id,
            now,
        )
    )
