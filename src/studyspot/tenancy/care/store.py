"""Where backups are kept: a local folder or S3-compatible storage, by the same code.

`<tenant>/<name>.dump` is the dump, `<tenant>/<name>.json` its manifest, written when the dump is safe.
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

import msgspec
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from studyspot.kernel.errors import NotFound, Refusal, Unavailable
from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care.manifests import Manifest

if TYPE_CHECKING:
    from obstore.store import S3Config  # known to type checkers alone

PART_BYTES = 8 * 2**20
"""S3 takes 10,000 parts: 80 GB in one backup."""
PARTS_AT_ONCE = 2
PIECE_BYTES = 2**20
ORPHANED_AFTER = timedelta(days=1)
"""A dump without a manifest may still be on its way for so long."""
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


class BackupStore:
    """All backups of all tenants."""

    def __init__(self, place: Path | S3) -> None:
        self._place = place

    async def write_dump(self, tenant_id: TenantId, name: str, pieces: AsyncIterator[bytes]) -> Written:
        """Whole or not at all, with bounded memory. It is no backup before its manifest is there."""
        path, digest, size = _dump(tenant_id, name), hashlib.sha256(), 0

        async def digested() -> AsyncIterator[bytes]:
            nonlocal size
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        with _refusals():
            await obstore.put_async(
                self._objects, path, digested(), chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
        await self._make_durable(path)
        return Written(size, digest.hexdigest())

    async def write_manifest(self, manifest: Manifest) -> None:
        path = _manifest(manifest.tenant_id, manifest.name)
        with _refusals():
            await obstore.put_async(
                self._objects, path, msgspec.json.format(msgspec.json.encode(manifest), indent=1)
            )
        await self._make_durable(path)

    async def backups(self, tenant_id: TenantId) -> list[Manifest]:
        """Newest first. One whose manifest cannot be read is left out, and logged."""
        found = []
        for path in await self._paths(tenant_id):
            if path.endswith(".json"):
                try:
                    found.append(msgspec.json.decode(await self._read_whole(path), type=Manifest))
                except msgspec.DecodeError as problem:
                    log.warning("backup_manifest_unreadable", path=path, problem=repr(problem))
        return sorted(found, key=lambda one: one.taken_at, reverse=True)

    async def find(self, tenant_id: TenantId, name: str | None) -> Manifest:
        """That of this name, else the newest.

        :raises NotFound: when there is none. :raises BackupDamaged: for one that is another tenant's.
        """
        for manifest in await self.backups(tenant_id):
            if name in {None, manifest.name}:
                if manifest.tenant_id != tenant_id:
                    raise BackupDamaged(f"{manifest.name} is the backup of another library: {manifest.slug}.")
                return manifest
        raise NotFound("There is no such backup. `studyspot tenants backups` lists those there are.")

    async def read_dump(self, manifest: Manifest) -> AsyncIterator[bytes]:
        """:raises BackupDamaged: at the end, when it was not what had been written."""
        digest = hashlib.sha256()
        async for piece in self._read(_dump(manifest.tenant_id, manifest.name)):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != manifest.sha256:
            raise BackupDamaged(f"The backup {manifest.name} was changed since it was taken: choose another.")

    async def delete(self, manifest: Manifest) -> None:
        """The manifest first: a dump that stays behind is an orphan, and is removed as such."""
        await self._delete(_manifest(manifest.tenant_id, manifest.name))
        await self._delete(_dump(manifest.tenant_id, manifest.name))

    async def delete_orphans(self, tenant_id: TenantId, *, now: datetime) -> int:
        """Removes what was left by those who were killed over a backup or over its deletion."""
        paths = await self._paths(tenant_id)
        orphans = [
            path
            for path, changed_at in paths.items()
            if path.endswith(".dump")
            and path.removesuffix(".dump") + ".json" not in paths
            and now - changed_at > ORPHANED_AFTER
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
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
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

    async def _paths(self, tenant_id: TenantId) -> dict[str, datetime]:
        with _refusals():
            found = await obstore.list(self._objects, str(tenant_id)).collect_async()
        return {one["path"]: one["last_modified"] for one in found}

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

    async def _make_durable(self, path: str) -> None:
        """A bucket is. A local file only when it and its folder were flushed."""
        if isinstance(self._place, Path):
            await asyncio.to_thread(_flush, self._place / path)

    def _delete_drafts(self, tenant_id: TenantId, now: datetime) -> int:
        """The library writes `x.dump#1` first; it lists none of these. (Of a bucket they are unfinished
        multipart uploads, for which a bucket has a rule of its own.)
        """
        if not isinstance(self._place, Path):
            return 0
        oldest = (now - ORPHANED_AFTER).timestamp()
        drafts = [one for one in (self._place / str(tenant_id)).glob("*#*") if one.stat().st_mtime < oldest]
        for draft in drafts:
            draft.unlink(missing_ok=True)
        return len(drafts)


def _dump(tenant_id: TenantId, name: str) -> str:
    return f"{tenant_id}/{name}.dump"


def _manifest(tenant_id: TenantId, name: str) -> str:
    return f"{tenant_id}/{name}.json"


def _flush(path: Path) -> None:
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
