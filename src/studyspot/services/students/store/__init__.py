"""All SQL of the students room, gathered here."""

from studyspot.services.students.store.erasure import (
    count_one_less as count_one_less,
    erase_belongings as erase_belongings,
    erase_student as erase_student,
    find_erasable as find_erasable,
    forget_in_trail as forget_in_trail,
)
from studyspot.services.students.store.guardians import (
    count_consents as count_consents,
    find_guardian as find_guardian,
    insert_consent as insert_consent,
    insert_guardian as insert_guardian,
    list_consents as list_consents,
    list_guardians as list_guardians,
    remove_guardian as remove_guardian,
    update_guardian as update_guardian,
)
from studyspot.services.students.store.id_proofs import (
    delete_id_proof as delete_id_proof,
    find_id_proof as find_id_proof,
    insert_id_proof as insert_id_proof,
    list_id_proofs as list_id_proofs,
)
from studyspot.services.students.store.images import (
    delete_id_image as delete_id_image,
    delete_images as delete_images,
    delete_photo as delete_photo,
    find_id_image as find_id_image,
    find_photo as find_photo,
    read_image as read_image,
    replace_id_image as replace_id_image,
    replace_photo as replace_photo,
)
from studyspot.services.students.store.kept import (
    list_kept_terms as list_kept_terms,
    list_kept_visits as list_kept_visits,
)
from studyspot.services.students.store.leads import (
    count_leads as count_leads,
    count_referrals as count_referrals,
    find_by_code as find_by_code,
    find_known as find_known,
    find_lead as find_lead,
    find_referral as find_referral,
    has_bought as has_bought,
    has_brought as has_brought,
    insert_lead as insert_lead,
    insert_referral as insert_referral,
    list_leads as list_leads,
    list_referrals as list_referrals,
    lock_pair as lock_pair,
    mark_rewarded as mark_rewarded,
    update_lead as update_lead,
)
from studyspot.services.students.store.profiles import (
    delete_goal as delete_goal,
    find_goal as find_goal,
    find_privacy as find_privacy,
    insert_goal as insert_goal,
    list_goals as list_goals,
    set_privacy as set_privacy,
    update_goal as update_goal,
)
from studyspot.services.students.store.records import (
    Totals as Totals,
    count_students as count_students,
    delete_student as delete_student,
    find_by_emails as find_by_emails,
    find_by_phones as find_by_phones,
    find_clash as find_clash,
    find_student as find_student,
    find_totals as find_totals,
    has_money as has_money,
    has_seat as has_seat,
    insert_student as insert_student,
    insert_students as insert_students,
    list_after as list_after,
    list_newest as list_newest,
    list_students as list_students,
    lock_totals as lock_totals,
    set_totals as set_totals,
    student_code as student_code,
    summarise as summarise,
    update_student as update_student,
    update_students as update_students,
)
from studyspot.services.students.store.tickets import (
    count_events as count_events,
    count_tickets as count_tickets,
    find_ticket as find_ticket,
    insert_event as insert_event,
    insert_ticket as insert_ticket,
    list_events as list_events,
    list_tickets as list_tickets,
    mark_answered as mark_answered,
    update_ticket as update_ticket,
)
