"""All SQL of the bookings room, gathered here. Seats and students are read where their rooms publish them."""

from studyspot.services.bookings.store.absences import (
    Hours as Hours,
    end_absence as end_absence,
    find_absence as find_absence,
    find_absence_of as find_absence_of,
    list_absences as list_absences,
    list_hours_on as list_hours_on,
    list_no_shows as list_no_shows,
    release as release,
)
from studyspot.services.bookings.store.bills import (
    delete_unposted as delete_unposted,
    find_bill_of_draft as find_bill_of_draft,
    insert_bill as insert_bill,
    list_unposted as list_unposted,
    list_unposted_memberships as list_unposted_memberships,
    mark_posted as mark_posted,
    update_bill as update_bill,
)
from studyspot.services.bookings.store.bookings import (
    cancel_booking as cancel_booking,
    confirm_booking as confirm_booking,
    count_bookings as count_bookings,
    find_booking as find_booking,
    insert_booking as insert_booking,
    list_bookings as list_bookings,
    move_booking as move_booking,
)
from studyspot.services.bookings.store.floating import (
    Chair as Chair,
    Floating as Floating,
    end_lent_chair as end_lent_chair,
    find_chairs as find_chairs,
    find_floating as find_floating,
    lend_chair as lend_chair,
    next_place_of as next_place_of,
)
from studyspot.services.bookings.store.holds import drop_expired_holds as drop_expired_holds
from studyspot.services.bookings.store.imports import (
    Held as Held,
    Imported as Imported,
    KnownStudent as KnownStudent,
    Taken as Taken,
    count_imports as count_imports,
    find_import as find_import,
    insert_import as insert_import,
    insert_imported as insert_imported,
    list_brought_in as list_brought_in,
    list_held as list_held,
    list_imported as list_imported,
    list_imports as list_imports,
    list_in_the_way_of as list_in_the_way_of,
    list_seats_of as list_seats_of,
    list_students as list_students,
    mark_undone as mark_undone,
)
from studyspot.services.bookings.store.memberships import (
    count_memberships as count_memberships,
    end_pause as end_pause,
    find_membership as find_membership,
    find_sold as find_sold,
    has_other_membership as has_other_membership,
    insert_membership as insert_membership,
    insert_pause as insert_pause,
    list_memberships as list_memberships,
    list_pauses as list_pauses,
    list_running as list_running,
    list_terms as list_terms,
    lock_memberships as lock_memberships,
    occupy as occupy,
    update_membership as update_membership,
    write_terms as write_terms,
)
from studyspot.services.bookings.store.occupancy import free_from as free_from
from studyspot.services.bookings.store.outages import (
    InTheWay as InTheWay,
    count_outages as count_outages,
    delete_outage as delete_outage,
    end_outage as end_outage,
    find_outage as find_outage,
    insert_outage as insert_outage,
    list_in_the_way as list_in_the_way,
    list_outages as list_outages,
)
from studyspot.services.bookings.store.presence import (
    count_leaves as count_leaves,
    count_strikes as count_strikes,
    find_leave as find_leave,
    find_leave_of as find_leave_of,
    find_lent_chair as find_lent_chair,
    forgive_leave as forgive_leave,
    list_leaves as list_leaves,
    note_back as note_back,
    note_scan as note_scan,
    resume_visit as resume_visit,
    start_leave as start_leave,
)
from studyspot.services.bookings.store.redemptions import (
    Redeemed as Redeemed,
    RewardDue as RewardDue,
    count_use as count_use,
    find_turn as find_turn,
    give_back_uses as give_back_uses,
    give_back_uses_of_drafts as give_back_uses_of_drafts,
    has_bought_another as has_bought_another,
    insert_redemption as insert_redemption,
    list_redeemed as list_redeemed,
    list_redemptions as list_redemptions,
    list_rewards_due as list_rewards_due,
    lock_coupon as lock_coupon,
)
from studyspot.services.bookings.store.renewals import (
    OpenRenewal as OpenRenewal,
    end_renewal as end_renewal,
    find_open_renewal as find_open_renewal,
    insert_renewal as insert_renewal,
    list_next_terms as list_next_terms,
    list_open_renewals as list_open_renewals,
    list_to_offer as list_to_offer,
    note_late_bill as note_late_bill,
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
    note_left as note_left,
    overdue_since as overdue_since,
)
from studyspot.services.bookings.store.waitlist import (
    count_waitlist as count_waitlist,
    end_waiting as end_waiting,
    find_waiting as find_waiting,
    insert_waiting as insert_waiting,
    is_anybody_waiting as is_anybody_waiting,
    list_in_line as list_in_line,
    list_waitlist as list_waitlist,
    note_lapsed as note_lapsed,
    offer as offer,
)
