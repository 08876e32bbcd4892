"""One row of an import at a time: what it says, and what is wrong with it in itself."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from studyspot.kernel.aadhaar import mask_aadhaar
from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.validation import read_value
from studyspot.services.students import rules
from studyspot.services.students.contract import (
    IgnoredColumn,
    ImportedRow,
    ImportOptions,
    LeftOut,
    NewStudent,
    ReadRegister,
    ReadRow,
    RegisterColumns,
)
from studyspot.services.students.register import PHRASES, Vocabulary, open_register
from studyspot.services.students.service.records import today_in_india


class Candidate(msgspec.Struct, frozen=True):
    """A row that is right in itself; whether it can be taken depends on who is there already."""

    row: int
    student: NewStudent


def read_items(
    students: list[dict[str, Any]], options: ImportOptions, branches: dict[str, str]
) -> list[Candidate | ImportedRow]:
    return [_check_row(number, item, options, branches) for number, item in enumerate(students, 1)]


class NotRead(NamedTuple):
    """What of a file is told beside its rows."""

    columns: list[IgnoredColumn]
    others: list[LeftOut]


def read_register(
    content: bytes, options: ImportOptions, branches: dict[str, str]
) -> tuple[list[Candidate | ImportedRow], NotRead]:
    register = open_register(content, today=today_in_india())
    rows = [_check_row(row.number, row.values, options, branches, row.faults) for row in register.rows()]
    columns = [IgnoredColumn(mask_aadhaar(column), reason) for column, reason in register.ignored]
    return rows, NotRead(columns, [LeftOut(mask_aadhaar(part), reason) for part, reason in register.left_out])


def read_rows(content: bytes, columns: RegisterColumns) -> ReadRegister:
    """With the cells that another room asks for; which library a row names is that room's affair."""
    vocabulary = Vocabulary({**columns.words, **PHRASES}, headers=columns.headers)
    register = open_register(content, today=today_in_india(), vocabulary=vocabulary)
    rows = list(register.rows())
    checked = [_check_row(row.number, _unplaced(row.values), ImportOptions(), {}, row.faults) for row in rows]
    kept, repeated = first_of_each([one for one in checked if isinstance(one, Candidate)])
    students = {one.row: one.student for one in kept}
    faults = {one.row: one.faults for one in [*checked, *repeated] if isinstance(one, ImportedRow)}
    return ReadRegister(
        rows=[
            ReadRow(row.number, students.get(row.number), row.cells, row.heading, faults.get(row.number, ()))
            for row in rows
        ],
        columns=dict(register.columns),
        ignored_columns=[IgnoredColumn(column, reason) for column, reason in register.ignored],
        left_out=[LeftOut(part, reason) for part, reason in register.left_out],
    )


def _unplaced(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "library"}


def _check_row(
    number: int,
    item: Mapping[str, Any],
    options: ImportOptions,
    branches: dict[str, str],
    known_faults: tuple[Fault, ...] = (),
) -> Candidate | ImportedRow:
    """Checks one row by itself: schema, dates, the library it names."""
    placed, faults = _placed(item, options, branches)
    faults += known_faults
    if not known_faults:  # else what is faulty has no value, and would be missed once more
        try:
            student = read_value(placed, NewStudent)
            faults += rules.birth_faults(student.date_of_birth, today_in_india())
        except ValidationFailed as refusal:
            faults += refusal.details
    return ImportedRow(number, "failed", faults=tuple(faults)) if faults else Candidate(number, student)


def _placed(
    item: Mapping[str, Any], options: ImportOptions, branches: dict[str, str]
) -> tuple[dict[str, Any], list[Fault]]:
    """The row in the library it names by name or id, else in the one that the whole import is for."""
    placed = {name: value for name, value in item.items() if name not in {"library", "library_id"}}
    field = "library" if item.get("library") else "library_id"
    named = item.get(field) or options.library_id
    if named is None:
        return placed, []
    branch = branches.get(rules.fold(str(named)))
    if branch is None:
        return placed, [Fault(field, "There is no such library. Create it first.", "unknown_library")]
    return placed | {"library_id": branch}, []


def first_of_each(candidates: list[Candidate]) -> tuple[list[Candidate], list[ImportedRow]]:
    """One row per phone and e-mail: the first is taken, later ones are reported with its number."""
    first: dict[str, int] = {}
    kept, repeated = [], []
    for candidate in candidates:
        keys = {"phone": candidate.student.phone, "email": candidate.student.email}
        faults = tuple(
            Fault(field, f"Row {first[key]} has the same {field}.", "duplicate_in_file")
            for field, key in keys.items()
            if key is not None and key in first
        )
        if faults:
            repeated.append(ImportedRow(candidate.row, "failed", faults=faults))
            continue
        kept.append(candidate)
        first |= {key: candidate.row for key in keys.values() if key is not None}
    return kept, repeated
