"""One-time codes and what they open: verified addresses, forgotten passwords.

Also changing a known password.
"""

import hashlib
import hmac
import secrets
from typing import Literal
from uuid import UUID

import phonenumbers

from studyspot.kernel import audit, clock
from studyspot.kernel.contract import Caller
from studyspot.kernel.database import Connection, Database
from studyspot.kernel.errors import Conflict, TooManyRequests, Unauthorized
from studyspot.kernel.outbox import Outbox
from studyspot.kernel.passwords import PasswordHasher
from studyspot.kernel.values import Email, Phone
from studyspot.services.auth import rules, store
from studyspot.services.auth.contract import Account, Channel, InvalidCredentials, NewPassword, WrongCode
from studyspot.services.auth.service.sessions import announce_ended

Purpose = Literal["verify_email", "verify_phone", "reset_password"]
VERIFY: dict[Channel, Purpose] = {"email": "verify_email", "phone": "verify_phone"}


class Codes:
    def __init__(
        self, control: Database, passwords: PasswordHasher, outbox: Outbox, *, secret: bytes
    ) -> None:
        self._control = control
        self._passwords = passwords
        self._outbox = outbox
        self._secret = secret

    async def change_password(self, caller: Caller, *, current: str, new: NewPassword) -> None:
        account_id = _account_of(caller)
        async with self._control.connection() as connection:
            secret = await store.find_secret_of(connection, account_id)
            account = await store.find_account(connection, account_id)
        if account is None or secret is None:
            raise Unauthorized("Sign in first.")
        if not await self._passwords.verify(secret.password_hash, current):
            raise InvalidCredentials("The current password is wrong.")
        rules.check_password(new, account.email, account.first_name)
        password_hash = await self._passwords.hash(new)
        await self._set_password(caller, account_id, password_hash, but_session=caller.session_id)

    async def forgot_password(self, caller: Caller, *, identifier: str, address: str = "") -> None:
        del caller, address
        # Answered before looking: how long that takes would tell whether there is such an account.
        self._outbox.soon(self._send_reset_code(identifier))

    async def _send_reset_code(self, identifier: str) -> None:
        email, phone = _parse(identifier)
        async with self._control.connection() as connection:
            account = await store.find_account_by(connection, email=email, phone=phone)
        destination = (email or phone) if account is not None and rules.may_reset(account, email) else None
        if account is None or destination is None:
            return
        try:
            await self._send(account, "reset_password", destination)
        except TooManyRequests:
            # Said to nobody: the refusal would tell that there is such an account.
            return

    async def reset_password(self, caller: Caller, *, identifier: str, code: str, new: NewPassword) -> None:
        email, phone = _parse(identifier)
        rules.check_password(new, email)
        # Hashed before looking, so that an unknown account takes as long as a known one.
        password_hash = await self._passwords.hash(new)
        async with self._control.connection() as connection:
            account = await store.find_account_by(connection, email=email, phone=phone)
        if account is None or not rules.may_reset(account, email):
            raise _wrong_code()
        address = await self._use(account.id, "reset_password", code)
        await self._set_password(caller, account.id, password_hash, proved=address)

    async def send_code(self, caller: Caller, *, channel: Channel) -> None:
        async with self._control.connection() as connection:
            account = await store.find_account(connection, _account_of(caller))
        destination = getattr(account, channel, None)
        if account is None or destination is None:
            raise Conflict(f"There is no {channel} to verify. Add one first.")
        if getattr(account, f"{channel}_verified"):
            raise Conflict(f"This {channel} is verified already.")
        await self._send(account, VERIFY[channel], destination)

    async def verify_code(self, caller: Caller, *, channel: Channel, code: str) -> None:
        account_id = _account_of(caller)
        address = await self._use(account_id, VERIFY[channel], code)
        async with self._control.transaction() as tx:
            await store.mark_verified(tx, account_id, address=address, at=clock.now())
            await audit.record(
                tx, caller, f"accounts:verify_{channel}", entity="account", entity_id=account_id
            )

    async def purge(self, caller: Caller) -> int:
        del caller
        now = clock.now()
        async with self._control.transaction() as tx:
            return await store.purge(
                tx,
                sessions_before=now - rules.SESSION_LIFE,
                codes_before=now - max(rules.CODE_WINDOW, rules.FAILURES_FORGOTTEN_AFTER),
            )

    async def _send(self, account: Account, purpose: Purpose, destination: str) -> None:
        now = clock.now()
        code = f"{secrets.randbelow(10**6):06}"
        async with self._control.transaction() as tx:
            known = await store.lock_code(tx, account.id, purpose)
            sent, window_started_at = 1, now
            if known is not None and now - known.window_started_at < rules.CODE_WINDOW:
                sent, window_started_at = known.sent_in_window + 1, known.window_started_at
                wait = known.sent_at + rules.CODE_RESEND_AFTER - now
                if sent > rules.CODES_PER_WINDOW:
                    wait = window_started_at + rules.CODE_WINDOW - now
                if wait.total_seconds() > 0:
                    seconds = int(wait.total_seconds()) + 1
                    raise TooManyRequests("A code was just sent. Wait a little.", retry_after_seconds=seconds)
            row = store.CodeRow(
                destination=destination,
                code_hash=self._hash(account.id, purpose, code),
                wrong_tries=0,
                sent_at=now,
                expires_at=now + rules.CODE_LIFE,
                sent_in_window=sent,
                window_started_at=window_started_at,
            )
            await store.replace_code(tx, account.id, purpose, row)
        minutes = int(rules.CODE_LIFE.total_seconds() // 60)
        self._outbox.deliver(
            to=destination,
            subject=purpose,
            text=f"Your StudySpot code is {code}. It is valid for {minutes} minutes.",
        )

    async def _use(self, account_id: UUID, purpose: Purpose, code: str) -> str:
        """Uses a code up and returns where it had been sent."""
        now = clock.now()
        async with self._control.transaction() as tx:
            known = await store.lock_code(tx, account_id, purpose)
            if known is None or known.expires_at <= now or known.wrong_tries >= rules.CODE_TRIES_MAX:
                raise _wrong_code()
            matches = hmac.compare_digest(known.code_hash, self._hash(account_id, purpose, code))
            await _settle(tx, account_id, purpose, matches=matches)
        if not matches:
            raise _wrong_code()
        return known.destination

    async def _set_password(
        self,
        caller: Caller,
        account_id: UUID,
        password_hash: str,
        *,
        but_session: str | None = None,
        proved: str | None = None,
    ) -> None:
        """`proved` is the address to which the code for it was sent.

        Whoever made the account with an address that only now is proved may have been somebody else, who
        would come back by the account's other address: that is taken off.
        """
        async with self._control.transaction() as tx:
            await store.set_password_hash(tx, account_id, password_hash)
            if proved is not None:
                if not await store.has_proved(tx, account_id, proved):
                    await store.leave_only(tx, account_id, address=proved)
                await store.mark_verified(tx, account_id, address=proved, at=clock.now())
            await audit.record(tx, caller, "accounts:change_password", entity="account", entity_id=account_id)
            but = UUID(but_session) if but_session else None
            await announce_ended(tx, await store.end_sessions_of(tx, account_id, clock.now(), but=but))

    def _hash(self, account_id: UUID, purpose: Purpose, code: str) -> bytes:
        """Keyed, and bound to account and purpose: six digits alone would be guessed at once."""
        return hmac.digest(self._secret, f"{account_id} {purpose} {code}".encode(), hashlib.sha256)


async def _settle(tx: Connection, account_id: UUID, purpose: Purpose, *, matches: bool) -> None:
    if matches:
        await store.use_code(tx, account_id, purpose, clock.now())
    else:
        await store.count_wrong_try(tx, account_id, purpose)


def _parse(identifier: str) -> tuple[str | None, str | None]:
    """An e-mail address or a phone number in canonical form; what is neither finds nobody."""
    parse = Email.parse if "@" in identifier else Phone.parse
    try:
        parsed = parse(identifier)
    except (ValueError, phonenumbers.NumberParseException):
        return None, None
    return (parsed, None) if isinstance(parsed, Email) else (None, parsed)


def _wrong_code() -> WrongCode:
    return WrongCode("The code is wrong or too old. Ask for a new one.")


def _account_of(caller: Caller) -> UUID:
    if caller.account_id is None:
        raise Unauthorized("Sign in first.")
    return caller.account_id
