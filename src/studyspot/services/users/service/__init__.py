"""The promises of the users room, kept by one class per group of use cases and gathered here."""

from studyspot.kernel.database import Database
from studyspot.services.auth.contract import Auth
from studyspot.services.users.service.members import Members
from studyspot.services.users.service.platform import PlatformStaff
from studyspot.tenancy.engine import Tenancy


class UsersService:
    """Everything `contract.Users` promises."""

    def __init__(self, control: Database, tenancy: Tenancy, auth: Auth) -> None:
        platform = PlatformStaff(control, auth)
        members = Members(control, tenancy, auth)

        self.list_platform_users = platform.list_platform_users
        self.get_platform_user = platform.get_platform_user
        self.create_platform_user = platform.create_platform_user
        self.change_platform_user = platform.change_platform_user
        self.delete_platform_user = platform.delete_platform_user
        self.set_platform_user_password = platform.set_platform_user_password
        self.list_activity = platform.list_activity
        self.add_owner = members.add_owner
        self.list_members = members.list_members
        self.get_member = members.get_member
        self.add_member = members.add_member
        self.change_member = members.change_member
        self.remove_member = members.remove_member
        self.count_members = members.count_members
