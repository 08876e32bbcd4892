"""All SQL of the libraries room, gathered here."""

from studyspot.services.libraries.store.branches import (
    count_libraries as count_libraries,
    count_members as count_members,
    count_students as count_students,
    count_taken as count_taken,
    delete_library as delete_library,
    find_library as find_library,
    find_money as find_money,
    insert_library as insert_library,
    list_libraries as list_libraries,
    lock_libraries as lock_libraries,
    update_library as update_library,
)
from studyspot.services.libraries.store.coupons import (
    count_coupons as count_coupons,
    count_known_libraries as count_known_libraries,
    count_known_plans as count_known_plans,
    count_own_uses as count_own_uses,
    delete_coupon as delete_coupon,
    find_buyer as find_buyer,
    find_coupon as find_coupon,
    find_coupon_by_code as find_coupon_by_code,
    insert_coupon as insert_coupon,
    list_coupons as list_coupons,
    lock_coupon as lock_coupon,
    update_coupon as update_coupon,
)
from studyspot.services.libraries.store.floor import (
    SeatRow as SeatRow,
    count_seats as count_seats,
    count_zones as count_zones,
    delete_seat as delete_seat,
    delete_zone as delete_zone,
    find_last_grid_row as find_last_grid_row,
    find_seat as find_seat,
    find_taken_codes as find_taken_codes,
    find_zone as find_zone,
    insert_seats as insert_seats,
    insert_zone as insert_zone,
    list_seats as list_seats,
    list_zones as list_zones,
    update_seat as update_seat,
    update_zone as update_zone,
)
from studyspot.services.libraries.store.hours import (
    HolidayRow as HolidayRow,
    WeekdayRow as WeekdayRow,
    find_calendar_version as find_calendar_version,
    list_holidays as list_holidays,
    list_opening_hours as list_opening_hours,
    replace_calendar as replace_calendar,
)
from studyspot.services.libraries.store.plans import (
    Named as Named,
    count_plans as count_plans,
    delete_plan as delete_plan,
    find_plan as find_plan,
    find_shift_names as find_shift_names,
    find_zone_names as find_zone_names,
    insert_plan as insert_plan,
    list_plans as list_plans,
    replace_prices as replace_prices,
    update_plan as update_plan,
)
from studyspot.services.libraries.store.shifts import (
    count_shifts as count_shifts,
    delete_shift as delete_shift,
    find_shift as find_shift,
    insert_shift as insert_shift,
    insert_times as insert_times,
    list_shifts as list_shifts,
    rename_shift as rename_shift,
)
from studyspot.services.libraries.store.tax import (
    delete_registration as delete_registration,
    find_registration as find_registration,
    insert_registration as insert_registration,
    list_registrations as list_registrations,
    list_registrations_of_series as list_registrations_of_series,
    lock_series as lock_series,
)
from studyspot.services.libraries.store.trail import count_trail as count_trail, list_trail as list_trail
