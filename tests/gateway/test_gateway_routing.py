import httpx2
import msgspec
import pytest
from in_process import answering, echo, gateway, raw, telling_scope

from studyspot.gateway.app import build_gateway
from studyspot.gateway.pages.health import health_pages
from studyspot.gateway.settings import GatewaySettings, Mount
from studyspot.kernel.telemetry.health import Health


async def test_a_room_is_given_the_whole_path_unchanged(ask):  # D1
    answer = await ask(gateway({"/api/v1/students": telling_scope})).get("/api/v1/students/7/dues/")
    assert answer.json()["path"] == "/api/v1/students/7/dues/"


@pytest.mark.parametrize(
    "path", ["/api/v1/tenantsfoo", "/api/v1/tenant", "/api/v1/tenants.json", "/nothing", "/"]
)
async def test_an_address_that_nobody_serves_is_not_found_in_the_envelope(ask, path):  # D7, D26
    answer = await ask(gateway({"/api/v1/tenants": answering()})).get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/api/v1/tenants", "/api/v1/tenants/", "/api/v1/tenants/7"])
async def test_a_prefix_matches_on_whole_segments(ask, path):  # D7
    answer = await ask(gateway({"/api/v1/tenants": answering()})).get(path)
    assert answer.status_code == 200


async def test_the_longest_prefix_answers(ask):
    client = ask(gateway({"/api/v1/admin": answering(b"short"), "/api/v1/admin/users": answering(b"long")}))
    assert (await client.get("/api/v1/admin/users/7")).content == b"long"
    assert (await client.get("/api/v1/admin/usersfoo")).content == b"short"


@pytest.mark.parametrize(
    "path", ["/api/v1/students//login", "/api/v1/students/../tenants", "/api/v1/students/./x"]
)
async def test_a_path_that_can_be_read_in_two_ways_leads_nowhere(path):
    assert (await raw(gateway(), path=path))[0]["status"] == 404


def test_two_rooms_cannot_claim_one_prefix():
    mounts = [Mount(("/api/v1/students",), answering()), Mount(("/api/v1/students",), answering())]
    with pytest.raises(ValueError, match="two rooms claim"):
        build_gateway(mounts=mounts, openapi=lambda: b"", settings=GatewaySettings(), version="1", pages={})


async def test_what_a_room_answers_arrives_whole(ask):  # D5
    headers = (
        (b"location", b"/api/v1/students/9"),
        (b"content-type", b"application/pdf"),
        (b"content-disposition", b'attachment; filename="receipt.pdf"'),
        (b"retry-after", b"7"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
    )
    app = gateway({"/api/v1/students": answering(b"\x00\xff%PDF", status=303, headers=headers)})
    answer = await ask(app).get("/api/v1/students")
    assert answer.status_code == 303  # a redirect is handed on, not followed
    assert answer.content == b"\x00\xff%PDF"
    for name, value in headers[:4]:
        assert answer.headers[name.decode()] == value.decode()
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_a_multipart_upload_passes_untouched(ask):  # D6
    client = ask(gateway({"/api/v1/students": echo}))
    answer = await client.post("/api/v1/students/bulk-import", files={"file": ("a.csv", b"name\nAsha\n")})
    assert answer.status_code == 200
    assert b"name\nAsha\n" in answer.content


async def test_who_the_caller_says_to_be_is_handed_on_and_not_judged_here(ask):  # D3: the rooms verify
    client = ask(gateway({"/api/v1/students": telling_scope}))
    given = (await client.get("/api/v1/students", headers={"authorization": "Bearer x"})).json()
    assert given["headers"]["authorization"] == "Bearer x"


async def test_the_server_start_and_stop_are_acknowledged():
    received = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return received.pop(0)

    async def send(message):
        sent.append(message["type"])

    await gateway()({"type": "lifespan", "state": {}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_websocket_is_closed():
    sent = []

    async def send(message):
        sent.append(message)

    await gateway()({"type": "websocket", "path": "/api/v1/students", "headers": []}, None, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_health_says_who_answers_in_the_envelope(ask):
    answer = await ask(gateway()).get("/health")
    assert answer.json()["success"] is True
    assert answer.json()["data"].keys() == {"status", "version", "uptime_seconds", "service"}
    assert answer.json()["data"]["service"] == "gateway"


async def test_the_index_names_the_prefixes_and_no_address_behind_them(ask):  # D4
    data = (await ask(gateway()).get("/api/v1")).json()["data"]
    assert data == {
        "name": "StudySpot",
        "version": "9.9",
        "prefixes": ["/api/v1/students"],
        "docs": "/docs",
        "openapi": "/openapi.json",
    }


async def test_an_own_page_names_the_methods_it_answers_to(ask):
    answer = await ask(gateway()).post("/health")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["get", "Post", "CONNECT"])
async def test_a_method_that_http_does_not_have_is_refused(method: str):
    start, body = await raw(gateway(), path="/api/v1/students", method=method)
    assert start["status"] == 501
    assert msgspec.json.decode(body["body"])["error"]["code"] == "NO_SUCH_METHOD"


@pytest.mark.parametrize("path", ["/health", "/api/v1", "/openapi.json", "/docs"])
async def test_an_own_page_tells_its_methods_to_who_asks(ask, path):
    answer = await ask(gateway()).options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("path", ["/health", "/api/v1", "/openapi.json", "/docs"])
async def test_an_own_page_answers_a_head_request_with_its_length_alone(ask, path):
    whole = await ask(gateway()).get(path, headers={"accept-encoding": "identity"})
    start, body = await raw(gateway(), path=path, method="HEAD")  # httpx2 would drop a body by itself
    assert (start["status"], body["body"]) == (200, b"")
    assert int(dict(start["headers"])[b"content-length"]) == len(whole.content) > 0


async def test_the_openapi_document_is_made_once_and_not_sent_to_who_has_it(ask):
    made = []

    def openapi():
        made.append(1)
        return b'{"openapi":"3.1.0"}'

    app = build_gateway(mounts=[], openapi=openapi, settings=GatewaySettings(), version="1", pages={})
    client = ask(app)
    first = await client.get("/openapi.json")
    again = await client.get("/openapi.json", headers={"if-none-match": first.headers["etag"]})
    other = await client.get("/openapi.json", headers={"if-none-match": '"another"'})
    assert (first.status_code, first.json()) == (200, {"openapi": "3.1.0"})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert made == [1]


async def test_the_docs_page_needs_nothing_from_other_places(ask):
    pytest.importorskip("offapi")
    client = ask(gateway())
    page = await client.get("/docs")
    assert "text/html" in page.headers["content-type"]
    assert "//" not in page.text.replace("<!doctype html>", "")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "http" not in page.headers["content-security-policy"]
    for asset in ("swagger_bundle.js", "swagger_style.css", "start.js"):
        answer: httpx2.Response = await client.get(f"/docs/{asset}")
        assert (answer.status_code, len(answer.content) > 100) == (200, True)


async def test_headers_by_the_hundred_are_refused_in_the_envelope(ask):
    client = ask(gateway())
    few, many = ({f"x-{number}": "1" for number in range(count)} for count in (60, 90))

    assert (await client.get("/api/v1/students", headers=few)).status_code == 200
    refused = await client.get("/api/v1/students", headers=many)
    assert (refused.status_code, refused.json()["error"]["code"]) == (431, "TOO_MANY_HEADERS")


async def test_what_is_not_well_says_so_as_an_error_and_tells_what(ask):
    async def broken() -> None:
        raise ZeroDivisionError

    pages = health_pages(Health("gateway", {"database": broken}), "9.9")
    app = build_gateway(mounts=[], openapi=lambda: b"", settings=GatewaySettings(), version="1", pages=pages)
    answer = await ask(app).get("/health/ready")

    told = answer.json()
    assert (answer.status_code, told["success"]) == (503, False)
    assert told["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert told["error"]["request_id"] == answer.headers["x-request-id"]
    assert (told["data"]["status"], told["data"]["checks"]["database"]["ok"]) == ("not_ready", False)
