"""The promises of the auth room, kept by one class per group of use cases and gathered here."""

from studyspot.kernel.database import Database
from studyspot.kernel.outbox import Outbox
from studyspot.kernel.passwords import PasswordHasher
from studyspot.kernel.vault import Vault
from studyspot.services.auth.service.accounts import Accounts
from studyspot.services.auth.service.codes import Codes
from studyspot.services.auth.service.keys import Keys
from studyspot.services.auth.service.sessions import Sessions


class AuthService:
    """Everything `contract.Auth` promises."""

    def __init__(
        self,
        control: Database,
        passwords: PasswordHasher,
        vault: Vault,
        outbox: Outbox,
        *,
        issuer: str,
    ) -> None:
        secret = vault.derive("auth")
        keys = Keys(control, vault)
        accounts = Accounts(control, passwords, outbox)
        sessions = Sessions(control, passwords, keys, issuer=issuer, secret=secret)
        codes = Codes(control, passwords, outbox, secret=secret)

        self.ensure_account = accounts.ensure_account
        self.find_or_create_account = accounts.find_or_create_account
        self.invite = accounts.invite
        self.get_accounts = accounts.get_accounts
        self.change_account = accounts.change_account
        self.change_me = accounts.change_me
        self.set_password = accounts.set_password
        self.end_sessions = accounts.end_sessions
        self.forget_account = accounts.forget_account
        self.permissions_of = sessions.permissions_of
        self.open_session = sessions.open_session
        self.sign_in = sessions.sign_in
        self.refresh = sessions.refresh
        self.sign_out = sessions.sign_out
        self.list_sessions = sessions.list_sessions
        self.get_me = sessions.get_me
        self.change_password = codes.change_password
        self.forgot_password = codes.forgot_password
        self.reset_password = codes.reset_password
        self.send_code = codes.send_code
        self.verify_code = codes.verify_code
        self.public_keys = keys.public_keys
        self.rotate_keys = keys.rotate_keys
        self.revoked_sessions = sessions.revoked_sessions
        self.purge = codes.purge
