"""Aadhaar numbers: found however they are written, and nothing else is taken for one."""

from typing import Annotated

import msgspec
import pytest
from hypothesis import given, strategies as st

from studyspot.kernel.aadhaar import holds_aadhaar, mask_aadhaar
from studyspot.kernel.errors import ValidationFailed
from studyspot.kernel.logs import _hide_secrets
from studyspot.kernel.validation import read_value
from studyspot.kernel.values import OTHER_NUMBER, Name, Phone

NUMBER = "234567890124"
SEPARATORS = st.sampled_from(["", " ", "-", ".", " - ", "\u00a0", "\u2013", "  "])


def _checked(stem: str) -> str:
    """The stem with the one digit that makes it a number."""
    (number,) = [stem + digit for digit in "0123456789" if holds_aadhaar(stem + digit)]
    return number


MOBILE = _checked("91981234567")
numbers = st.from_regex(r"[2-9][0-9]{10}", fullmatch=True).map(_checked)


@given(
    numbers, SEPARATORS, st.text(alphabet="abc ,;!\n", max_size=20), st.text(alphabet="abc ,;!", max_size=9)
)
def test_a_number_is_found_in_any_groups_between_any_words(number, separator, before, after):
    written = separator.join([number[:4], number[4:8], number[8:]])
    text = f"{before}{written}{after}"

    assert holds_aadhaar(text)
    assert not holds_aadhaar(mask_aadhaar(text))
    assert mask_aadhaar(text).endswith(f"XXXX XXXX {number[8:]}{after}")


@given(numbers, st.integers(0, 11), st.integers(1, 9))
def test_with_one_other_digit_it_is_none(number, place, by):
    digit = str((int(number[place]) + by) % 10)

    assert not holds_aadhaar(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "1234 5678 9010",
        "34567890124",
        "2345678901245",
        "+919876543210",
        "019a1234-2345-7789-8124-234567890124",
        f'"request_id":"01a{NUMBER}bad3f1c2d4e5f6a7b"',
        "2026-01-31 2026-02-28",
        f"{MOBILE}@upi",
        "",
    ],
)
def test_other_numbers_are_none(text):
    assert not holds_aadhaar(text)
    assert mask_aadhaar(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "२३४५ ६७८९ ०१२४",
        "110001 2345 6789 0124",
        f"UID{NUMBER}x",
        f"+{NUMBER}",
        f"{NUMBER}@upi",
        f"{MOBILE} @upi",
        f"01a{NUMBER}bad3f1c2d4e5f6a7bb",
    ],
)
def test_it_is_found_in_other_digits_and_behind_others(text):
    assert holds_aadhaar(text)


class Card(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    phone: Phone | None = None
    notes: tuple[Name, ...] = ()
    reference: Annotated[str, msgspec.Meta(extra=OTHER_NUMBER)] | None = None


def test_a_body_is_refused_with_the_field_and_without_the_number():
    with pytest.raises(ValidationFailed) as refused:
        read_value({"name": "Asha", "notes": ["one", f"id {NUMBER}"], NUMBER: 1}, Card)

    assert {(fault.field, fault.code) for fault in refused.value.details} == {
        ("notes[1]", "aadhaar_number"),
        ("XXXX XXXX 0124", "unknown_field"),
    }
    assert NUMBER not in repr(refused.value.details)


def test_a_phone_number_may_look_like_one():
    number = next(one for stem in range(10) if (one := _checked(f"9198765432{stem}")))

    assert read_value({"name": "Asha", "phone": number}, Card).phone == f"+{number}"
    with pytest.raises(ValidationFailed):
        read_value({"name": number}, Card)


def test_a_line_of_the_log_shows_its_last_digits_only():
    event = {"event": f"card {NUMBER}", "request_id": NUMBER, "status": 200}

    assert _hide_secrets(None, "", event) == {
        "event": "card XXXX XXXX 0124",
        "request_id": NUMBER,
        "status": 200,
    }


def test_what_is_marked_as_another_number_is_taken():
    assert read_value({"name": "Asha", "reference": NUMBER}, Card).reference == NUMBER
