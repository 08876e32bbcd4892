"""What a library's running register says of memberships: its words, row by row, and what they mean here."""

from studyspot.services.bookings.rules.register.claims import clashes_in_file as clashes_in_file
from studyspot.services.bookings.rules.register.rows import (
    Floor as Floor,
    Reading as Reading,
    Wanted as Wanted,
    opening_bill as opening_bill,
    read_row as read_row,
    term_of as term_of,
)
from studyspot.services.bookings.rules.register.seats import KnownSeat as KnownSeat, Seats as Seats
from studyspot.services.bookings.rules.register.words import WORDS as WORDS
