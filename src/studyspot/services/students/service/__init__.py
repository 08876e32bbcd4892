"""The promises of the students room, kept by one class per group of use cases and gathered here."""

from studyspot.kernel.jobs import JobQueue
from studyspot.kernel.links import Links
from studyspot.kernel.vault import Vault
from studyspot.services.libraries.contract import Libraries
from studyspot.services.payments.contract import Payments
from studyspot.services.students.service.guardians import Guardians
from studyspot.services.students.service.id_proofs import IdProofs
from studyspot.services.students.service.images import Images
from studyspot.services.students.service.importing import Importing
from studyspot.services.students.service.leads import Leads
from studyspot.services.students.service.own import Own
from studyspot.services.students.service.personal_data import PersonalRights
from studyspot.services.students.service.records import Records
from studyspot.services.students.service.referrals import Referrals
from studyspot.services.students.service.tickets import Tickets
from studyspot.services.users.contract import Users
from studyspot.tenancy.engine import Tenancy


class StudentsService(Guardians, IdProofs, Images):
    """Everything `contract.Students` promises."""

    def __init__(  # noqa: PLR0915 - a line for each promise
        self,
        tenancy: Tenancy,
        queue: JobQueue,
        vault: Vault,
        libraries: Libraries,
        users: Users,
        payments: Payments,
    ) -> None:
        Images.__init__(self, tenancy, queue, Links(vault))
        records = Records(tenancy, libraries, users)
        own = Own(tenancy, records, users)
        rights = PersonalRights(tenancy, records, own, users, payments)
        importing = Importing(tenancy, libraries)
        tickets = Tickets(tenancy, libraries, own, users)
        leads = Leads(tenancy, libraries, users)
        referrals = Referrals(tenancy, payments)

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
        self.read_register = importing.read_register
        self.list_tickets = tickets.list_tickets
        self.get_ticket = tickets.get_ticket
        self.create_ticket = tickets.create_ticket
        self.change_ticket = tickets.change_ticket
        self.move_ticket = tickets.move_ticket
        self.comment_on_ticket = tickets.comment_on_ticket
        self.list_ticket_events = tickets.list_ticket_events
        self.list_own_tickets = tickets.list_own_tickets
        self.get_own_ticket = tickets.get_own_ticket
        self.open_own_ticket = tickets.open_own_ticket
        self.comment_on_own_ticket = tickets.comment_on_own_ticket
        self.list_own_ticket_events = tickets.list_own_ticket_events
        self.list_leads = leads.list_leads
        self.get_lead = leads.get_lead
        self.create_lead = leads.create_lead
        self.change_lead = leads.change_lead
        self.lose_lead = leads.lose_lead
        self.convert_lead = leads.convert_lead
        self.list_referrals = referrals.list_referrals
        self.get_referral = referrals.get_referral
        self.create_referral = referrals.create_referral
        self.reward_referral = referrals.reward_referral
