"""Pure decisions of the libraries room, gathered here."""

from studyspot.services.libraries.rules.coupons import (
    check_coupon as check_coupon,
    check_usable as check_usable,
)
from studyspot.services.libraries.rules.floor import (
    Place as Place,
    check_holidays as check_holidays,
    check_not_past as check_not_past,
    code_order as code_order,
    places as places,
)
from studyspot.services.libraries.rules.pricing import (
    SIBLING_AHEAD as SIBLING_AHEAD,
    Buyer as Buyer,
    check_plan as check_plan,
    quote as quote,
)
from studyspot.services.libraries.rules.tax import check_registration as check_registration
