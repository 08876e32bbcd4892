"""What the columns of a running register are called, in English and Hindi."""

_LISTED = {
    "seat": "seat, seat no, seat number, seat code, seat id, chair, chair no, table, table no, desk, desk no,"
    " cabin, cabin no, सीट, सीट नंबर, सीट संख्या, कुर्सी",
    "shift": "shift, shift name, shift code, shift time, shift timing, batch, batch time, batch timing, slot,"
    " time slot, timing, timings, time, hours, शिफ्ट, पाली, समय, बैच",
    "plan": "plan, plan name, fee plan, membership plan, package, scheme, membership type, प्लान, योजना",
    "starts_on": "start, start date, starts on, starting date, from, from date, valid from, membership from,"
    " membership start, membership start date, plan start, plan start date, renewal date, renewed on,"
    " current from, period from, शुरू, आरंभ तिथि, शुरू तिथि, प्रारंभ तिथि",
    "ends_on": "end, end date, ends on, ending date, to, to date, upto, up to, till, till date, valid till,"
    " valid upto, valid until, valid to, expiry, expiry date, expires, expires on, exp date, due date,"
    " next due date, membership end, membership end date, membership to, plan end, plan end date, period to,"
    " last date, last day, समाप्ति, समाप्ति तिथि, अंतिम तिथि",
    "fee": "fee, fees, monthly fee, monthly fees, fee amount, fees amount, total fee, total fees, amount,"
    " rate, price, charges, membership fee, plan fee, plan amount, शुल्क, फीस",
    "paid": "paid, paid amount, amount paid, fee paid, fees paid, received, amount received, received amount,"
    " recd, deposit paid, collected, जमा, भुगतान",
    "dues": "due, dues, due amount, amount due, balance, balance due, balance amount, bal, pending, pending"
    " amount, pending fee, pending fees, outstanding, remaining, baki, baaki, opening balance, opening dues,"
    " old dues, fee due, fees due, बकाया, शेष",
    "advance": "advance, advance paid, advance amount, adv, advance balance, credit, paid in advance, अग्रिम,"
    " एडवांस",
    "deposit": "deposit, security, security deposit, security amount, deposit amount, caution money, caution"
    " deposit, refundable deposit, सिक्योरिटी, जमानत",
}
WORDS = {field: tuple(phrases.split(", ")) for field, phrases in _LISTED.items()}
