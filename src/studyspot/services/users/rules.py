"""Pure decisions of the users room: who may give which role to whom."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

import msgspec

from studyspot.kernel.contract import Caller
from studyspot.kernel.errors import InsufficientPermissions
from studyspot.services.users.contract import NewPlatformUser, NotYourself

_PLATFORM_RANK = {"system": 4, "super_admin": 3, "admin": 2, "manager": 1}
_TENANT_RANK = {"student": 0, "staff": 1, "manager": 2, "owner": 3}
_WITHHELD, _AS_THE_ROLE, _GRANTED = range(3)
_LATIN_ACCENTS_AND_NUKTA = re.compile("[\u0300-\u036f\u093c]")


def check_platform_role(caller: Caller, role: str) -> None:
    """Nobody gives a role above their own, or touches somebody who has one. :raises
    InsufficientPermissions:
    """
    if _PLATFORM_RANK.get(role, 0) > _PLATFORM_RANK.get(caller.role, 0):
        raise InsufficientPermissions("Only a colleague of that rank can give or change this role.")


def check_covers(caller: Caller, permissions: Sequence[str]) -> None:
    """:raises InsufficientPermissions: when these are more than the caller's own."""
    other = msgspec.structs.replace(caller, permissions=frozenset(permissions))
    granted = [one for one in permissions if not one.startswith("-")]
    withheld = [one[1:] for one in caller.permissions if one.startswith("-")]
    if not all(map(caller.may, granted)) or any(map(other.may, withheld)):
        raise InsufficientPermissions("This colleague may do more than you: ask somebody who may as much.")


def check_overrides(caller: Caller, before: Mapping[str, bool], after: Mapping[str, bool]) -> None:
    """Nobody grants, or stops withholding, what they may not do themselves.

    :raises InsufficientPermissions:
    """
    for permission in sorted(before.keys() | after.keys()):
        if _level(after.get(permission)) > _level(before.get(permission)) and not caller.may(permission):
            raise InsufficientPermissions(f"You cannot give the permission {permission}: you do not have it.")


def _level(is_given: bool | None) -> int:
    return _AS_THE_ROLE if is_given is None else _GRANTED if is_given else _WITHHELD


def check_tenant_role(caller: Caller, role: str) -> None:
    """No member gives a role above their own; the platform's staff, who name the tenant, may.

    :raises InsufficientPermissions:
    """
    is_member = caller.role in _TENANT_RANK and not caller.names_tenant
    if is_member and _TENANT_RANK[role] > _TENANT_RANK[caller.role]:
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


def fold(text: str) -> str:
    """What a search compares: without case, Latin accents and the Devanagari dot."""
    return _LATIN_ACCENTS_AND_NUKTA.sub("", unicodedata.normalize("NFD", text.casefold()))
