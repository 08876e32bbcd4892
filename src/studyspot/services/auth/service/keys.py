"""Signing keys: made, published before use, rotated, encrypted at rest."""

from datetime import timedelta
from typing import Any

import msgspec
from joserfc.jwk import OKPKey

from studyspot.kernel import audit, clock
from studyspot.kernel.announcements import announce
from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Database
from studyspot.kernel.ids import new_id
from studyspot.kernel.tokens import ALGORITHM, KEYS_TOPIC
from studyspot.kernel.vault import Vault
from studyspot.services.auth import rules, store

PUBLISHED_BEFORE_USE = timedelta(minutes=1)
CACHED = timedelta(seconds=30)


class Keys:
    def __init__(self, control: Database, vault: Vault) -> None:
        self._control = control
        self._vault = vault
        self._signing: tuple[OKPKey, float] | None = None

    async def public_keys(self, caller: Caller) -> dict[str, Any]:
        del caller
        async with self._control.connection() as connection:
            rows = await store.find_signing_keys(connection)
        newest_in_use = next((row for row in rows if row.active_from <= clock.now()), None)
        # Older keys stay published until the last token they signed is dead.
        dead_before = clock.now() - 2 * rules.ACCESS_TOKEN_LIFE
        alive = [
            row
            for row in rows
            if newest_in_use is None
            or row.active_from >= newest_in_use.active_from
            or newest_in_use.active_from > dead_before
        ]
        return {"keys": [msgspec.json.decode(row.public_key) for row in alive]}

    async def rotate_keys(self, caller: Caller) -> str:
        async with self._control.transaction() as tx:
            await store.lock_signing_keys(tx)
            is_first = not await store.find_signing_keys(tx)
            key_id = await self._insert(tx, wait=timedelta() if is_first else PUBLISHED_BEFORE_USE)
            await audit.record(
                tx, caller, "signing_keys:rotate", entity="signing_key", entity_id=None, after={"id": key_id}
            )
        self._signing = None
        return key_id

    async def signing_key(self) -> OKPKey:
        """The key to sign with now; the very first is made here."""
        now = clock.now()
        if self._signing is not None and now.timestamp() < self._signing[1]:
            return self._signing[0]
        async with self._control.transaction() as tx:
            rows = await store.find_signing_keys(tx)
            if not rows:
                await store.lock_signing_keys(tx)
                rows = await store.find_signing_keys(tx)
                if not rows:
                    await self._insert(tx, wait=timedelta())
                    rows = await store.find_signing_keys(tx)
        row = next((row for row in rows if row.active_from <= clock.now()), rows[-1])
        key = OKPKey.import_key(self._vault.decrypt(row.private_key), parameters={"kid": row.id})
        self._signing = (key, (now + CACHED).timestamp())
        return key

    async def _insert(self, tx: Any, *, wait: timedelta) -> str:
        key_id = new_id().hex
        key = OKPKey.generate_key("Ed25519", parameters={"kid": key_id, "alg": ALGORITHM, "use": "sig"})
        public = msgspec.json.encode(key.as_dict(private=False)).decode()
        encrypted = self._vault.encrypt(key.as_pem(private=True))
        await store.insert_signing_key(tx, store.SigningKeyRow(key_id, encrypted, public, clock.now() + wait))
        await announce(tx, KEYS_TOPIC, key_id)
        return key_id
