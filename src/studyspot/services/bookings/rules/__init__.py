"""Pure decisions of the bookings room, gathered here."""

from studyspot.services.bookings.rules.bills import (
    bill as bill,
    charges_of as charges_of,
    fee_of as fee_of,
    late_fee_of as late_fee_of,
)
from studyspot.services.bookings.rules.memberships import (
    DAYS_AROUND as DAYS_AROUND,
    Place as Place,
    check_near as check_near,
    check_pause as check_pause,
    check_plan as check_plan,
    check_start as check_start,
    cut as cut,
    days_of as days_of,
    extended as extended,
    held as held,
    paused as paused,
    places as places,
    prorated as prorated,
    replanned as replanned,
    reseated as reseated,
    resumed as resumed,
    split as split,
)
from studyspot.services.bookings.rules.times import (
    ALWAYS as ALWAYS,
    DAY as DAY,
    HOLD as HOLD,
    Window as Window,
    check_changeable as check_changeable,
    check_day as check_day,
    check_days as check_days,
    check_open as check_open,
    check_outage as check_outage,
    check_times as check_times,
    closing_time as closing_time,
    window_of_shift as window_of_shift,
    window_on as window_on,
)
