"""Pure decisions of the auth room: what a role may do, how failures slow a sign-in down, what a password
needs.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from studyspot.services.auth.contract import Account, Portal, Role, WeakPassword

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=7)
SESSION_LIFE = timedelta(days=30)
"""However often it is refreshed, a session ends (ASVS 5.0, 10.4.8)."""
REFRESH_LEEWAY = timedelta(seconds=10)
"""For an answer that was lost on the way (RFC 9700 asks for reuse detection, not for punishing bad networks).
"""

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES_MAX = 5
CODE_RESEND_AFTER = timedelta(seconds=30)
CODE_WINDOW = timedelta(hours=1)
CODES_PER_WINDOW = 5

FREE_FAILURES = 5
BLOCK_MAX = timedelta(minutes=5)
"""Never for ever: that would let anybody lock anybody out."""
FAILURES_FORGOTTEN_AFTER = timedelta(hours=1)

_COMMON_PASSWORDS = frozenset(FREQUENCY_LISTS["passwords"])

_TENANT_ALL = (
    "students:*",
    "tickets:*",
    "leads:*",
    "libraries:*",
    "bookings:*",
    "attendance:*",
    "payments:*",
    "members:*",
    "id_images:*",
    "audit:read",
)
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "super_admin": ("*:*",),
    # Everything about tenants but closing one, which is a super admin's.
    "admin": (
        "tenants:read",
        "tenants:create",
        "tenants:update",
        "tenants:suspend",
        "subscriptions:*",
        "analytics:*",
        "users:read",
        "monitoring:read",
    ),
    "manager": ("tenants:read", "users:read", "tickets:*", "monitoring:read"),
    "support": ("tenants:read", "tickets:*", "monitoring:read"),
    "analyst": ("analytics:read", "reports:read"),
    "sales": ("tenants:read", "subscriptions:*"),
    "finance": ("payments:*", "subscriptions:read"),
    "owner@tenant": _TENANT_ALL,
    "manager@tenant": (
        "students:*",
        "tickets:*",
        "leads:*",
        "libraries:read",
        "libraries:update",
        "bookings:*",
        "attendance:*",
        "payments:*",
        "members:read",
    ),
    "staff@tenant": (
        "students:read",
        "tickets:*",
        "leads:*",
        "libraries:read",
        "bookings:*",
        "attendance:*",
        "payments:read",
        "payments:create",
        "payments:update",
    ),
    "student@tenant": (
        "libraries:read",
        "own_student:read",
        "own_student:update",
        "own_attendance:read",
        "own_attendance:record",
    ),
}
"""What each role may do.

A tenant's roles reach only their own tenant, so a platform right never stands there.
"""


def permissions_of(role: Role, *, in_tenant: bool, overrides: Mapping[str, bool]) -> list[str]:
    """The role's permissions with what was granted to this person, and behind a minus what was withheld.

    Sorted. What is withheld is named, for the role may give it by a `*`.
    """
    granted = set(PERMISSIONS[f"{role}@tenant" if in_tenant else role])
    granted |= {permission for permission, is_given in overrides.items() if is_given}
    withheld = {permission for permission, is_given in overrides.items() if not is_given}
    return sorted(granted - withheld | {f"-{permission}" for permission in withheld})


def portal_admits(portal: Portal | None, role: Role, *, in_tenant: bool) -> bool:
    """Each of the reference's login pages lets in its own kind of user; the plain one lets in everybody."""
    match portal:
        case None:
            return True
        case "admin":
            return not in_tenant
        case "student":
            return role == "student"
        case "owner":
            return in_tenant and role != "student"


def blocked_until(failures: int, at: datetime) -> datetime | None:
    """After five free failures the wait doubles from two seconds up to `BLOCK_MAX`."""
    if failures < FREE_FAILURES:
        return None
    return at + min(timedelta(seconds=2 ** min(failures - FREE_FAILURES + 1, 20)), BLOCK_MAX)


def may_reset(account: Account, email: str | None) -> bool:
    """Whether a code that goes to this e-mail address, or else to the phone, may set a new password.

    Once an address is proved, one that never was opens nothing: it may be a slip of the pen.
    """
    proved = account.email_verified if email is not None else account.phone_verified
    return account.is_active and (proved or not (account.email_verified or account.phone_verified))


def check_password(password: str, *personal: str | None) -> None:
    """Length is the schema's; here: no widely known password, and not the person's own name or address (NIST
    800-63B).

    :raises WeakPassword:
    """
    plain = password.lower()
    if plain in _COMMON_PASSWORDS or len(set(plain)) < 4:  # noqa: PLR2004 - "aaaaaaaa", "12121212"
        raise WeakPassword("This password is widely known. Choose another.")
    for word in personal:
        if word and len(word) > 3 and plain in {word.lower(), word.lower().partition("@")[0]}:  # noqa: PLR2004
            raise WeakPassword("Choose a password that is not your own name or address.")
