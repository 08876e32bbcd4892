import logging
import re

import pytest
import structlog
from in_process import answering, gateway, raw, telling_scope
from tests.lines import captured_lines

from studyspot.kernel import logs


async def test_a_sane_request_id_is_kept_everywhere(ask):  # D27
    client = ask(gateway({"/api/v1/students": telling_scope}))
    answer = await client.get("/api/v1/students", headers={"x-request-id": "trace-0123.abc"})
    assert answer.headers["x-request-id"] == "trace-0123.abc"
    assert answer.json()["request_id"] == answer.json()["headers"]["x-request-id"] == "trace-0123.abc"


@pytest.mark.parametrize("given", [None, "short", "x" * 65, "has space in it", "semi;colon-semi"])
async def test_any_other_request_id_is_replaced_everywhere(ask, given):
    client = ask(gateway({"/api/v1/students": telling_scope}))
    answer = await client.get("/api/v1/students", headers={"x-request-id": given} if given else {})
    made = answer.headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert answer.json()["headers"]["x-request-id"] == answer.json()["request_id"] == made


async def test_a_second_request_id_does_not_reach_the_room():
    seen = []

    async def room(scope, receive, send):
        seen.extend(value for name, value in scope["headers"] if name == b"x-request-id")
        await answering()(scope, receive, send)

    twice = [(b"x-request-id", b"first-first"), (b"x-request-id", b"second-second")]
    sent = await raw(gateway({"/api/v1/students": room}), headers=twice)
    assert len(seen) == 1
    assert (b"x-request-id", seen[0]) in sent[0]["headers"]


async def test_the_request_id_stands_in_log_lines_that_the_room_writes(ask):
    bound = {}

    async def room(scope, receive, send):
        bound.update(logs.bound())
        await answering()(scope, receive, send)

    await ask(gateway({"/api/v1/students": room})).get(
        "/api/v1/students", headers={"x-request-id": "trace-0123"}
    )
    assert bound["request_id"] == "trace-0123"


@pytest.mark.parametrize("path", ["/api/v1/students?search=9876543210", "/api/v1/students/9876543210"])
async def test_one_line_is_logged_per_request_without_what_was_typed(ask, path):  # D27
    with captured_lines() as lines:
        await ask(gateway()).get(path)
    (line,) = lines
    assert line["duration_ms"] >= 0
    assert {name: line[name] for name in ("event", "log_level", "method", "route", "status", "client")} == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/api/v1/students/*",
        "status": 200,
        "client": "198.51.100.7",
    }
    assert "9876543210" not in str(line)


async def test_a_server_error_is_logged_as_an_error(ask):
    with captured_lines() as lines:
        await ask(gateway({"/api/v1/students": answering(status=503)})).get("/api/v1/students")
    assert [line["log_level"] for line in lines] == ["error"]


async def test_a_level_that_hides_lines_of_requests_shows_the_failures(ask):
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        with captured_lines() as lines:
            client = ask(gateway({"/api/v1/students": answering(status=503)}))
            await client.get("/health")
            await client.get("/api/v1/students")
    finally:
        structlog.reset_defaults()
    assert [(line["log_level"], line["status"]) for line in lines] == [("error", 503)]


async def test_what_a_stranger_made_up_is_not_logged(ask):
    async def failing(scope, receive, send):
        raise ZeroDivisionError

    with captured_lines() as lines:
        for path in ("/api/v1/students/made-up", "/made-up"):
            await ask(gateway({"/api/v1/students": failing})).request("MADEUP", path)

    assert [line["event"] for line in lines] == ["request_failed", "request", "request"]
    assert {line["method"] for line in lines} == {"OTHER"}
    assert "made" not in str([line | {"exc_info": None} for line in lines]).lower()


@pytest.mark.parametrize("path", ["/api/v1/students", "/nothing", "/health", "/api/v1/students?x=%00"])
async def test_every_response_tells_browsers_to_be_careful(ask, path):
    answer = await ask(gateway()).get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers


async def test_what_software_a_room_runs_on_is_not_told(ask):
    chatty = answering(headers=((b"content-type", b"text/plain"), (b"server", b"room/1.0")))
    headers = (await ask(gateway({"/api/v1/students": chatty})).get("/api/v1/students")).headers
    assert "server" not in headers
    assert (headers["content-type"], headers["x-frame-options"]) == ("text/plain", "DENY")


async def test_an_api_answer_is_not_stored_unless_the_room_says_otherwise(ask):
    own_word = answering(headers=((b"cache-control", b"private, max-age=60"),))
    client = ask(gateway({"/api/v1/students": answering(), "/api/v1/libraries": own_word}))
    assert (await client.get("/api/v1/students")).headers.get_list("cache-control") == ["no-store"]
    assert (await client.get("/api/v1/libraries")).headers.get_list("cache-control") == [
        "private, max-age=60"
    ]


async def test_https_is_made_to_stay_when_a_trusted_proxy_says_https(ask):
    secure = {"x-forwarded-proto": "https"}
    ours = ask(gateway(trusted_proxies=("10.0.0.0/8",)), address="10.1.2.3")
    foreign = ask(gateway(trusted_proxies=("10.0.0.0/8",)))
    assert "strict-transport-security" in (await ours.get("/api/v1/students", headers=secure)).headers
    assert "strict-transport-security" not in (await ours.get("/api/v1/students")).headers
    assert "strict-transport-security" not in (await foreign.get("/api/v1/students", headers=secure)).headers


PROXIES = ("10.0.0.0/8", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("nearest", "forwarded_for", "believed"),
    [
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # D11: not from our proxy
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # D11: what the client wrote itself
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8:2::5]:4711", "2001:db8:2::5"),
        ("2001:db8:1::1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
    ],
)
async def test_the_client_is_who_our_own_proxies_vouch_for(ask, nearest, forwarded_for, believed):
    client = ask(gateway({"/api/v1/students": telling_scope}, trusted_proxies=PROXIES), address=nearest)
    answer = await client.get("/api/v1/students", headers={"x-forwarded-for": forwarded_for})
    assert answer.json()["client"] == believed


async def test_without_trusted_proxies_nobody_is_believed(ask):  # D11
    client = ask(gateway({"/api/v1/students": telling_scope}))
    headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    given = (await client.get("/api/v1/students", headers=headers)).json()
    assert (given["client"], given["scheme"]) == ("198.51.100.7", "http")


async def test_several_forwarded_for_headers_are_one_list():
    seen = []

    async def room(scope, receive, send):
        seen.append(scope["client"][0])
        await answering()(scope, receive, send)

    app = gateway({"/api/v1/students": room}, trusted_proxies=("10.0.0.0/8",))
    lists = [(b"x-forwarded-for", b"1.1.1.1, 203.0.113.9"), (b"x-forwarded-for", b"10.0.0.2")]
    await raw(app, headers=lists, client=("10.0.0.1", 1))
    assert seen == ["203.0.113.9"]


OURS = "https://desk.example.in"
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "if-match"}


async def test_a_listed_origin_may_call_with_credentials_and_read_our_headers(ask):
    answer = await ask(gateway(cors_origins=(OURS,))).get("/api/v1/students", headers={"origin": OURS})
    assert answer.headers["access-control-allow-origin"] == OURS
    assert answer.headers["access-control-allow-credentials"] == "true"
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("X-Request-ID", "X-RateLimit-Remaining", "Retry-After"):
        assert name in exposed
    assert "Origin" in answer.headers["vary"]


async def test_a_listed_origin_can_read_errors_too(ask):
    answer = await ask(gateway(cors_origins=(OURS,))).get("/nothing", headers={"origin": OURS})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, OURS)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.vercel.app",
        "https://x.pages.dev",
        "null",
        "https://desk.example.in.evil.in",
        "http://desk.example.in",
    ],
)
@pytest.mark.parametrize("listed", [(), (OURS,)])
async def test_no_other_origin_gets_a_permission(ask, origin, listed):  # D12
    client = ask(gateway(cors_origins=listed))
    for answer in (
        await client.get("/api/v1/students", headers={"origin": origin}),
        await client.options("/api/v1/students", headers={"origin": origin, **PREFLIGHT}),
    ):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_preflight_is_answered_here_and_remembered(ask):
    def room(scope, receive, send):
        raise AssertionError("a preflight must not reach the room")

    client = ask(gateway({"/api/v1/students": room}, cors_origins=(OURS,)))
    answer = await client.options("/api/v1/students", headers={"origin": OURS, **PREFLIGHT})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == OURS
    assert int(answer.headers["access-control-max-age"]) > 0
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {
        "content-type",
        "authorization",
        "x-tenant-id",
        "x-request-id",
        "idempotency-key",
        "if-match",
    } == set(allowed)


async def test_the_answer_varies_with_the_origin_even_for_who_sends_none(ask):
    answer = await ask(gateway(cors_origins=(OURS,))).get("/api/v1/students")
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-origin" not in answer.headers
