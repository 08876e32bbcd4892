"""SQL of tax registrations, which are never changed."""

from uuid import UUID

from studyspot.kernel.database import Connection
from studyspot.services.libraries.contract.tax import NewTaxRegistration, TaxRegistration

_COLUMNS = """id, library_id, from_on, status, legal_name, gstin, state_code, sac, tax_rate, series,
    place_of_supply"""


async def list_registrations(tx: Connection, library_id: UUID) -> list[TaxRegistration]:
    """The latest first."""
    return await tx.all(
        TaxRegistration,
        f"SELECT {_COLUMNS} FROM libraries.tax_registrations WHERE library_id = $1 ORDER BY from_on DESC",
        library_id,
    )


async def lock_series(tx: Connection) -> None:
    """Nobody else adds a registration until the commit, so that a series has one GSTIN."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('libraries.tax_registrations', 0))")


async def list_registrations_of_series(tx: Connection, series: str) -> list[TaxRegistration]:
    """Of every library, also of those that were deleted: their papers are there."""
    return await tx.all(
        TaxRegistration,
        f"SELECT {_COLUMNS} FROM libraries.tax_registrations WHERE series = $1 ORDER BY id",
        series,
    )


async def find_registration(tx: Connection, registration_id: UUID) -> TaxRegistration | None:
    return await tx.one(
        TaxRegistration,
        f"SELECT {_COLUMNS} FROM libraries.tax_registrations WHERE id = $1",
        registration_id,
    )


async def insert_registration(
    tx: Connection, registration_id: UUID, library_id: UUID, new: NewTaxRegistration
) -> TaxRegistration:
    added = await tx.one(
        TaxRegistration,
        f"""
        INSERT INTO libraries.tax_registrations ({_COLUMNS})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {_COLUMNS}
        """,
        registration_id,
        library_id,
        new.from_on,
        new.status,
        new.legal_name,
        new.gstin,
        new.state_code,
        new.sac,
        new.tax_rate,
        new.series,
        new.place_of_supply,
    )
    assert added is not None  # noqa: S101 - INSERT … RETURNING gives its row
    return added


async def delete_registration(tx: Connection, registration_id: UUID) -> None:
    await tx.run("DELETE FROM libraries.tax_registrations WHERE id = $1", registration_id)
