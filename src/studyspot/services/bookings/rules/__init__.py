"""Pure decisions of the bookings room, gathered here."""

from studyspot.services.bookings.rules.bills import (
    bill as bill,
    charges_of as charges_of,
    fee_of as fee_of,
    late_fee_of as late_fee_of,
    without_once as without_once,
)
from studyspot.services.bookings.rules.codes import (
    PASS as PASS,
    SEAL_BYTES as SEAL_BYTES,
    WALL as WALL,
    IssuedCode as IssuedCode,
    ReadCode as ReadCode,
    own_pass as own_pass,
    read_code as read_code,
    wall_code as wall_code,
)
from studyspot.services.bookings.rules.memberships import (
    DAYS_AROUND as DAYS_AROUND,
    Place as Place,
    check_absence as check_absence,
    check_near as check_near,
    check_pause as check_pause,
    check_plan as check_plan,
    check_start as check_start,
    cut as cut,
    days_of as days_of,
    extended as extended,
    goes_on as goes_on,
    held as held,
    libraries_from as libraries_from,
    paused as paused,
    places as places,
    prorated as prorated,
    replanned as replanned,
    reseated as reseated,
    resumed as resumed,
    split as split,
)
from studyspot.services.bookings.rules.redemptions import (
    check_uses as check_uses,
    taken_off_once as taken_off_once,
)
from studyspot.services.bookings.rules.times import (
    ALWAYS as ALWAYS,
    DAY as DAY,
    EARLY_BY as EARLY_BY,
    HOLD as HOLD,
    WORTH_IT as WORTH_IT,
    Window as Window,
    check_active as check_active,
    check_changeable as check_changeable,
    check_day as check_day,
    check_days as check_days,
    check_open as check_open,
    check_outage as check_outage,
    check_times as check_times,
    out_by as out_by,
    sits_until as sits_until,
    window_of_shift as window_of_shift,
    window_on as window_on,
)
