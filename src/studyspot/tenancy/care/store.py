"""Where backups are kept: a local folder or S3-compatible storage, by the same code.

`<tenant>/<name>.dump` is the dump, `<tenant>/<name>.json` its manifest, written when the dump is safe. Those
of the control database lie in `control/`. What else is there, whoever wrote it, is left alone.
"""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from studyspot.kernel.errors import NotFound, Refusal, Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care.manifests import Manifest, NotOurs, Seal, folder_of

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import S3Config  # known to type checkers alone

PART_BYTES = 8 * 2**20
"""S3 takes 10,000 parts: 80 GB in one backup."""
PARTS_AT_ONCE = 2
PIECE_BYTES = 2**20
ORPHANED_AFTER = timedelta(days=1)
"""A dump without a manifest may still be on its way for so long."""
MANIFEST_BYTES_MAX = 16 * 2**20
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
log = structlog.get_logger(__name__)


class StoreUnavailable(Unavailable):
    """The folder or the bucket does not answer, or refuses."""


class BackupDamaged(Refusal):
    """It is not what was written, or not this tenant's."""


class S3(NamedTuple):
    """A bucket, or a part of one. `endpoint` is that of another provider than Amazon."""

    bucket: str
    prefix: str
    region: str
    key: str
    secret: str
    endpoint: str | None


class Written(NamedTuple):
    bytes: int
    sha256: str


class Shelf(NamedTuple):
    """What lies in one folder: its backups, newest first, and the names of manifests that cannot be believed,
    which are followed nowhere. `signed_before` are those backups that an older key has signed.
    """

    backups: list[Manifest]
    refused: list[str]
    signed_before: list[Manifest]


class BackupStore:
    """All backups of all tenants and of the control database, whose id is None here."""

    def __init__(self, place: Path | S3, seal: Seal) -> None:
        self._place = place
        self._seal = seal

    async def write_dump(
        self, tenant_id: TenantId | None, name: str, pieces: AsyncIterator[bytes]
    ) -> Written:
        """Whole or not at all, with bounded memory. It is no backup before its manifest is there."""
        path, digest, size = _dump(tenant_id, name), hashlib.sha256(), 0

        async def digested() -> AsyncIterator[bytes]:
            nonlocal size
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        with _refusals():
            self._close_to_others(path)
            await obstore.put_async(
                self._objects, path, digested(), chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
            await self._make_durable(path)
        return Written(size, digest.hexdigest())

    async def write_manifest(self, manifest: Manifest) -> None:
        path = _manifest(manifest.tenant_id, manifest.name)
        with _refusals():
            self._close_to_others(path)
            await obstore.put_async(self._objects, path, self._seal.sign(manifest))
            await self._make_durable(path)

    async def backups(self, tenant_id: TenantId | None) -> list[Manifest]:
        """Newest first."""
        return (await self.shelf(tenant_id)).backups

    async def shelf(self, tenant_id: TenantId | None) -> Shelf:
        """A manifest counts in its own tenant's folder under its own name, and nowhere else."""
        shelf = Shelf([], [], [])
        for path, found in (await self._files(tenant_id)).items():
            if path.endswith(".json"):
                name = path.removeprefix(f"{folder_of(tenant_id)}/").removesuffix(".json")
                try:
                    if found["size"] > MANIFEST_BYTES_MAX:
                        raise NotOurs("This is too long for a manifest.")
                    manifest, is_current = self._seal.read(await self._read_whole(path))
                    if (manifest.tenant_id, manifest.name) != (tenant_id, name):
                        raise NotOurs("This is the manifest of another backup.")
                except Refusal as problem:
                    if isinstance(problem, Unavailable):
                        raise
                    log.warning("backup_manifest_refused", path=path, problem=problem.message)
                    shelf.refused.append(name)
                    continue
                shelf.backups.append(manifest)
                if not is_current:
                    shelf.signed_before.append(manifest)
        shelf.backups.sort(key=lambda one: one.taken_at, reverse=True)
        return shelf

    async def find(self, tenant_id: TenantId | None, name: str | None, *, now: datetime) -> Manifest:
        """That of this name, else the newest.

        :raises NotFound: when there is none. :raises BackupDamaged: when its manifest cannot be believed, or
        when it is not known which is the newest: for a newer one that cannot be, or is of a time to come.
        """
        shelf = await self.shelf(tenant_id)
        if name in shelf.refused:
            raise BackupDamaged(f"The manifest of {name} was not written by this platform for this library.")
        known = [one for one in shelf.backups if name in {None, one.name}]
        if name is None:
            _check_newest(shelf, now)
        if not known:
            raise NotFound("There is no such backup. `studyspot tenants backups` lists those there are.")
        return known[0]

    async def read_dump(
        self, manifest: Manifest, *, checked: list[bytes] | None = None
    ) -> AsyncIterator[bytes]:
        """In even pieces. `checked` are their digests from when all of it was read before: what has changed
        since does not come.

        :raises BackupDamaged: at the end, when it was not what had been written.
        """
        digest, at = hashlib.sha256(), 0
        damaged = BackupDamaged(f"The backup {manifest.name} was changed since it was taken: choose another.")
        async for piece in _evenly(self._read(_dump(manifest.tenant_id, manifest.name))):
            if checked is not None and checked[at : at + 1] != [digest_of(piece)]:
                raise damaged
            digest.update(piece)
            at += 1
            yield piece
        if digest.hexdigest() != manifest.sha256:
            raise damaged

    async def delete(self, manifest: Manifest) -> None:
        """The manifest first: a dump that stays behind is an orphan, and is removed as such."""
        await self._delete(_manifest(manifest.tenant_id, manifest.name))
        await self._delete(_dump(manifest.tenant_id, manifest.name))

    async def delete_orphans(self, tenant_id: TenantId | None, *, now: datetime) -> int:
        """Removes what was left by those who were killed over a backup or over its deletion."""
        files = await self._files(tenant_id)
        orphans = [
            path
            for path, found in files.items()
            if path.endswith(".dump")
            and path.removesuffix(".dump") + ".json" not in files
            and now - found["last_modified"] > ORPHANED_AFTER
        ]
        for path in orphans:
            await self._delete(path)
        return len(orphans) + await asyncio.to_thread(self._delete_drafts, tenant_id, now)

    async def tenants(self) -> list[TenantId]:
        """All who have something here."""
        with _refusals():
            found = await obstore.list_with_delimiter_async(self._objects)
        known = []
        for folder in found["common_prefixes"]:
            with contextlib.suppress(ValueError):  # somebody else's folder
                known.append(TenantId(UUID(folder.rstrip("/").rpartition("/")[2])))
        return known

    @cached_property
    def _objects(self) -> ObjectStore:
        if isinstance(self._place, Path):
            with _refusals():
                _make_private(self._place)
                return LocalStore(self._place)
        bucket, prefix, region, key, secret, endpoint = self._place
        config: S3Config = {"region": region, "access_key_id": key, "secret_access_key": secret}
        if endpoint is not None:
            config["endpoint"] = endpoint
        return S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={"allow_http": True},  # only an endpoint that says so is reached without TLS
            retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=60)},
        )

    async def _files(self, tenant_id: TenantId | None) -> dict[str, "ObjectMeta"]:
        """By their paths."""
        with _refusals():
            found = await obstore.list(self._objects, folder_of(tenant_id)).collect_async()
        return {one["path"]: one for one in found}

    async def _read_whole(self, path: str) -> bytes:
        return b"".join([piece async for piece in self._read(path)])

    async def _read(self, path: str) -> AsyncIterator[bytes]:
        with _refusals():
            try:
                found = await obstore.get_async(self._objects, path)
            except FileNotFoundError:
                raise BackupDamaged("A part of this backup is missing: choose another.") from None
            async for piece in found.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    async def _delete(self, path: str) -> None:
        with _refusals(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._objects, path)

    def _close_to_others(self, path: str) -> None:
        """A local folder, before anything is in it. Who may read a bucket is the bucket's business."""
        if isinstance(self._place, Path):
            folder = (self._place / path).parent
            _make_private(self._place)
            _make_private(folder)
            folder.chmod(PRIVATE_FOLDER)  # it may have been there

    async def _make_durable(self, path: str) -> None:
        """A bucket is. A local file only when it and its folder were flushed."""
        if isinstance(self._place, Path):
            await asyncio.to_thread(_flush, self._place / path)

    def _delete_drafts(self, tenant_id: TenantId | None, now: datetime) -> int:
        """The library writes `x.dump#1` first; it lists none of these. (Of a bucket they are unfinished
        multipart uploads, for which a bucket has a rule of its own.)
        """
        if not isinstance(self._place, Path):
            return 0
        oldest = (now - ORPHANED_AFTER).timestamp()
        drafts = [
            one for one in (self._place / folder_of(tenant_id)).glob("*#*") if one.stat().st_mtime < oldest
        ]
        for draft in drafts:
            draft.unlink(missing_ok=True)
        return len(drafts)


def _check_newest(shelf: Shelf, now: datetime) -> None:
    newest = shelf.backups[0].name if shelf.backups else ""
    unsure = [name for name in shelf.refused if name.partition("-")[0] >= newest.partition("-")[0]]
    unsure += [one.name for one in shelf.backups if one.taken_at > now]
    if unsure:
        raise BackupDamaged(
            f"Which backup is the newest is not known: the manifest of {max(unsure)} cannot be read, is not"
            " ours or is of a time to come. Name the one that you want with --backup."
        )


def digest_of(piece: bytes) -> bytes:
    return hashlib.sha256(piece).digest()


async def _evenly(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = bytearray()
    async for piece in pieces:
        rest += piece
        while len(rest) >= PIECE_BYTES:
            yield bytes(rest[:PIECE_BYTES])
            del rest[:PIECE_BYTES]
    if rest:
        yield bytes(rest)


def _dump(tenant_id: TenantId | None, name: str) -> str:
    return f"{folder_of(tenant_id)}/{name}.dump"


def _manifest(tenant_id: TenantId | None, name: str) -> str:
    return f"{folder_of(tenant_id)}/{name}.json"


def _make_private(folder: Path) -> None:
    """Whatever the umask. One that is there is left as it is."""
    if not folder.exists():
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)


def _flush(path: Path) -> None:
    path.chmod(PRIVATE_FILE)
    for one in (path, path.parent, path.parent.parent):
        opened = os.open(one, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as problem:
        log.warning("backup_store_failed", problem=str(problem).partition("\n")[0])
        raise StoreUnavailable(
            "The store of backups does not answer, or refuses; the log says why."
        ) from problem
