"""All SQL of the payments room, gathered here. Students are read where their room publishes them."""

from studyspot.services.payments.store.books import (
    count_day_closes as count_day_closes,
    count_dues as count_dues,
    expected_cash as expected_cash,
    find_day_close as find_day_close,
    insert_day_close as insert_day_close,
    list_cash_lines as list_cash_lines,
    list_day_closes as list_day_closes,
    list_dues as list_dues,
    list_totals as list_totals,
    list_upi as list_upi,
)
from studyspot.services.payments.store.charges import (
    count_charges as count_charges,
    find_charge as find_charge,
    insert_charges as insert_charges,
    list_charges as list_charges,
    list_charges_of as list_charges_of,
    list_open as list_open,
)
from studyspot.services.payments.store.expenses import (
    count_expenses as count_expenses,
    find_expense as find_expense,
    find_expense_of as find_expense_of,
    find_file as find_file,
    find_transactions_of as find_transactions_of,
    insert_expense as insert_expense,
    insert_file as insert_file,
    insert_settlement as insert_settlement,
    list_expenses as list_expenses,
)
from studyspot.services.payments.store.ledger import (
    Holding as Holding,
    OpeningBill as OpeningBill,
    Posted as Posted,
    find_holding as find_holding,
    find_opening as find_opening,
    find_posted as find_posted,
    find_student as find_student,
    given_away as given_away,
    insert_entries as insert_entries,
    insert_opposite as insert_opposite,
    insert_transaction as insert_transaction,
    is_reversed as is_reversed,
    is_used_since as is_used_since,
    keep_open as keep_open,
    last_closed_day as last_closed_day,
    lock_library as lock_library,
    lock_spending as lock_spending,
    lock_student as lock_student,
)
from studyspot.services.payments.store.papers import (
    advance_with_voucher as advance_with_voucher,
    count_papers as count_papers,
    find_paper as find_paper,
    find_paper_of as find_paper_of,
    find_recipient as find_recipient,
    find_registration as find_registration,
    forget_recipient as forget_recipient,
    insert_paper as insert_paper,
    list_numbers_of as list_numbers_of,
    list_papers as list_papers,
    next_number as next_number,
)
from studyspot.services.payments.store.payments import (
    count_payments as count_payments,
    find_payment as find_payment,
    find_payment_of as find_payment_of,
    find_transaction_of as find_transaction_of,
    insert_payment as insert_payment,
    list_payments as list_payments,
    mark_reversed as mark_reversed,
)
from studyspot.services.payments.store.profit import (
    Moved as Moved,
    list_moved as list_moved,
    list_paid_out as list_paid_out,
    list_received as list_received,
)
