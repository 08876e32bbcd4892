"""The promises of the users room, kept by one class per group of use cases and gathered here."""

from studyspot.kernel.database import Database
from studyspot.services.auth.contract import Auth
from studyspot.services.users.service.members import Members
from studyspot.services.users.service.platform import PlatformStaff
from studyspot.services.users.service.student_access import StudentAccess
from studyspot.tenancy.engine import Tenancy


class UsersService:
    """Everything `contract.Users` promises."""

    def __init__(self, control: Database, tenancy: Tenancy, auth: Auth) -> None:
        platform = PlatformStaff(control, auth)
        members = Members(control, tenancy, auth)
        student_access = StudentAccess(control, auth)

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
        self.admit_student = student_access.admit_student
        self.switch_student = student_access.switch_student
        self.dismiss_student = student_access.dismiss_student
        self.forget_student = student_access.forget_student
