"""HTTP for identity papers, the copy of everything, and its end."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from studyspot.kernel.http.authentication import permit
from studyspot.kernel.http.envelope import Success
from studyspot.kernel.http.parameters import Asker
from studyspot.services.students.contract import IdProof, NewIdProof, PersonalData
from studyspot.services.students.routes.door import Door


@get("/{student_id:uuid}/id-proofs", opt=permit("students:read"))
async def list_id_proofs(caller: Asker, students: Door, student_id: FromPath[UUID]) -> Success[list[IdProof]]:
    """Which papers were shown, at most ten."""
    return Success(await students.list_id_proofs(caller, student_id=student_id))


@post("/{student_id:uuid}/id-proofs", opt=permit("students:update"))
async def add_id_proof(
    caller: Asker, students: Door, student_id: FromPath[UUID], data: JSONBody[NewIdProof]
) -> Success[IdProof]:
    """Notes that the caller saw a paper. Of its number the last four characters are kept, never more."""
    return Success(await students.add_id_proof(caller, student_id=student_id, id_proof=data))


@get("/id-proofs/{id_proof_id:uuid}", opt=permit("students:read"))
async def get_id_proof(caller: Asker, students: Door, id_proof_id: FromPath[UUID]) -> Success[IdProof]:
    return Success(await students.get_id_proof(caller, id_proof_id=id_proof_id))


@delete("/id-proofs/{id_proof_id:uuid}", opt=permit("students:update"))
async def delete_id_proof(caller: Asker, students: Door, id_proof_id: FromPath[UUID]) -> None:
    await students.delete_id_proof(caller, id_proof_id=id_proof_id)


@get("/me/data", opt=permit("own_student:read"))
async def get_own_personal_data(caller: Asker, students: Door) -> Success[PersonalData]:
    """Everything that is kept about the signed-in student, without what the staff notes for itself."""
    return Success(await students.get_own_personal_data(caller))


@get("/{student_id:uuid}/data", opt=permit("students:export"))
async def get_personal_data(
    caller: Asker, students: Door, student_id: FromPath[UUID]
) -> Success[PersonalData]:
    """Everything that is kept about a student, for when they ask for it. It is noted who looked."""
    return Success(await students.get_personal_data(caller, student_id=student_id))


@post("/{student_id:uuid}/erasure", opt=permit("students:delete"), status_code=204)
async def erase_student(caller: Asker, students: Door, student_id: FromPath[UUID]) -> None:
    """Forgets who the student is, for good; what tax law asks for stays without a name. Safe to repeat.

    Refused while they have a seat or a membership, owe money, or have some here.
    """
    await students.erase_student(caller, student_id=student_id)


HANDLERS = [
    list_id_proofs,
    add_id_proof,
    get_id_proof,
    delete_id_proof,
    get_own_personal_data,
    get_personal_data,
    erase_student,
]
