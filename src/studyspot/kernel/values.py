"""Text that has a meaning of its own: phone numbers, e-mail addresses. Parsed once, at the edge.

Each class is a `str` in canonical form; `parse` raises `ValueError("code: what to do")`.
"""

import functools
import re
import zoneinfo
from typing import Annotated, ClassVar, Self

import email_validator
import msgspec
import phonenumbers
from stdnum.in_ import gstin

OTHER_NUMBER = {"is_other_number": True}
"""The `extra` of a text that may be a number of twelve digits without being an Aadhaar number."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\n]*$")]
ShortText = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\n]*$")]
LongText = Annotated[str, msgspec.Meta(max_length=1000)]
Pincode = Annotated[
    str, msgspec.Meta(pattern=r"^[1-9][0-9]{5}$", description="Indian postal code, six digits")
]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class ParsedText(str):
    """A string that only `parse` makes."""

    __slots__ = ()
    json_schema: ClassVar[dict[str, object]]

    @classmethod
    def parse(cls, text: str) -> Self:
        raise NotImplementedError


class Phone(ParsedText):
    """E.164 (ITU-T). A bare ten-digit number is taken as Indian (+91)."""

    __slots__ = ()
    json_schema: ClassVar[dict[str, object]] = {
        "type": "string",
        "minLength": 8,
        "maxLength": 30,
        "description": "E.164; a bare ten-digit Indian number is taken as +91",
        "examples": ["+919876543210"],
    }

    @classmethod
    def parse(cls, text: str) -> Self:
        problem = ValueError("invalid_phone: Give a phone number such as +919876543210 or 9876543210.")
        # The library would read letters as the keys they stand on, so that a name becomes somebody's number.
        if len(text) > 30 or any(map(str.isalpha, text)):  # noqa: PLR2004 - longer than any with punctuation
            raise problem
        try:
            number = phonenumbers.parse(text, "IN")
        except phonenumbers.NumberParseException:
            raise problem from None
        if not phonenumbers.is_valid_number(number) or number.extension:
            raise problem
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    @classmethod
    def is_one(cls, text: str) -> bool:
        try:
            cls.parse(text)
        except ValueError:
            return False
        return True


class Email(ParsedText):
    """An address in lower case: compared without regard to case, as people type it."""

    __slots__ = ()
    json_schema: ClassVar[dict[str, object]] = {
        "type": "string",
        "format": "email",
        "maxLength": 254,
        "examples": ["asha@example.in"],
    }

    @classmethod
    def parse(cls, text: str) -> Self:
        try:
            checked = email_validator.validate_email(text, check_deliverability=False, test_environment=True)
        except (email_validator.EmailNotValidError, ValueError):
            raise ValueError("invalid_email: Give an e-mail address such as asha@example.in.") from None
        return cls(checked.normalized.lower())


@functools.cache
def _time_zones() -> set[str]:
    """Read once: it walks through hundreds of files."""
    return zoneinfo.available_timezones()


class TimeZone(ParsedText):
    """A name of the IANA time zone database."""

    __slots__ = ()
    json_schema: ClassVar[dict[str, object]] = {
        "type": "string",
        "maxLength": 64,
        "description": "IANA time zone",
        "examples": ["Asia/Kolkata"],
    }

    @classmethod
    def parse(cls, text: str) -> Self:
        if text not in _time_zones():
            raise ValueError("invalid_time_zone: Give an IANA time zone such as Asia/Kolkata.")
        return cls(text)


class ClockTime(ParsedText):
    """A time of day on the wall, in 24 hours and whole minutes: HH:MM."""

    __slots__ = ()
    json_schema: ClassVar[dict[str, object]] = {
        "type": "string",
        "maxLength": 8,
        "pattern": r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:00)?$",
        "description": "Time of day, HH:MM",
        "examples": ["06:30"],
    }

    @classmethod
    def parse(cls, text: str) -> Self:
        match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?", text)
        if match is None:
            raise ValueError("invalid_time: Give a time of day such as 06:30 or 22:00.")
        return cls(f"{match[1]:0>2}:{match[2]}")


class Gstin(ParsedText):
    """A GST identification number: state, PAN, and a check digit that fits."""

    __slots__ = ()
    json_schema: ClassVar[dict[str, object]] = {
        "type": "string",
        "minLength": 15,
        "maxLength": 15,
        "description": "GST identification number",
        "examples": ["27AAPFU0939F1ZV"],
    }

    @classmethod
    def parse(cls, text: str) -> Self:
        if len(text) > 30 or not gstin.is_valid(text):  # noqa: PLR2004 - longer than any with blanks
            raise ValueError("invalid_gstin: Give a GSTIN such as 27AAPFU0939F1ZV.")
        return cls(gstin.compact(text))
