"""Identity papers that were shown: what kind, its last four characters, who saw it when."""

from uuid import UUID

from studyspot.kernel import audit
from studyspot.kernel.contract import Caller, tenant_of
from studyspot.kernel.errors import Fault, LimitExceeded, NotFound, ValidationFailed
from studyspot.kernel.ids import new_id
from studyspot.services.students import store
from studyspot.services.students.contract import ID_PROOFS_MAX, IdProof, NewIdProof
from studyspot.services.students.service.records import found_student, today_in_india
from studyspot.tenancy.engine import Tenancy


class IdProofs:
    _tenancy: Tenancy

    async def list_id_proofs(self, caller: Caller, *, student_id: UUID) -> list[IdProof]:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            found_student(await store.find_student(connection, student_id))
            return await store.list_id_proofs(connection, student_id)

    async def get_id_proof(self, caller: Caller, *, id_proof_id: UUID) -> IdProof:
        async with self._tenancy.connection(tenant_of(caller)) as connection:
            return found_paper(await store.find_id_proof(connection, id_proof_id))

    async def add_id_proof(self, caller: Caller, *, student_id: UUID, id_proof: NewIdProof) -> IdProof:
        today = today_in_india()
        seen_on = id_proof.seen_on or today
        if seen_on > today:
            fault = Fault("seen_on", "This date is in the future.", "future_date")
            raise ValidationFailed("Some fields need correction.", details=[fault])
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            found_student(await store.find_student(tx, student_id, for_update=True))
            added = await store.insert_id_proof(tx, caller, student_id, new_id(), id_proof, seen_on=seen_on)
            if added is None:
                raise LimitExceeded(f"A student has at most {ID_PROOFS_MAX} papers here. Remove one first.")
            await audit.record(
                tx, caller, "id_proofs:create", entity="id_proof", entity_id=added.id, after=added
            )
        return added

    async def delete_id_proof(self, caller: Caller, *, id_proof_id: UUID) -> None:
        async with self._tenancy.transaction(tenant_of(caller)) as tx:
            before = found_paper(await store.delete_id_proof(tx, id_proof_id))
            await audit.record(
                tx, caller, "id_proofs:delete", entity="id_proof", entity_id=id_proof_id, before=before
            )


def found_paper(id_proof: IdProof | None) -> IdProof:
    if id_proof is None:
        raise NotFound("There is no such paper.")
    return id_proof
