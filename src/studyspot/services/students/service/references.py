"""What a ticket or a lead names: it must be there."""

from uuid import UUID

from studyspot.kernel.contract import Caller, on_own_account
from studyspot.kernel.errors import NotFound
from studyspot.kernel.ids import AccountId
from studyspot.services.libraries.contract import Libraries
from studyspot.services.students.contract import UnknownLibrary
from studyspot.services.students.contract.tickets import UnknownColleague
from studyspot.services.users.contract import Users


async def check_library(libraries: Libraries, caller: Caller, library_id: UUID | None) -> None:
    """:raises UnknownLibrary:"""
    if library_id is None:
        return
    try:
        await libraries.get_library(on_own_account(caller), library_id=library_id)
    except NotFound:
        raise UnknownLibrary("There is no such library. Choose one of your own.") from None


async def check_colleague(users: Users, caller: Caller, account_id: AccountId | None) -> None:
    """:raises UnknownColleague:"""
    if account_id is None:
        return
    try:
        await users.get_member(on_own_account(caller), account_id=account_id)
    except NotFound:
        raise UnknownColleague("Nobody of that account works here.") from None
