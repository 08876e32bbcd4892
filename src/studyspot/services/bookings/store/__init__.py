"""All SQL of the bookings room, gathered here. Seats and students are read where their rooms publish them."""

from studyspot.services.bookings.store.bookings import (
    cancel_booking as cancel_booking,
    confirm_booking as confirm_booking,
    count_bookings as count_bookings,
    drop_expired_holds as drop_expired_holds,
    find_booking as find_booking,
    insert_booking as insert_booking,
    list_bookings as list_bookings,
    list_in_the_way as list_in_the_way,
    move_booking as move_booking,
)
from studyspot.services.bookings.store.outages import (
    count_outages as count_outages,
    delete_outage as delete_outage,
    end_outage as end_outage,
    find_outage as find_outage,
    insert_outage as insert_outage,
    list_outages as list_outages,
)
from studyspot.services.bookings.store.seats import (
    Seat as Seat,
    Student as Student,
    find_free_seats as find_free_seats,
    find_seat as find_seat,
    find_student as find_student,
    list_map as list_map,
    lock as lock,
)
from studyspot.services.bookings.store.visits import (
    count_visits as count_visits,
    end_visit as end_visit,
    find_visit as find_visit,
    find_visit_of as find_visit_of,
    insert_visit as insert_visit,
    list_hours as list_hours,
    list_visits as list_visits,
)
