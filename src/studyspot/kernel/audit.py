"""The audit trail: who changed what, before and after, in the same transaction and database as the change.

Both kinds of database have the table `audit.entries`; the application's role may add to it and read it, no
more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection
from studyspot.kernel.ids import AccountId, new_id
from studyspot.kernel.validation import encode_hook


class AuditEntry(msgspec.Struct, frozen=True):
    """One recorded change. `before` and `after` hold the changed object, without secrets."""

    id: UUID
    at: datetime
    account_id: AccountId | None
    role: str
    action: str
    entity: str
    entity_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str


ENTRY_COLUMNS = "id, at, account_id, role, action, entity, entity_id, before, after, request_id"


async def record(
    tx: Connection,
    caller: Caller,
    action: str,
    *,
    entity: str,
    entity_id: UUID | None,
    before: msgspec.Struct | dict[str, Any] | None = None,
    after: msgspec.Struct | dict[str, Any] | None = None,
) -> None:
    """Adds one entry. `action` is `resource:verb`, as in `students:update`."""
    await tx.run(
        """
        INSERT INTO audit.entries (id, account_id, role, action, entity, entity_id, before, after, request_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9)
        """,
        new_id(),
        caller.account_id,
        caller.role,
        action,
        entity,
        entity_id,
        as_json(before),
        as_json(after),
        caller.request_id,
    )


class Recorded(msgspec.Struct, frozen=True):
    """One of many changes that are recorded together."""

    entity_id: UUID
    before: msgspec.Struct | None
    after: msgspec.Struct | None


async def record_many(
    tx: Connection, caller: Caller, action: str, *, entity: str, changes: Sequence[Recorded]
) -> None:
    """Adds an entry for each change, in one statement."""
    await tx.run(
        """
        INSERT INTO audit.entries (id, account_id, role, action, entity, entity_id, before, after, request_id)
        SELECT id, $2, $3, $4, $5, entity_id, before, after, $6
        FROM jsonb_to_recordset($1::jsonb) AS c (id uuid, entity_id uuid, before jsonb, after jsonb)
        """,
        as_json([{"id": new_id(), **msgspec.structs.asdict(change)} for change in changes]),
        caller.account_id,
        caller.role,
        action,
        entity,
        caller.request_id,
    )


def as_json(value: object) -> str | None:
    """The text of a jsonb argument."""
    return None if value is None else msgspec.json.encode(value, enc_hook=encode_hook).decode()
