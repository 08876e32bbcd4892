"""A demo to look around in: one operator, one business with two libraries, their seats, shifts and plans, 500
believable students, and members who paid, or did not.
"""

import contextlib
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from studyspot.entrypoints.demo_floor import furnish
from studyspot.entrypoints.demo_members import enrol
from studyspot.entrypoints.local import write_json
from studyspot.entrypoints.platform import Platform
from studyspot.kernel import clock
from studyspot.kernel.contract import system
from studyspot.kernel.errors import DuplicateEntry
from studyspot.kernel.ids import new_secret
from studyspot.kernel.values import ClockTime, Email, Phone
from studyspot.services.libraries.contract import LibraryFilter, NewLibrary
from studyspot.services.students.contract import ImportOptions, StudentFilter
from studyspot.services.tenants.contract import Registration, TenantChange
from studyspot.services.users.contract import NewPlatformUser

STUDENTS = 500
ADMIN_EMAIL = "admin@studyspot.example"
OWNER_EMAIL = "owner@shanti.example"

GIRLS = [
    "Aarohi",
    "Aditi",
    "Ananya",
    "Anjali",
    "Asha",
    "Bhavna",
    "Deepika",
    "Divya",
    "Garima",
    "Ishita",
    "Jyoti",
    "Kavya",
    "Khushi",
    "Komal",
    "Kriti",
    "Lakshmi",
    "Manisha",
    "Meera",
    "Megha",
    "Nandini",
    "Neha",
    "Nikita",
    "Pallavi",
    "Pooja",
    "Prachi",
    "Pragati",
    "Priya",
    "Radhika",
    "Riya",
    "Ruchi",
    "Sakshi",
    "Sana",
    "Shalini",
    "Shreya",
    "Simran",
    "Sneha",
    "Swati",
    "Tanvi",
    "Vaishnavi",
    "Zoya",
    "मीरा",
    "प्रिया",
    "सुनीता",
    "आरती",
    "रेखा",
]
BOYS = [
    "Aakash",
    "Abhishek",
    "Aditya",
    "Ajay",
    "Akhil",
    "Aman",
    "Amit",
    "Ankit",
    "Arjun",
    "Ashwin",
    "Deepak",
    "Faizan",
    "Gaurav",
    "Harsh",
    "Imran",
    "Jatin",
    "Karan",
    "Kunal",
    "Lokesh",
    "Manish",
    "Mohit",
    "Naveen",
    "Nikhil",
    "Pankaj",
    "Prakash",
    "Rahul",
    "Rajat",
    "Ravi",
    "Rohit",
    "Sachin",
    "Sahil",
    "Sanjay",
    "Saurabh",
    "Shubham",
    "Siddharth",
    "Sumit",
    "Tarun",
    "Varun",
    "Vikas",
    "Yash",
    "राहुल",
    "अमित",
    "विकास",
    "संदीप",
]
SURNAMES = [
    "Agarwal",
    "Ansari",
    "Bansal",
    "Bhatt",
    "Chauhan",
    "Choudhary",
    "Das",
    "Dubey",
    "Gupta",
    "Iyer",
    "Jain",
    "Jha",
    "Joshi",
    "Kapoor",
    "Khan",
    "Kulkarni",
    "Kumar",
    "Malhotra",
    "Mehta",
    "Mishra",
    "Nair",
    "Pandey",
    "Patel",
    "Patil",
    "Rao",
    "Rastogi",
    "Rawat",
    "Reddy",
    "Saxena",
    "Sharma",
    "Shukla",
    "Singh",
    "Sinha",
    "Soni",
    "Srivastava",
    "Thakur",
    "Tiwari",
    "Tripathi",
    "Verma",
    "Yadav",
    "शर्मा",
    "वर्मा",
    "सिंह",
]
COURSES = ("UPSC", "SSC CGL", "NEET", "JEE", "CA Foundation", "Bank PO", "GATE", "UGC NET", "LLB", "RRB NTPC")
INSTITUTIONS = ("Lucknow University", "Allen Career Institute", "Self study", "Drishti", "Aakash Institute")
STREETS = ("Hazratganj", "Aliganj", "Indira Nagar", "Gomti Nagar", "Kapoorthala", "Chowk", "Rajajipuram")


class DemoAdmin(msgspec.Struct):
    email: str
    password: str


class DemoOwner(msgspec.Struct):
    email: str
    password: str
    tenant_id: str


class Demo(msgspec.Struct):
    """The logins, as they stand in `demo.json`."""

    url: str
    admin: DemoAdmin
    owner: DemoOwner


def read_demo(path: Path) -> Demo | None:
    return msgspec.json.decode(path.read_bytes(), type=Demo) if path.exists() else None


async def ensure_demo(platform: Platform, path: Path, url: str) -> Demo:
    """Makes the demo, or completes one that was interrupted. Passwords are random per data folder."""
    known = read_demo(path)
    admin_password = known.admin.password if known else new_secret(12)
    owner_password = known.owner.password if known else new_secret(12)
    demo = Demo(url, DemoAdmin(ADMIN_EMAIL, admin_password), DemoOwner(OWNER_EMAIL, owner_password, ""))
    if known is None:
        # Written before anything is made: after a crash the same passwords are used again.
        write_json(path, demo)
    if known is None or not known.owner.tenant_id:
        await _make(platform, demo)
        write_json(path, demo)
    elif known.url != url:
        demo.owner.tenant_id = known.owner.tenant_id
        write_json(path, demo)
    else:
        demo = known
    return demo


async def _make(platform: Platform, demo: Demo) -> None:
    await _ensure_admin(platform, demo.admin)
    signed_in = await platform.tenants.register(
        system(),
        registration=Registration(
            first_name="Shanti",
            last_name="Devi",
            business_name="Shanti Study Libraries",
            email=Email(OWNER_EMAIL),
            phone=Phone("+915224001234"),
            password=demo.owner.password,
        ),
    )
    tenant_id = signed_in.user.tenant_id
    assert tenant_id is not None  # noqa: S101 - an owner has a tenant
    tenant = await platform.tenants.get_tenant(system(), tenant_id=tenant_id)
    if tenant.subscription_plan == "free":
        change = TenantChange(version=tenant.version, subscription_plan="professional")
        await platform.tenants.change_tenant(system(), tenant_id=tenant_id, change=change)
    owner = system(tenant_id=tenant_id)
    libraries = (
        await platform.libraries.list_libraries(owner, filter=LibraryFilter(), page=1, limit=10)
    ).items
    known = {library.name: library for library in libraries}
    for new in _libraries():
        if new.name not in known:
            known[new.name] = await platform.libraries.create_library(owner, library=new)
        await furnish(platform, owner, known[new.name])
    found = await platform.students.list_students(owner, filter=StudentFilter(), page=1, limit=1)
    if found.total < STUDENTS:
        await platform.students.import_students(
            owner, students=believable_students(STUDENTS, clock.now().date()), options=ImportOptions()
        )
    for library in known.values():
        await enrol(platform, owner, library)
    demo.owner.tenant_id = str(tenant_id)


async def _ensure_admin(platform: Platform, admin: DemoAdmin) -> None:
    user = NewPlatformUser(
        email=Email(admin.email),
        password=admin.password,
        first_name="Demo",
        last_name="Operator",
        role="super_admin",
    )
    with contextlib.suppress(DuplicateEntry):  # made before the interruption
        await platform.users.create_platform_user(system(), user=user)


def _libraries() -> list[NewLibrary]:
    return [
        NewLibrary(
            name="Shanti Library, Hazratganj",
            address="12 Mahatma Gandhi Marg, above the post office",
            city="Lucknow",
            state="Uttar Pradesh",
            pincode="226001",
            capacity=80,
            opening_time=ClockTime("06:00"),
            closing_time=ClockTime("06:00"),
            facilities=("AC", "Wi-Fi", "RO water", "Lockers"),
        ),
        NewLibrary(
            name="Shanti Library, Aliganj",
            address="Sector H, next to the Kapoorthala crossing",
            city="Lucknow",
            state="Uttar Pradesh",
            pincode="226024",
            capacity=80,
            opening_time=ClockTime("06:00"),
            closing_time=ClockTime("23:00"),
            facilities=("Wi-Fi", "RO water", "Women's zone"),
        ),
    ]


def believable_students(count: int, today: date, *, seed: int = 7) -> list[dict[str, Any]]:
    """The same students for the same seed; phones are distinct, as an import wants them."""
    chance = random.Random(seed)  # noqa: S311 - demo data
    phones = chance.sample(range(10**8), count)
    branches = [library.name for library in _libraries()]
    students = []
    for number, phone in enumerate(phones):
        is_girl = chance.random() < 0.45  # noqa: PLR2004
        first, last = chance.choice(GIRLS if is_girl else BOYS), chance.choice(SURNAMES)
        born = today - timedelta(days=chance.randint(18 * 366, 31 * 365))
        student = {
            "first_name": first,
            "last_name": last,
            "phone": f"+91{chance.choice('6789')}{chance.choice('0123456789')}{phone:08}",
            "gender": "female" if is_girl else "male",
            "date_of_birth": born.isoformat(),
            "address": f"{chance.randint(1, 240)}, {chance.choice(STREETS)}",
            "city": "Lucknow",
            "state": "Uttar Pradesh",
            "pincode": f"2260{chance.randint(1, 31):02}",
            "course": chance.choice(COURSES),
            "institution": chance.choice(INSTITUTIONS),
            "library": chance.choice(branches),
            "enrollment_date": (today - timedelta(days=chance.randint(0, 540))).isoformat(),
        }
        if first.isascii() and last.isascii() and chance.random() < 0.6:  # noqa: PLR2004
            student["email"] = f"{first}.{last}{number}@example.in".lower()
        students.append(student)
    return students
