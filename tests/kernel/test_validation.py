"""Reading untrusted input: every fault with its path, in words for the person who has to mend it."""

import time as clock
import unicodedata
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from studyspot.kernel.errors import Fault, ValidationFailed
from studyspot.kernel.validation import FAULTS_MAX, query_fault, read_json, read_value
from studyspot.kernel.values import Email, LongText, Name, Phone, Pincode, TimeZone


class Seat(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    label: Name
    row: Annotated[int, Meta(ge=1, le=50)] = 1


class Hall(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: Name
    seats: Annotated[list[Seat], Meta(min_length=1, max_length=3)]
    tags: tuple[Name, ...] = ()
    flags: dict[str, bool] = {}
    owner: Seat | None = None
    phone: Phone | None = None
    email: Email | UnsetType | None = UNSET
    zone: TimeZone | None = None
    pincode: Pincode | None = None
    notes: LongText | None = None
    price: Annotated[float, Meta(gt=0, lt=100)] = 1
    status: Literal["open", "closed", "full"] = "open"
    is_quiet: bool = False
    opens: Annotated[time, Meta(tz=False)] | None = None
    since: date | None = None
    seen: datetime | None = None
    id: UUID | None = None


GOOD: dict[str, Any] = {"name": "North", "seats": [{"label": "A1"}]}


def refused(body: bytes, into: type = Hall) -> list[Fault]:
    with pytest.raises(ValidationFailed) as refusal:
        read_json(body, into)
    return list(refusal.value.details)


def faults_of(**fields: Any) -> list[tuple[str, str, str]]:
    body = msgspec.json.encode(GOOD | fields)
    return [(fault.field, fault.code, fault.message) for fault in refused(body)]


def test_every_fault_is_told_with_its_path():
    body = {
        "name": "",
        "seats": [{"label": 5, "row": 51}, 7, {"colour": "red"}],
        "tags": ["ok", None, "x" * 101],
        "flags": {"ac": True, "wifi": "yes"},
        "owner": {"label": "a\nb"},
        "phone": "12",
        "email": "x",
        "extra": 1,
    }

    assert {(fault.field, fault.code) for fault in refused(msgspec.json.encode(body))} == {
        ("name", "too_short"), ("seats[0].label", "wrong_type"), ("seats[0].row", "too_large"),
        ("seats[1]", "wrong_type"), ("seats[2].label", "required"), ("seats[2].colour", "unknown_field"),
        ("tags[1]", "wrong_type"), ("tags[2]", "too_long"), ("flags.wifi", "wrong_type"),
        ("owner.label", "invalid_format"), ("phone", "invalid_phone"), ("email", "invalid_email"),
        ("extra", "unknown_field"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Give at least 1 character."),
        ("name", "x" * 101, "Give at most 100 characters."),
        ("name", "a\nb", "Write this on one line."),
        ("name", 5, "Must be text, not a whole number."),
        ("name", None, "Must be text, not null."),
        ("name", ["x"], "Must be text, not a list."),
        ("seats", [], "Give at least 1 item."),
        ("seats", [{"label": "A"}] * 4, "Give at most 3 items."),
        ("seats", {"label": "A"}, "Must be a list, not an object."),
        ("owner", "A1", "Must be an object, not text."),
        ("phone", 9876543210, "Must be text, not a whole number."),
        ("phone", "98765", "Give a phone number such as +919876543210 or 9876543210."),
        ("zone", "Mars", "Give an IANA time zone such as Asia/Kolkata."),
        ("pincode", "011001", "This is not in the expected form: Indian postal code, six digits."),
        ("price", 0, "Must be more than 0."),
        ("price", 100.5, "Must be less than 100."),
        ("price", "5", "Must be a number, not text."),
        ("status", "shut", "Choose open, closed or full."),
        ("is_quiet", "yes", "Must be true or false, not text."),
        ("is_quiet", 1, "Must be true or false, not a whole number."),
        ("opens", "6 am", "Write the time as 06:30:00."),
        ("opens", "06:30:00+05:30", "Write the time as 06:30:00."),
        ("since", "31/12/2004", "Write the date as 2026-01-31."),
        ("since", "2026-02-30", "Write the date as 2026-01-31."),
        ("seen", "yesterday", "Write it as 2026-01-31T06:30:00Z."),
        ("id", "7", "This is not an id."),
    ],
)
def test_a_message_says_what_to_do(field: str, value: Any, message: str):
    ((found, _, told),) = faults_of(**{field: value})

    assert (found, told) == (field, message)


@pytest.mark.parametrize("row", [0, -1, 51, 2**63, -(2**63), 10**30])
def test_a_number_out_of_its_bounds_is_refused(row: int):
    body = b'{"name": "North", "seats": [{"label": "A1", "row": %d}]}' % row

    (fault,) = refused(body)

    assert fault.field == "seats[0].row" or fault.code == "malformed"
    assert "$" not in fault.message


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x07", "a\rb", "a\tb", "a\u2028b", "a\x85b", "\x1b[31m", "a\x7f"]
)
def test_control_characters_are_refused_wherever_they_stand(text: str):
    told = faults_of(notes=text, tags=["fine", text], seats=[{"label": text}])

    assert {field for field, code, _ in told if code == "control_character"} == {
        "notes", "tags[1]", "seats[0].label",
    }  # fmt: skip


@pytest.mark.parametrize(("number", "code"), [(2**64, "too_large"), (-(2**63) - 1, "too_small")])
def test_numbers_that_no_process_could_hand_on_are_refused_wherever_they_stand(number: int, code: str):
    body = b'{"rows": [{"fine": %d, "much": [%d]}]}' % (2**64 - 1, number)
    (fault,) = refused(body, dict[str, Any])
    assert (fault.field, fault.code) == ("rows[0].much[0]", code)


def test_a_number_out_of_all_bounds_is_told_the_bounds_of_its_field():
    (told,) = faults_of(seats=[{"label": "A1", "row": 0}, {"label": "A2", "row": 1}], price=5)
    assert told == ("seats[0].row", "too_small", "Must be 1 or more.")
    (fault,) = refused(b'{"name": "North", "seats": [{"label": "A1", "row": %d}]}' % 10**30)
    assert (fault.field, fault.message) == ("seats[0].row", "Must be 50 or less.")


def test_control_characters_do_not_hide_the_other_faults():
    assert {(field, code) for field, code, _ in faults_of(name="a\x00b", status="shut")} == {
        ("name", "control_character"),
        ("status", "invalid_choice"),
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  North ", "North"),
        ("\u00a0North\u3000", "North"),
        ("Jose\u0301", "José"),
        ("\u0958", "\u0915\u093c"),
        ("सुनीता", "सुनीता"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
    ],
)
def test_text_is_trimmed_and_normalised(sent: str, kept: str):
    assert read_value(GOOD | {"name": sent}, Hall).name == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\u202a+91 98765 43210\u202c", "+91 98765 43210"),  # as it is copied from a chat
        ("\u202eedoC\u202c", "edoC"),
        ("A\u200bs\u200dha\ufeff", "Asha"),
        ("दऱ\u200dया", "दऱ\u200dया"),  # the joiner is part of how it is written
        ("\u200dसुनीता\u200c", "सुनीता"),
    ],
)
def test_what_nobody_sees_is_left_out(sent: str, kept: str):
    assert read_value(GOOD | {"name": sent}, Hall).name == kept


@pytest.mark.parametrize("sent", ["\u200b", "\u202e\u2066", "\u200d\u200c", "\ufeff \u00ad"])
def test_a_name_that_nobody_sees_is_none(sent: str):
    with pytest.raises(ValidationFailed) as caught:
        read_value(GOOD | {"name": sent}, Hall)
    assert [(one.field, one.code) for one in caught.value.details] == [("name", "too_short")]


class Closing(msgspec.Struct, frozen=True):
    at: datetime | None = None


@pytest.mark.parametrize("sent", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_falls_out_of_the_calendar_is_refused(sent: str):
    with pytest.raises(ValidationFailed) as caught:
        read_value({"at": sent}, Closing)
    assert [(one.field, one.code) for one in caught.value.details] == [("at", "out_of_range")]
    assert read_value({"at": "2026-11-27T09:00:00+05:30"}, Closing).at is not None
    assert read_value({}, Closing).at is None


def test_lines_of_a_note_stay():
    assert read_value(GOOD | {"notes": "one\r\ntwo\n"}, Hall).notes == "one\ntwo"


def test_a_length_counts_characters_after_trimming_and_composing():
    hall = read_value(GOOD | {"name": "e\u0301" * 100 + "  "}, Hall)

    assert len(hall.name) == 100


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[1,", b"nul", b"{'name': 1}", b'{"name": NaN}', b'{"name": Infinity}', b'{"a": 01}',
        b'{"name": "\xff"}', b'{"name": "\xc3\x28"}', b'{"name": "\\ud800"}', b'{"a": 1} x', b'{"a": 1e999}',
        b"\xef\xbb\xbf{}", b'{"a": "\x00"}', b'{"a" "b"}', b"9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_as_malformed(body: bytes):
    (fault,) = refused(body)

    assert (fault.field, fault.code) in {("", "malformed"), ("", "wrong_type")}
    assert fault.message.endswith(".")
    assert not any(word in fault.message for word in ("codec", "recursion", "`$"))


@pytest.mark.parametrize("depth", [200, 300, 450, 480, 600, 900, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused_and_never_fails(depth: int, opening: bytes, closing: bytes):
    for into in (Hall, dict[str, Any]):
        body = b'{"name": "North", "seats": ' + opening * depth + b"1" + closing * depth + b"}"
        try:
            read_json(body, into)
        except ValidationFailed as refusal:
            assert refusal.details  # noqa: PT017 - it depends on the depth whether there is one


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"5", b"true"])
def test_a_body_of_another_kind_is_one_fault(body: bytes):
    (fault,) = refused(body)

    assert (fault.field, fault.code) == ("", "wrong_type")


def test_of_two_values_under_one_name_the_last_counts():
    body = b'{"name": "First", "name": "Second", "seats": [{"label": "A1"}]}'

    assert read_json(body, Hall).name == "Second"


def test_faults_are_counted_up_to_a_bound():
    many = [{} for _ in range(50_000)]

    with pytest.raises(ValidationFailed) as refusal:
        read_value(many, list[Seat])

    assert len(refusal.value.details) == FAULTS_MAX


def test_a_long_unknown_name_is_not_sent_back_whole():
    (fault,) = refused(msgspec.json.encode(GOOD | {"x" * 100_000: 1}))

    assert len(fault.field) <= 100


def test_what_is_given_is_told_from_what_is_left_out():
    assert read_value(GOOD, Hall).email is UNSET
    assert read_value(GOOD | {"email": None}, Hall).email is None
    assert read_value(GOOD | {"email": "Asha@Example.IN"}, Hall).email == "asha@example.in"


@pytest.mark.parametrize(
    ("problem", "code", "message"),
    [
        ("Missing required query parameter", "required", "This parameter is required."),
        ("Expected `int`, got `str`", "wrong_type", "Must be a whole number, not text."),
        ("Expected `int` >= 1", "too_small", "Must be 1 or more."),
        ("Expected `str` of length <= 100", "too_long", "Give at most 100 characters."),
        ("Invalid enum value 'x'", "invalid_choice", "Choose one of the allowed values."),
    ],
)
def test_a_query_parameter_is_told_in_the_same_words(problem: str, code: str, message: str):
    assert query_fault("page", problem) == Fault("page", message, code)


class Note(msgspec.Struct):
    text: str


def test_piled_up_marks_are_a_fault_and_take_no_time():
    pile = "a" + "\u0301\u0327" * 100_000
    began = clock.perf_counter()

    with pytest.raises(ValidationFailed) as refused:
        read_json(msgspec.json.encode({"text": pile}), Note)

    assert clock.perf_counter() - began < 1
    assert [(one.field, one.code) for one in refused.value.details] == [("text", "malformed_text")]


def test_indian_and_accented_letters_are_no_pile():
    text = "क्षत्रिय ज़्यादा é ệ" + "a" + "\u0301" * 30
    assert read_json(msgspec.json.encode({"text": text}), Note).text == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("body", [b"[" + b"[]," * 60_000 + b"[]]", b"[" + b"1," * 1_100_000 + b"1]"])
def test_a_body_of_millions_of_values_is_refused_unread(body: bytes):
    with pytest.raises(ValidationFailed):
        read_json(body, list)


@pytest.mark.parametrize(
    "text", ["9876543OIO", "987 654 DUES", "Papa 9876543210", "1-800-FLOWERS", "９８７६५４३२１०x"]
)
def test_letters_are_no_digits_of_a_phone_number(text: str):
    with pytest.raises(ValueError, match="invalid_phone"):
        Phone.parse(text)
