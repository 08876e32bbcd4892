"""Pure decisions of the payments room, gathered here."""

from studyspot.services.payments.rules.approvals import (
    APPROVAL_LIFE as APPROVAL_LIFE,
    NEEDED as NEEDED,
    check_answerable as check_answerable,
    check_money_asked as check_money_asked,
    check_usable as check_usable,
    kind_asked as kind_asked,
)
from studyspot.services.payments.rules.drawers import (
    counted as counted,
    entries_of_difference as entries_of_difference,
    entries_of_transfer as entries_of_transfer,
    told_difference as told_difference,
)
from studyspot.services.payments.rules.expenses import (
    SPENT as SPENT,
    check_expense as check_expense,
    check_outlay as check_outlay,
    entries_of_expense as entries_of_expense,
    entries_of_outlay as entries_of_outlay,
    kind_of_file as kind_of_file,
    month_days as month_days,
    opposite as opposite,
)
from studyspot.services.payments.rules.ledger import (
    APPROVAL_LIMIT as APPROVAL_LIMIT,
    EARNED as EARNED,
    MONEY as MONEY,
    OPENING as OPENING,
    Differences as Differences,
    Entry as Entry,
    Share as Share,
    check_days as check_days,
    check_due as check_due,
    check_order as check_order,
    check_payment as check_payment,
    check_refund as check_refund,
    compare as compare,
    entries_of_charge as entries_of_charge,
    entries_of_correction as entries_of_correction,
    entries_of_credit as entries_of_credit,
    entries_of_opening as entries_of_opening,
    entries_of_shares as entries_of_shares,
    entries_of_waiver as entries_of_waiver,
    share_out as share_out,
    shares_as_asked as shares_as_asked,
    shares_of_deposit as shares_of_deposit,
    taken_back as taken_back,
)
from studyspot.services.payments.rules.papers import (
    Draft as Draft,
    Parties as Parties,
    Recipient as Recipient,
    Registration as Registration,
    charges_credited as charges_credited,
    credit_note as credit_note,
    paper_of_bill as paper_of_bill,
    receipt as receipt,
    series_of as series_of,
    tax_of_charge as tax_of_charge,
    voucher as voucher,
)
