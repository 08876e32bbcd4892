"""SQL of fee plans."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from studyspot.kernel.audit import as_json
from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.plans import FeePlan, ShiftPrice, ZonePrice
from studyspot.services.libraries.store.branches import IN_A_LIBRARY

_PLAN = """id, library_id, name, description, kind, period, hours_a_day, price,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('shift_id', s.shift_id, 'price', s.price)
            ORDER BY s.shift_id), '[]')
        FROM libraries.plan_shift_prices s WHERE s.plan_id = fee_plans.id) AS shift_prices,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('zone_id', z.zone_id, 'extra', z.extra)
            ORDER BY z.zone_id), '[]')
        FROM libraries.plan_zone_prices z WHERE z.plan_id = fee_plans.id) AS zone_prices,
    registration_fee, deposit, late_fee, grace_days, tax_rate, is_tax_included, discount, sibling_rate,
    welcome_rate, referral_reward, is_active, is_popular, features, version, created_at, updated_at"""


class Named(msgspec.Struct, frozen=True):
    id: UUID
    name: str


async def list_plans(
    tx: Connection, library_id: UUID, *, is_active: bool | None, offset: int, limit: int
) -> tuple[list[FeePlan], int | None]:
    return await tx.page(
        FeePlan,
        f"""
        SELECT {_PLAN}, count(*) OVER () AS total FROM libraries.fee_plans
        WHERE library_id = $1 AND deleted_at IS NULL AND ($2::boolean IS NULL OR is_active = $2)
        ORDER BY is_popular DESC, lower(name), id OFFSET $3 LIMIT $4
        """,
        library_id,
        is_active,
        offset,
        limit,
    )


async def count_plans(tx: Connection, library_id: UUID, *, is_active: bool | None) -> int:
    return int(
        await tx.value(
            """
            SELECT count(*) FROM libraries.fee_plans
            WHERE library_id = $1 AND deleted_at IS NULL AND ($2::boolean IS NULL OR is_active = $2)
            """,
            library_id,
            is_active,
        )
    )


async def find_plan(tx: Connection, plan_id: UUID, *, for_update: bool = False) -> FeePlan | None:
    return await tx.one(
        FeePlan,
        f"""
        SELECT {_PLAN} FROM libraries.fee_plans WHERE id = $1 AND deleted_at IS NULL AND {IN_A_LIBRARY}
        {"FOR UPDATE" if for_update else ""}
        """,
        plan_id,
    )


async def insert_plan(tx: Connection, plan_id: UUID, plan: FeePlan) -> None:
    """Without what its shifts and zones cost."""
    await tx.run(
        """
        INSERT INTO libraries.fee_plans (
            id, library_id, kind, period, name, description, hours_a_day, price, registration_fee, deposit,
            late_fee, grace_days, tax_rate, is_tax_included, discount, sibling_rate, welcome_rate,
            referral_reward, is_active, is_popular, features
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $16, $17, $18, $19,
            $20, $21)
        """,
        plan_id,
        plan.library_id,
        plan.kind,
        plan.period,
        *_changeable(plan),
    )


async def update_plan(tx: Connection, plan: FeePlan) -> None:
    """Writes what may change over the row and raises its version, without what its shifts and zones cost."""
    await tx.run(
        """
        UPDATE libraries.fee_plans SET name = $2, description = $3, hours_a_day = $4, price = $5,
            registration_fee = $6, deposit = $7, late_fee = $8, grace_days = $9, tax_rate = $10,
            is_tax_included = $11, discount = $12::jsonb, sibling_rate = $13, welcome_rate = $14,
            referral_reward = $15, is_active = $16, is_popular = $17, features = $18,
            version = version + 1, updated_at = now()
        WHERE id = $1
        """,
        plan.id,
        *_changeable(plan),
    )


def _changeable(plan: FeePlan) -> tuple[object, ...]:
    return (
        plan.name,
        plan.description,
        plan.hours_a_day,
        plan.price,
        plan.registration_fee,
        plan.deposit,
        plan.late_fee,
        plan.grace_days,
        plan.tax_rate,
        plan.is_tax_included,
        as_json(plan.discount),
        plan.sibling_rate,
        plan.welcome_rate,
        plan.referral_reward,
        plan.is_active,
        plan.is_popular,
        list(plan.features),
    )


async def replace_prices(
    tx: Connection, plan_id: UUID, shifts: Sequence[ShiftPrice], zones: Sequence[ZonePrice]
) -> None:
    await tx.run("DELETE FROM libraries.plan_shift_prices WHERE plan_id = $1", plan_id)
    await tx.run("DELETE FROM libraries.plan_zone_prices WHERE plan_id = $1", plan_id)
    await tx.run(
        """
        INSERT INTO libraries.plan_shift_prices (plan_id, shift_id, price)
        SELECT $1, * FROM unnest($2::uuid[], $3::bigint[])
        """,
        plan_id,
        [one.shift_id for one in shifts],
        [one.price for one in shifts],
    )
    await tx.run(
        """
        INSERT INTO libraries.plan_zone_prices (plan_id, zone_id, extra)
        SELECT $1, * FROM unnest($2::uuid[], $3::bigint[])
        """,
        plan_id,
        [one.zone_id for one in zones],
        [one.extra for one in zones],
    )


async def delete_plan(tx: Connection, plan_id: UUID) -> None:
    await tx.run(
        "UPDATE libraries.fee_plans SET deleted_at = now(), version = version + 1 WHERE id = $1", plan_id
    )


async def find_shift_names(tx: Connection, library_id: UUID, shift_ids: Sequence[UUID]) -> list[Named]:
    return await tx.all(
        Named,
        """
        SELECT id, name FROM libraries.shifts
        WHERE library_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL
        """,
        library_id,
        list(shift_ids),
    )


async def find_zone_names(tx: Connection, library_id: UUID, zone_ids: Sequence[UUID]) -> list[Named]:
    return await tx.all(
        Named,
        """
        SELECT id, name FROM libraries.zones
        WHERE library_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL
        """,
        library_id,
        list(zone_ids),
    )
