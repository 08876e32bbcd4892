"""What the columns of a register are called, in English and Hindi. Only words; `columns.py` compares them."""

NOISE = frozenset(
    word
    for words in (
        "student students candidate candidates member members reader no nos number num",
        "of the enter your details",
        "का की के नंबर नम्बर नं न संख्या छात्र छात्रा विद्यार्थी सदस्य",
    )
    for word in words.split()
)
"""Words that change nothing about what a column holds."""

_PHONE = "phone, mobile, mob, ph, contact, cell, whatsapp, telephone, tel, call"
_HINDI_PHONE = "फोन, मोबाइल, मोबाईल, दूरभाष, संपर्क, सम्पर्क, व्हाट्सएप"
_PARENT = "father, fathers, mother, mothers, parent, parents, guardian, guardians, papa, mummy"
_HINDI_PARENT = "पिता, माता, अभिभावक, पालक, पिताजी, माताजी"


def _pairs(people: str, words: str) -> str:
    return ", ".join(f"{person} {word}" for person in people.split(", ") for word in words.split(", "))


_LISTED = {
    "name": "name, full name, student, student name, students name, candidate name, member name, sname,"
    " stu name, stud name, naam, नाम, पूरा नाम, छात्र, विद्यार्थी",
    "first_name": "first name, fname, given name, पहला नाम, प्रथम नाम",
    "last_name": "last name, lname, surname, family name, उपनाम, कुलनाम, अंतिम नाम",
    "email": "email, e mail, mail, email id, e mail id, mail id, email address, gmail, gmail id, ईमेल, ई मेल,"
    " ईमेल आईडी",
    "phone": f"{_PHONE}, {_HINDI_PHONE}, mobile phone, cell phone, contact mobile, contact phone, mobile 1,"
    " phone 1, primary phone, primary mobile, whatsapp mobile, whatsapp phone, registered mobile, m no",
    "parent_phone": f"{_pairs(_PARENT, f'{_PHONE}, no, number')},"
    f" {_pairs(_HINDI_PARENT, f'{_HINDI_PHONE}, नंबर, नं')},"
    " mobile 2, phone 2, alternate mobile, alternate phone, alternate contact, alternate no,"
    " alternative mobile, alternative phone, alt mobile, alt phone, alt no, secondary phone, home phone",
    "date_of_birth": "date of birth, dob, d o b, birth date, birthday, birth dt, born on, जन्म तिथि,"
    " जन्म दिनांक, जन्म तारीख, जन्मदिन",
    "gender": "gender, sex, m f, male female, लिंग",
    "address": "address, addr, add, full address, residential address, home address, permanent address,"
    " current address, present address, local address, postal address, residence, पता, स्थायी पता,"
    " वर्तमान पता, निवास",
    "city": "city, town, district, dist, city town, city district, village, शहर, नगर, जिला",
    "state": "state, state name, province, राज्य, प्रदेश",
    "pincode": "pincode, pin, zip, zip code, postal code, post code, पिन कोड, पिन",
    "education_level": "education, education level, qualification, educational qualification, class,"
    " standard, std, highest qualification, शिक्षा, योग्यता, शैक्षणिक योग्यता, कक्षा",
    "course": "course, course name, exam, exam preparation, preparing for, preparation, exam name,"
    " target exam, stream, subject, पाठ्यक्रम, कोर्स, परीक्षा, परीक्षा तैयारी, विषय",
    "institution": "institution, institute, college, school, university, college name, school name,"
    " institute name, college school, coaching, coaching name, संस्थान, कॉलेज, विद्यालय, स्कूल, कोचिंग",
    "emergency_contact_name": "emergency contact name, emergency name, emergency contact person,"
    " emergency person, आपातकालीन संपर्क नाम, आपातकालीन नाम",
    "emergency_contact_phone": "emergency contact, emergency contact phone, emergency phone,"
    " emergency mobile, emergency no, emergency number, emergency contact mobile, emergency, आपातकालीन संपर्क,"
    " आपातकालीन नंबर, आपातकालीन मोबाइल, आपातकालीन फोन",
    "enrollment_date": "enrollment date, enrolment date, joining date, join date, date of joining, doj,"
    " d o j, admission date, date of admission, doa, registration date, reg date, date of registration,"
    " enrolled on, joined on, joined, date joined, adm date, प्रवेश तिथि, नामांकन तिथि, पंजीकरण तिथि,"
    " प्रवेश दिनांक, दाखिला तिथि",
    "notes": "notes, note, remark, remarks, comment, comments, टिप्पणी, विवरण, अन्य जानकारी",
    "library": "library, library name, library id, branch, branch name, centre, center, center name,"
    " centre name, study center, शाखा, पुस्तकालय, लाइब्रेरी, केंद्र",
}
PHRASES = {field: tuple(phrases.split(", ")) for field, phrases in _LISTED.items()}
