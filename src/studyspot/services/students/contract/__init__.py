"""The door of the students room."""

from typing import Annotated, Any, Protocol
from uuid import UUID

from msgspec import Meta

from studyspot.kernel.contract import Caller, repeatable
from studyspot.services.students.contract.guardians import (
    GUARDIANS_MAX as GUARDIANS_MAX,
    Consent as Consent,
    ConsentKind as ConsentKind,
    ConsentPage as ConsentPage,
    Guardian as Guardian,
    GuardianChange as GuardianChange,
    NewConsent as NewConsent,
    NewGuardian as NewGuardian,
    Relation as Relation,
    TextVersion as TextVersion,
    UnknownGuardian as UnknownGuardian,
    Verification as Verification,
)
from studyspot.services.students.contract.id_proofs import (
    ID_PROOFS_MAX as ID_PROOFS_MAX,
    IdProof as IdProof,
    IdProofKind as IdProofKind,
    LastFour as LastFour,
    NewIdProof as NewIdProof,
)
from studyspot.services.students.contract.images import (
    ID_IMAGE_DAYS as ID_IMAGE_DAYS,
    PHOTO_BYTES_MAX as PHOTO_BYTES_MAX,
    ImageLink as ImageLink,
    UnreadableImage as UnreadableImage,
)
from studyspot.services.students.contract.importing import (
    IMPORT_ROWS_MAX as IMPORT_ROWS_MAX,
    IgnoredColumn as IgnoredColumn,
    ImportedRow as ImportedRow,
    ImportOptions as ImportOptions,
    ImportRefused as ImportRefused,
    ImportReport as ImportReport,
    LeftOut as LeftOut,
    ReadRegister as ReadRegister,
    ReadRow as ReadRow,
    RegisterColumns as RegisterColumns,
)
from studyspot.services.students.contract.leads import (
    Lead as Lead,
    LeadChange as LeadChange,
    LeadConversion as LeadConversion,
    LeadExists as LeadExists,
    LeadFilter as LeadFilter,
    LeadLoss as LeadLoss,
    LeadPage as LeadPage,
    Leads,
    LeadSource as LeadSource,
    LeadStatus as LeadStatus,
    NewLead as NewLead,
    NewReferral as NewReferral,
    NewReward as NewReward,
    Referral as Referral,
    ReferralFilter as ReferralFilter,
    ReferralPage as ReferralPage,
    ReferralStatus as ReferralStatus,
)
from studyspot.services.students.contract.own import (
    GOALS_MAX as GOALS_MAX,
    Goal as Goal,
    GoalChange as GoalChange,
    GoalPriority as GoalPriority,
    GoalStatus as GoalStatus,
    GoalText as GoalText,
    NewGoal as NewGoal,
    OwnChange as OwnChange,
    PrivacySettings as PrivacySettings,
    StudentProfile as StudentProfile,
)
from studyspot.services.students.contract.people import PeoplesPapers
from studyspot.services.students.contract.personal_data import (
    LISTED_MAX as LISTED_MAX,
    PersonalData as PersonalData,
)
from studyspot.services.students.contract.records import (
    Address as Address,
    EducationLevel as EducationLevel,
    Gender as Gender,
    NewStudent as NewStudent,
    Reason as Reason,
    Student as Student,
    StudentChange as StudentChange,
    StudentExists as StudentExists,
    StudentFilter as StudentFilter,
    StudentInUse as StudentInUse,
    StudentPage as StudentPage,
    StudentStatus as StudentStatus,
    StudentSummary as StudentSummary,
    UnknownLibrary as UnknownLibrary,
    WrongState as WrongState,
)
from studyspot.services.students.contract.tickets import (
    NewComment as NewComment,
    NewOwnTicket as NewOwnTicket,
    NewTicket as NewTicket,
    OwnComment as OwnComment,
    Ticket as Ticket,
    TicketCategory as TicketCategory,
    TicketChange as TicketChange,
    TicketEvent as TicketEvent,
    TicketEventPage as TicketEventPage,
    TicketFilter as TicketFilter,
    TicketMove as TicketMove,
    TicketPage as TicketPage,
    TicketPriority as TicketPriority,
    Tickets,
    TicketStatus as TicketStatus,
    UnknownColleague as UnknownColleague,
    UnknownStudent as UnknownStudent,
)


class Students(PeoplesPapers, Tickets, Leads, Protocol):
    """The students of the caller's tenant."""

    @repeatable
    async def list_students(
        self, caller: Caller, *, filter: StudentFilter, page: int, limit: int
    ) -> StudentPage:
        """Newest first."""
        ...

    @repeatable
    async def get_student(self, caller: Caller, *, student_id: UUID) -> Student:
        """:raises NotFound: when the tenant has no such student."""
        ...

    async def create_student(self, caller: Caller, *, student: NewStudent) -> Student:
        """:raises StudentExists: :raises LimitExceeded: :raises UnknownLibrary:"""
        ...

    async def change_student(self, caller: Caller, *, student_id: UUID, change: StudentChange) -> Student:
        """:raises NotFound: :raises VersionConflict: :raises StudentExists: :raises UnknownLibrary:"""
        ...

    async def delete_student(self, caller: Caller, *, student_id: UUID) -> None:
        """Hides the record; phone, e-mail and place in the plan are free again.

        :raises NotFound: :raises StudentInUse:
        """
        ...

    async def suspend_student(self, caller: Caller, *, student_id: UUID, reason: Reason) -> Student:
        """Also shuts them out of their own sign-in. :raises NotFound: :raises WrongState: when suspended
        already.
        """
        ...

    async def reactivate_student(self, caller: Caller, *, student_id: UUID) -> Student:
        """:raises NotFound: :raises WrongState: when active already."""
        ...

    async def open_account(self, caller: Caller, *, student_id: UUID) -> None:
        """Lets a student sign in, with the phone number of the record, and see that record. Safe to repeat.

        The first password is set through "forgot password", whose code goes to that phone.

        :raises NotFound: :raises WrongState: while suspended. :raises MemberExists: when the phone number
        signs in to this business as somebody else.
        """
        ...

    async def close_account(self, caller: Caller, *, student_id: UUID) -> None:
        """Takes the sign-in away; the record stays. Safe to repeat. :raises NotFound:"""
        ...

    @repeatable
    async def get_own(self, caller: Caller) -> Student:
        """The caller's own record, without what the staff notes. :raises NotFound: for who is no student."""
        ...

    async def change_own(self, caller: Caller, *, change: OwnChange) -> Student:
        """:raises NotFound: :raises VersionConflict: :raises StudentExists:"""
        ...

    @repeatable
    async def get_profile(self, caller: Caller, *, student_id: UUID) -> StudentProfile:
        """:raises NotFound:"""
        ...

    @repeatable
    async def get_own_profile(self, caller: Caller) -> StudentProfile:
        """:raises NotFound: for a caller who is no student here."""
        ...

    async def add_goal(self, caller: Caller, *, goal: NewGoal) -> Goal:
        """One of the caller's own. :raises NotFound: :raises LimitExceeded: beyond `GOALS_MAX`."""
        ...

    @repeatable
    async def get_goal(self, caller: Caller, *, goal_id: UUID) -> Goal:
        """One of the caller's own. :raises NotFound:"""
        ...

    async def change_goal(self, caller: Caller, *, goal_id: UUID, change: GoalChange) -> Goal:
        """:raises NotFound: :raises VersionConflict:"""
        ...

    async def delete_goal(self, caller: Caller, *, goal_id: UUID) -> None:
        """:raises NotFound:"""
        ...

    @repeatable
    async def set_privacy(self, caller: Caller, *, privacy: PrivacySettings) -> PrivacySettings:
        """The caller's own, all of them. :raises NotFound:"""
        ...

    @repeatable
    async def get_summary(self, caller: Caller) -> StudentSummary:
        """Counted now."""
        ...

    async def import_students(
        self,
        caller: Caller,
        *,
        students: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=IMPORT_ROWS_MAX)],
        options: ImportOptions,
    ) -> ImportReport:
        """Each item is checked as a `NewStudent` of its own.

        :raises ImportRefused: when nothing was taken. :raises UnknownLibrary:
        """
        ...

    async def import_register(
        self, caller: Caller, *, content: bytes, options: ImportOptions
    ) -> ImportReport:
        """Reads a CSV or spreadsheet as people keep them.

        :raises UnreadableRegister: when it is none. :raises ImportRefused: when nothing was taken.
        :raises UnknownLibrary:
        """
        ...

    @repeatable
    async def read_register(
        self, caller: Caller, *, content: bytes, columns: RegisterColumns
    ) -> ReadRegister:
        """The same, and what else a room asks for, without writing anything. Of two rows with the same phone
        the second is faulty.

        :raises UnreadableRegister: when it is none.
        """
        ...

    @repeatable
    async def export_students(
        self, caller: Caller, *, filter: StudentFilter, after: UUID | None, limit: int
    ) -> list[Student]:
        """In order of creation, those after a given one: for reading all of them in bounded steps.

        The first step, after none, goes into the audit trail.
        """
        ...
