"""Paise as people read and write them."""

import pytest
from hypothesis import given, strategies

from studyspot.kernel.money import PAISE_MAX, from_rupees, in_rupees


@pytest.mark.parametrize(
    ("paise", "written"),
    [
        (0, "₹0.00"),
        (5, "₹0.05"),
        (99_900, "₹999.00"),
        (100_000, "₹1,000.00"),
        (1_000_005, "₹10,000.05"),
        (12_345_678, "₹1,23,456.78"),
        (1_00_00_000_00, "₹1,00,00,000.00"),
        (-150, "-₹1.50"),
    ],
)
def test_amounts_are_written_in_lakhs_and_crores(paise: int, written: str):
    assert in_rupees(paise) == written


@pytest.mark.parametrize(
    ("written", "paise"),
    [
        ("1200", 120_000),
        ("1,200.5", 120_050),
        ("₹ 1,200.50", 120_050),
        ("Rs. 1,20,000/-", 12_000_000),
        ("INR 120,000", 12_000_000),
        (" 0.05 ", 5),
    ],
)
def test_amounts_are_read_as_people_write_them(written: str, paise: int):
    assert from_rupees(written) == paise


@pytest.mark.parametrize(
    "written",
    ["", "-5", "1.234", "1.2.3", "12,00", "1,2345", "1e3", "१२००", "NaN", "₹", "1 200", "9" * 40, "1,,000"],
)
def test_nothing_is_guessed_or_rounded(written: str):
    with pytest.raises(ValueError, match="invalid_amount"):
        from_rupees(written)


@given(strategies.integers(0, PAISE_MAX))
def test_what_is_written_is_read_back(paise: int):
    assert from_rupees(in_rupees(paise)) == paise
