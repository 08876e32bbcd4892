"""Which backups are kept, as a table."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from studyspot.kernel.ids import TenantId
from studyspot.tenancy.care.manifests import Manifest, Reason
from studyspot.tenancy.care.retention import Keep, Verdicts, superseded

NOW = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)
USUAL = Keep()
NOBODY = TenantId(UUID(int=0))


def _backup(days: float, reason: Reason = "nightly") -> Manifest:
    return Manifest(
        name=f"{days:g}{reason}",
        tenant_id=NOBODY,
        slug="quiet-corner",
        tenant_name="Quiet Corner",
        reason=reason,
        taken_at=NOW - timedelta(days=days),
        generation=1,
        revision=1,
        postgresql="18",
        bytes=1,
        sha256="",
        tables={},
    )


def _kept(backups: Sequence[Manifest], keep: Keep = USUAL, verdicts: Verdicts | None = None) -> list[str]:
    gone = {one.name for one in superseded(backups, now=NOW, keep=keep, verdicts=verdicts or {})}
    return [one.name for one in backups if one.name not in gone]


def test_a_year_of_nights_leaves_seven_days_four_weeks_and_three_months():
    # 26 November 2026 is a Thursday: the weeks before end on the 22nd, 15th and 8th.
    kept = _kept([_backup(days) for days in range(365)])

    assert kept == [f"{days}nightly" for days in (0, 1, 2, 3, 4, 5, 6, 11, 18, 26, 57)]
    assert _kept([_backup(days) for days in range(365)], Keep(1, 1, 12)).count("0nightly") == 1


@pytest.mark.parametrize(
    ("backups", "kept"),
    [
        pytest.param([_backup(800)], ["800nightly"], id="the newest, however old"),
        pytest.param([_backup(0), _backup(0.1)], ["0nightly"], id="the newest of a day"),
        pytest.param([_backup(0), _backup(0.1, "asked")], ["0nightly", "0.1asked"], id="what was asked for"),
        pytest.param(
            [_backup(day) for day in (0, 40, 41)], ["0nightly", "40nightly", "41nightly"], id="gaps"
        ),
        pytest.param([_backup(0), _backup(364, "last")], ["0nightly", "364last"], id="a last one"),
        pytest.param([_backup(366, "last")], [], id="an outlived last one"),
        pytest.param(
            [_backup(366, "last"), _backup(370)], ["370nightly"], id="the newest that is no last one"
        ),
    ],
)
def test_kept_is(backups: list[Manifest], kept: list[str]):
    assert _kept(backups) == kept


def test_what_was_asked_for_goes_after_a_week():
    nights = [_backup(days) for days in range(30)]

    assert "6.5asked" in _kept([*nights, _backup(6.5, "asked")])
    assert "7.5asked" not in _kept([*nights, _backup(7.5, "asked")])


def test_nights_that_could_not_be_restored_do_not_count():
    nights = [_backup(days) for days in range(9)]
    broken = {one.name: False for one in nights[:8]}

    assert "8nightly" in _kept(nights, Keep(1, 1, 1), broken)
    assert "0nightly" in _kept(nights, Keep(1, 1, 1), broken)
    assert "7nightly" not in _kept(nights, Keep(1, 1, 1), broken)


def test_the_newest_that_was_proved_is_kept_however_old():
    backups = [_backup(0), _backup(300), _backup(500), _backup(600)]
    verdicts = {"0nightly": False, "500nightly": True, "600nightly": True}

    kept = _kept([*backups, *(_backup(days) for days in range(10, 20))], verdicts=verdicts)

    assert "500nightly" in kept
    assert "600nightly" not in kept


def test_what_is_of_a_time_to_come_stays_and_does_not_count():
    assert _kept([_backup(-300), _backup(0), _backup(1)], Keep(1, 1, 1)) == ["-300nightly", "0nightly"]
