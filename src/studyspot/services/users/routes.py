"""HTTP for the users room."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from studyspot.kernel.audit import AuditEntry
from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Listing, Success, listing
from studyspot.kernel.http.parameters import Asker, Limit, Page, Search
from studyspot.kernel.ids import AccountId
from studyspot.services.auth.contract import NewPassword, PlatformRole
from studyspot.services.users.contract import (
    Department,
    Member,
    MemberChange,
    NewMember,
    NewPlatformUser,
    PlatformUser,
    PlatformUserChange,
    PlatformUserFilter,
    Users,
)

Door = NamedDependency[SkipValidation[Users]]


class PasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    password: NewPassword


@get("/", opt=permit("users:read"))
async def list_platform_users(
    caller: Asker,
    users: Door,
    role: FromQuery[PlatformRole | None] = None,
    department: FromQuery[Department | None] = None,
    status: FromQuery[Literal["active", "inactive"] | None] = None,
    search: Search = None,
    page: Page = 1,
    limit: Limit = 20,
) -> Listing[PlatformUser]:
    """The operator's staff, newest first."""
    wanted = PlatformUserFilter(role=role, department=department, status=status, search=search)
    found = await users.list_platform_users(caller, filter=wanted, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{user_id:uuid}", opt=permit("users:read"))
async def get_platform_user(caller: Asker, users: Door, user_id: FromPath[UUID]) -> Success[PlatformUser]:
    return Success(await users.get_platform_user(caller, account_id=AccountId(user_id)))


@get("/{user_id:uuid}/activity", opt=permit("users:read"))
async def list_activity(
    caller: Asker, users: Door, user_id: FromPath[UUID], page: Page = 1, limit: Limit = 50
) -> Listing[AuditEntry]:
    """What this person did on the platform, newest first."""
    found = await users.list_activity(caller, account_id=AccountId(user_id), page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@post("/", opt=permit("users:create"))
async def create_platform_user(
    caller: Asker, users: Door, data: JSONBody[NewPlatformUser]
) -> Success[PlatformUser]:
    return Success(await users.create_platform_user(caller, user=data))


@put("/{user_id:uuid}", opt=permit("users:update"))
async def change_platform_user(
    caller: Asker, users: Door, user_id: FromPath[UUID], data: JSONBody[PlatformUserChange]
) -> Success[PlatformUser]:
    """Changes what the body gives; a new role or permission set signs the person out."""
    return Success(await users.change_platform_user(caller, account_id=AccountId(user_id), change=data))


@put("/{user_id:uuid}/password", opt=permit("users:update"), status_code=204)
async def set_platform_user_password(
    caller: Asker, users: Door, user_id: FromPath[UUID], data: JSONBody[PasswordBody]
) -> None:
    """Signs the person out everywhere."""
    await users.set_platform_user_password(caller, account_id=AccountId(user_id), password=data.password)


@delete("/{user_id:uuid}", opt=permit("users:delete"))
async def delete_platform_user(caller: Asker, users: Door, user_id: FromPath[UUID]) -> None:
    await users.delete_platform_user(caller, account_id=AccountId(user_id))


@get("/", opt=permit("members:read", in_tenant=True))
async def list_members(caller: Asker, users: Door, page: Page = 1, limit: Limit = 20) -> Listing[Member]:
    """The people who work for the business, newest first."""
    found = await users.list_members(caller, page=page, limit=limit)
    return listing(found.items, total=found.total, page=page, limit=limit)


@get("/{user_id:uuid}", opt=permit("members:read", in_tenant=True))
async def get_member(caller: Asker, users: Door, user_id: FromPath[UUID]) -> Success[Member]:
    return Success(await users.get_member(caller, account_id=AccountId(user_id)))


@post("/", opt=permit("members:create", in_tenant=True))
async def add_member(caller: Asker, users: Door, data: JSONBody[NewMember]) -> Success[Member]:
    """Without a password the person sets one through "forgot password"."""
    return Success(await users.add_member(caller, member=data))


@put("/{user_id:uuid}", opt=permit("members:update", in_tenant=True))
async def change_member(
    caller: Asker, users: Door, user_id: FromPath[UUID], data: JSONBody[MemberChange]
) -> Success[Member]:
    """Signs the person out of this business, so that the new role holds at once."""
    return Success(await users.change_member(caller, account_id=AccountId(user_id), change=data))


@delete("/{user_id:uuid}", opt=permit("members:delete", in_tenant=True))
async def remove_member(caller: Asker, users: Door, user_id: FromPath[UUID]) -> None:
    await users.remove_member(caller, account_id=AccountId(user_id))


ROUTES = [
    Router(
        "/api/v1/admin/users",
        route_handlers=[
            list_platform_users,
            get_platform_user,
            list_activity,
            create_platform_user,
            change_platform_user,
            set_platform_user_password,
            delete_platform_user,
        ],
        tags=["platform users"],
    ),
    Router(
        "/api/v1/users",
        route_handlers=[list_members, get_member, add_member, change_member, remove_member],
        tags=["members"],
    ),
]
