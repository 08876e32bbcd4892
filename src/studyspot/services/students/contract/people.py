"""Guardians, consents, papers, images, and what the law gives to everybody."""

from typing import Protocol
from uuid import UUID

from studyspot.kernel.contract import Caller, repeatable
from studyspot.services.students.contract.guardians import (
    Consent,
    ConsentPage,
    Guardian,
    GuardianChange,
    NewConsent,
    NewGuardian,
)
from studyspot.services.students.contract.id_proofs import IdProof, NewIdProof
from studyspot.services.students.contract.images import ImageLink
from studyspot.services.students.contract.personal_data import PersonalData


class PeoplesPapers(Protocol):
    """Guardians, consents, papers, images, and what the law gives to everybody."""

    @repeatable
    async def list_guardians(self, caller: Caller, *, student_id: UUID) -> list[Guardian]:
        """In the order in which they were added. :raises NotFound:"""
        ...

    @repeatable
    async def get_guardian(self, caller: Caller, *, guardian_id: UUID) -> Guardian:
        """:raises NotFound:"""
        ...

    async def add_guardian(self, caller: Caller, *, student_id: UUID, guardian: NewGuardian) -> Guardian:
        """:raises NotFound: :raises LimitExceeded: beyond `GUARDIANS_MAX`."""
        ...

    async def change_guardian(self, caller: Caller, *, guardian_id: UUID, change: GuardianChange) -> Guardian:
        """:raises NotFound: :raises VersionConflict:"""
        ...

    async def delete_guardian(self, caller: Caller, *, guardian_id: UUID) -> None:
        """A consent of theirs counts no longer. :raises NotFound:"""
        ...

    @repeatable
    async def list_consents(self, caller: Caller, *, student_id: UUID, page: int, limit: int) -> ConsentPage:
        """Newest first. :raises NotFound:"""
        ...

    async def record_consent(self, caller: Caller, *, student_id: UUID, consent: NewConsent) -> Consent:
        """Nothing that was recorded is changed: what is taken back is recorded, too.

        :raises NotFound: :raises UnknownGuardian:
        """
        ...

    @repeatable
    async def list_id_proofs(self, caller: Caller, *, student_id: UUID) -> list[IdProof]:
        """In the order in which they were noted. :raises NotFound:"""
        ...

    @repeatable
    async def get_id_proof(self, caller: Caller, *, id_proof_id: UUID) -> IdProof:
        """:raises NotFound:"""
        ...

    async def add_id_proof(self, caller: Caller, *, student_id: UUID, id_proof: NewIdProof) -> IdProof:
        """Seen by the caller. :raises NotFound: :raises ValidationFailed: for a day to come.

        :raises LimitExceeded: beyond `ID_PROOFS_MAX`.
        """
        ...

    async def delete_id_proof(self, caller: Caller, *, id_proof_id: UUID) -> None:
        """:raises NotFound:"""
        ...

    async def set_photo(self, caller: Caller, *, student_id: UUID, content: bytes) -> None:
        """Instead of the one before. :raises NotFound: :raises UnreadableImage:"""
        ...

    @repeatable
    async def get_photo_link(self, caller: Caller, *, student_id: UUID) -> ImageLink:
        """:raises NotFound: also when there is no photo."""
        ...

    async def delete_photo(self, caller: Caller, *, student_id: UUID) -> None:
        """Safe to repeat. :raises NotFound:"""
        ...

    async def set_id_image(self, caller: Caller, *, id_proof_id: UUID, content: bytes) -> None:
        """Instead of the one before; it is deleted after `ID_IMAGE_DAYS`.

        :raises NotFound: :raises UnreadableImage:
        """
        ...

    @repeatable
    async def get_id_image_link(self, caller: Caller, *, id_proof_id: UUID) -> ImageLink:
        """That it was asked for goes into the audit trail. :raises NotFound: also when there is no image."""
        ...

    async def delete_id_image(self, caller: Caller, *, id_proof_id: UUID) -> None:
        """Safe to repeat. :raises NotFound:"""
        ...

    @repeatable
    async def open_image(self, caller: Caller, *, token: str) -> bytes:
        """What a link is for, as JPEG. :raises NotFound: once its time is over."""
        ...

    async def plan_image_deletions(self, caller: Caller) -> None:
        """In every tenant that is served: a job for each."""
        ...

    @repeatable
    async def delete_old_images(self, caller: Caller) -> int:
        """Those of papers whose time is over; how many there were. Safe to repeat."""
        ...

    @repeatable
    async def get_personal_data(self, caller: Caller, *, student_id: UUID) -> PersonalData:
        """All that is kept about a student; that it was asked for goes into the audit trail.

        :raises NotFound:
        """
        ...

    @repeatable
    async def get_own_personal_data(self, caller: Caller) -> PersonalData:
        """The caller's own, without what the staff notes. :raises NotFound: for who is no student."""
        ...

    @repeatable
    async def erase_student(self, caller: Caller, *, student_id: UUID) -> None:
        """Forgets who it is, also of one who was deleted, and ends the sign-in. Bills and receipts stay, and
        name the code alone. Safe to repeat.

        :raises NotFound: :raises StudentInUse:
        """
        ...
