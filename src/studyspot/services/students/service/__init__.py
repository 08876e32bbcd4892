"""The promises of the students room, kept by one class per group of use cases and gathered here."""

from studyspot.services.bookings.contract import Bookings
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.service.guardians import Guardians
from studyspot.services.students.service.id_proofs import IdProofs
from studyspot.services.students.service.importing import Importing
from studyspot.services.students.service.own import Own
from studyspot.services.students.service.personal_data import PersonalRights
from studyspot.services.students.service.records import Records
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


class StudentsService:
    """Everything `contract.Students` promises."""

    def __init__(
        self,
        tenancy: Tenancy,
        libraries: Libraries,
        users: Users,
        bookings: Bookings,
        payments: Payments,
    ) -> None:
        records = Records(tenancy, libraries, users)
        own = Own(tenancy, records, users)
        guardians = Guardians(tenancy)
        id_proofs = IdProofs(tenancy)
        rights = PersonalRights(tenancy, records, own, users, bookings, payments)
        importing = Importing(tenancy, libraries)

        self.list_students = records.list_students
        self.get_student = records.get_student
        self.create_student = records.create_student
        self.change_student = records.change_student
        self.delete_student = records.delete_student
        self.suspend_student = records.suspend_student
        self.reactivate_student = records.reactivate_student
        self.list_guardians = guardians.list_guardians
        self.get_guardian = guardians.get_guardian
        self.add_guardian = guardians.add_guardian
        self.change_guardian = guardians.change_guardian
        self.delete_guardian = guardians.delete_guardian
        self.list_consents = guardians.list_consents
        self.record_consent = guardians.record_consent
        self.list_id_proofs = id_proofs.list_id_proofs
        self.get_id_proof = id_proofs.get_id_proof
        self.add_id_proof = id_proofs.add_id_proof
        self.delete_id_proof = id_proofs.delete_id_proof
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
