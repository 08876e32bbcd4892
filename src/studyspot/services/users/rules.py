"""Pure decisions of the users room: who may give which role to whom."""

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import InsufficientPermissions
from studyspot.services.users.contract import NewPlatformUser, NotYourself

_TENANT_RANK = {"student": 0, "staff": 1, "manager": 2, "owner": 3}


def check_platform_role(caller: Caller, role: str) -> None:
    """Only a super admin (or the platform itself) makes or changes a super admin.

    :raises InsufficientPermissions:
    """
    if role == "super_admin" and caller.role not in {"super_admin", "system"}:
        raise InsufficientPermissions("Only a super admin can give or change this role.")


def check_tenant_role(caller: Caller, role: str) -> None:
    """Nobody gives a role above their own. :raises InsufficientPermissions:"""
    rank = (
        _TENANT_RANK.get(caller.role, len(_TENANT_RANK))
        if caller.tenant_id and not caller.names_tenant
        else 99
    )
    if _TENANT_RANK[role] > rank:
        raise InsufficientPermissions("You cannot give a role above your own.")


def check_not_self(caller: Caller, account_id: object) -> None:
    """:raises NotYourself:"""
    if caller.account_id == account_id:
        raise NotYourself("Ask a colleague: nobody can do this to their own account.")


def split_name(user: NewPlatformUser) -> tuple[str, str | None]:
    """First and last name; a single `name` is split at its first space."""
    if user.first_name is not None:
        return user.first_name, user.last_name
    first, _, last = (user.name or "").partition(" ")
    return first, last.strip() or user.last_name
