"""What the platform says about itself, compared with what was asked of it; and methods switched off."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Iterator

import httpx2
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from tests.lines import captured_lines
from tests.people import People, Person

from studyspot.entrypoints.floorplan import GATEWAY, ROOMS
from studyspot.entrypoints.front_door import FrontDoor
from studyspot.entrypoints.platform import Platform
from studyspot.kernel.settings import Settings
from studyspot.kernel.switches import switch_off, switch_on
from studyspot.kernel.telemetry import tracing
from studyspot.kernel.telemetry.measures import CALLS, QUERIES, REQUESTS

STUDENT = "/api/v1/students/{student_id}"


def counted(key: tuple[str, ...]) -> int:
    found = dict(REQUESTS.items()).get(key)
    return found.count if found else 0


@pytest.mark.parametrize("path", ["/metrics", "/health/metrics"])
async def test_how_it_is_doing_is_for_the_operators_eyes(
    client: httpx2.AsyncClient, people: People, owner: Person, operator: Person, path: str
):
    analyst = await people.platform_user("analyst")
    answers = [
        (await client.get(path, headers=headers)).status_code
        for headers in ({}, owner.headers, analyst.headers, operator.headers)
    ]

    assert answers == [401, 403, 403, 200]


async def test_a_scraper_has_a_token(settings: Settings, platform: Platform):
    token = "a scraper's long token"
    with_token = settings.model_copy(update={"metrics_token": SecretStr(token)})
    front_door = FrontDoor(with_token, platform)
    transport = httpx2.ASGITransport(app=front_door.app)
    async with front_door.running(), httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        right = await client.get("/metrics", headers={"authorization": f"Bearer {token}"})
        wrong = await client.get("/metrics", headers={"authorization": f"Bearer {token}!"})

    assert (right.status_code, wrong.status_code) == (200, 401)


@pytest.mark.parametrize(("token", "questions_max"), [("garbage", 0), ("x.y.z", 0), (None, 2)])
async def test_who_asks_often_asks_auth_at_most_once_a_second(
    client: httpx2.AsyncClient, operator: Person, token: str | None, questions_max: int
):
    def questions() -> int:
        """A question to another process is counted where it is asked and where it is answered."""
        found = dict(CALLS.items()).get(("Auth.revoked_sessions",))
        return found.count if found else 0

    headers = operator.headers if token is None else {"authorization": f"Bearer {token}"}
    before, began = questions(), time.monotonic()
    for _ in range(20):
        await client.get("/health/metrics", headers=headers)

    assert questions() - before <= questions_max * (1 + int(time.monotonic() - began))


async def test_what_was_asked_is_what_is_counted(owner: Person, operator: Person):
    students, missing = ("GET", "/api/v1/students", "200"), ("GET", STUDENT, "404")
    before = counted(students), counted(missing)

    for _ in range(7):
        await owner.get("/students")
    for _ in range(40):
        await owner.get(f"/students/{uuid.uuid4()}")

    assert (counted(students) - before[0], counted(missing) - before[1]) == (7, 40)
    text = (await operator.client.get("/metrics", headers=operator.headers)).text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    (told,) = (
        sample.value
        for sample in families["studyspot_requests_seconds"].samples
        if sample.name.endswith("_count")
        and sample.labels == {"process": GATEWAY, **dict(zip(REQUESTS.labels, missing, strict=True))}
    )
    assert told == counted(missing)


async def test_no_label_grows_with_what_is_asked(client: httpx2.AsyncClient, owner: Person):
    async def ask_for_anything() -> None:
        for _ in range(20):
            number = uuid.uuid4()
            await owner.get(f"/students/{number}", params={"search": str(number)})
            await owner.delete(f"/libraries/{number}")
            await client.get(f"/{number}")
            await client.get(f"/api/v1/{number}/students")
            await client.request(f"M{number.hex}", "/api/v1/students")

    await ask_for_anything()
    keys = [len(list(timings.items())) for timings in (REQUESTS, QUERIES)]
    await ask_for_anything()

    assert [len(list(timings.items())) for timings in (REQUESTS, QUERIES)] == keys


@pytest.mark.parametrize(("query", "status"), [({}, 404), ({"search": "asha"}, 400)])
async def test_every_line_about_a_request_says_whose_it_is_by_ids_alone(
    owner: Person, query: dict[str, str], status: int
):
    student_id = str(uuid.uuid4())
    with captured_lines() as lines:
        answer = await owner.get(f"/students/{student_id}", params=query)

    about = {"request_id": answer.headers["x-request-id"], "status": status}
    whose = {"tenant_id": owner.tenant_id, "account_id": owner.account_id}
    requests = [line for line in lines if line["event"] == "request"]
    assert all(line == line | about | whose for line in requests)
    assert [
        line for line in requests if line["route"] == STUDENT and line["ids"] == {"student_id": student_id}
    ]
    assert [line for line in lines if "client" in line] == requests[-1:]
    assert "asha" not in str(lines)
    assert not [name for name in answer.headers if name.startswith("x-studyspot")]


async def test_a_query_is_counted_under_the_function_that_runs_it(owner: Person):
    def count() -> int:
        return dict(QUERIES.items())["students.insert_student",].count

    await owner.post("/students", {"first_name": "Ravi", "phone": "+919812300001"})
    before = count()
    await owner.post("/students", {"first_name": "Mira", "phone": "+919812300002"})
    again = await owner.post("/students", {"first_name": "Mira", "phone": "+919812300002"})

    assert again.status_code == 409
    assert count() - before == 2
    assert dict(QUERIES.items())["students.insert_student",].failures == 0  # the database's no is no failure


async def test_everybody_may_know_whether_it_works(client: httpx2.AsyncClient):
    alive, ready, everything = [
        await client.get(path) for path in ("/health", "/health/ready", "/api/v1/health/all")
    ]

    assert alive.json()["data"]["status"] == "healthy"
    assert (ready.status_code, ready.json()["data"]["status"]) == (200, "ready")
    services = {one["name"]: one["status"] for one in everything.json()["data"]["services"]}
    assert {room.name: services[room.name] for room in ROOMS} == dict.fromkeys(
        (room.name for room in ROOMS), "healthy"
    )
    assert "127.0.0.1" not in everything.text


async def test_a_method_that_is_switched_off_is_refused_within_a_second_and_back_within_another(
    platform: Platform, owner: Person
):
    async def until(status: int) -> httpx2.Response:
        deadline = time.monotonic() + 1
        while (answer := await owner.get("/libraries")).status_code != status:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        return answer

    await switch_off(platform.control, "Libraries.list_libraries", "The branches are being moved.")
    try:
        refused = await until(503)
        assert refused.json()["error"]["code"] == "SWITCHED_OFF"
        assert "The branches are being moved." in refused.json()["error"]["message"]
        assert (await owner.get("/students")).status_code == 200
    finally:
        assert await switch_on(platform.control, "Libraries.list_libraries")
    await until(200)
    assert not await switch_on(platform.control, "Libraries.list_libraries")


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_tracer(provider.get_tracer("tests"))
    yield exporter
    tracing.use_tracer(None)


async def test_a_request_is_one_trace_from_the_gateway_through_the_door_to_the_statement(
    owner: Person, spans: InMemorySpanExporter
):
    student_id = str(uuid.uuid4())
    answer = await owner.get(f"/students/{student_id}")
    await asyncio.sleep(0.05)  # a service ends its span after its answer

    found = {one.context.span_id: one for one in spans.get_finished_spans()}
    (statement,) = (one for one in found.values() if one.name == "students.find_student")
    way = [statement]
    while (parent := way[-1].parent) is not None:
        way.append(found[parent.span_id])
    names = [one.name for one in way]
    assert names.index("Students.get_student") < names.index(f"GET {STUDENT}")
    assert {one.context.trace_id for one in way} == {statement.context.trace_id}
    asked = [one for one in way if one.name.startswith("GET ")]
    assert way[-1] is asked[-1]
    about = {"status": 404, "request_id": answer.headers["x-request-id"]}
    assert all(dict(one.attributes) == about for one in asked)
    others = [dict(one.attributes) for one in found.values() if one not in asked]
    assert all(one in ({}, {"error.type": "NotFound"}) for one in others)
    assert student_id not in str([one.to_json() for one in found.values()])


async def test_a_span_of_what_failed_says_so_without_a_message(spans: InMemorySpanExporter):
    with contextlib.suppress(ZeroDivisionError), tracing.span("work"):
        raise ZeroDivisionError("+919876543210")

    (span,) = spans.get_finished_spans()
    assert dict(span.attributes) == {"error.type": "ZeroDivisionError"}
    assert "9876543210" not in span.to_json()
