"""The promises of the students room, kept by one class per group of use cases and gathered here."""

from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.links import Links
from studyspot.kernel.vault import Vault
from studyspot.services.bookings.contract import Bookings
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.service.guardians import Guardians
from studyspot.services.students.service.id_proofs import IdProofs
from studyspot.services.students.service.images import Images
from studyspot.services.students.service.importing import Importing
from studyspot.services.students.service.own import Own
from studyspot.services.students.service.personal_data import PersonalRights
from studyspot.services.students.service.records import Records
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


class StudentsService(Guardians, IdProofs, Images):
    """Everything `contract.Students` promises."""

    def __init__(
        self,
        tenancy: Tenancy,
        queue: JobQueue,
        vault: Vault,
        libraries: Libraries,
        users: Users,
        bookings: Bookings,
        payments: Payments,
    ) -> None:
        Images.__init__(self, tenancy, queue, Links(vault))
        records = Records(tenancy, libraries, users)
        own = Own(tenancy, records, users)
        rights = PersonalRights(tenancy, records, own, users, bookings, payments)
        importing = Importing(tenancy, libraries)

        self.list_students = records.list_students
        self.get_student = records.get_student
        self.create_student = records.create_student
        self.change_student = records.change_student
        self.delete_student = records.delete_student
        self.suspend_student = records.suspend_student
        self.reactivate_student = records.reactivate_student
        self.get_personal_data = rights.get_personal_data
        self.get_own_personal_data = rights.get_own_personal_data
        self.erase_student = rights.erase_student
        self.open_account = own.open_account
        self.close_account = own.close_account
        self.get_own = own.get_own
        self.change_own = own.change_own
        self.get_profile = own.get_profile
        self.get_own_profile = own.get_own_profile
        self.add_goal = own.add_goal
        self.get_goal = own.get_goal
        self.change_goal = own.change_goal
        self.delete_goal = own.delete_goal
        self.set_privacy = own.set_privacy
        self.get_summary = records.get_summary
        self.export_students = records.export_students
        self.import_students = importing.import_students
        self.import_register = importing.import_register
