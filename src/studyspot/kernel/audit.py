"""The audit trail: who changed what, before and after, in the same transaction and database as the change.

Both kinds of database have the table `audit.entries`; the application's role may add to it and read it, no
more. When a change is committed its entries are linked into a chain of hashes (`audit.links`, by a trigger),
so that whoever changes one behind the application's back is found by `verify`.
"""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal
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


FAULTS_MAX = 100
"""So many are named."""
LINKS_MAX = 50_000
"""So many are walked along at once: about a second."""


class TrailFault(msgspec.Struct, frozen=True):
    """The link or the entry is gone; the entry is another than it was, says that it is older than it is, or
    came without a link; or another hash was known for that link.
    """

    fault: Literal[
        "link_missing", "entry_missing", "entry_changed", "entry_late", "entry_unlinked", "hash_unknown"
    ]
    sequence: int | None
    entry_id: UUID | None


class TrailCheck(msgspec.Struct, frozen=True):
    """What was found along the chain from a link up to `sequence`, whose `hash` stands for everything before:
    noted elsewhere, it shows later that nobody has cut it or made a new one. `forgotten` entries are about
    students who are erased, and empty.
    """

    sequence: int
    hash: str | None
    is_complete: bool
    forgotten: int
    faults: list[TrailFault]


class _Walked(msgspec.Struct, frozen=True):
    sequence: int
    hash: str | None
    forgotten: int
    is_complete: bool


async def verify(
    tx: Connection, *, after: int = 0, links_max: int = LINKS_MAX, noted: tuple[int, str] | None = None
) -> TrailCheck:
    """Walks along the chain behind that link. `noted` are the sequence and the hash of an earlier one."""
    await tx.run("SELECT audit.link_left_behind($1)", links_max)
    walked = await tx.one(
        _Walked,
        """
        SELECT coalesce(max(sequence), $1) AS sequence,
            (SELECT encode(hash, 'hex') FROM audit.links
                WHERE sequence <= $1 + $2 ORDER BY sequence DESC LIMIT 1) AS hash,
            count(*) FILTER (WHERE salt IS NULL) AS forgotten,
            coalesce(max(sequence), $1) >= coalesce((SELECT max(sequence) FROM audit.links), 0) AS is_complete
        FROM audit.links WHERE sequence > $1 AND sequence <= $1 + $2
        """,
        after,
        links_max,
    )
    assert walked is not None  # noqa: S101 - an aggregate has a row
    faults = await tx.all(
        TrailFault,
        "SELECT fault, sequence, entry_id FROM audit.faults($1, $2) LIMIT $3",
        after,
        links_max,
        FAULTS_MAX,
    )
    if after and not await tx.value("SELECT EXISTS (SELECT FROM audit.links WHERE sequence = $1)", after):
        faults.append(TrailFault("link_missing", after, None))
    if noted is not None:
        sequence, known = noted
        found = await tx.value("SELECT encode(hash, 'hex') FROM audit.links WHERE sequence = $1", sequence)
        if found != known:
            faults.append(TrailFault("hash_unknown", sequence, None))
    if walked.is_complete:
        unlinked = await tx.column("SELECT audit.unlinked($1)", FAULTS_MAX)
        faults.extend(TrailFault("entry_unlinked", None, entry_id) for entry_id in unlinked)
    return TrailCheck(walked.sequence, walked.hash, walked.is_complete, walked.forgotten, faults)


async def verify_whole(
    open_transaction: Callable[[], contextlib.AbstractAsyncContextManager[Connection]],
) -> TrailCheck:
    """The whole chain of a database, in as many transactions as it takes."""
    after, forgotten, faults = 0, 0, []
    while True:
        async with open_transaction() as tx:
            part = await verify(tx, after=after)
        forgotten += part.forgotten
        faults += part.faults
        if part.is_complete:
            return msgspec.structs.replace(part, forgotten=forgotten, faults=faults)
        after = part.sequence


def as_json(value: object) -> str | None:
    """The text of a jsonb argument."""
    return None if value is None else msgspec.json.encode(value, enc_hook=encode_hook).decode()
