"""What only a real server shows: the gateway behind Granian, asked through sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import msgspec
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from in_process import answering, echo, gateway

from studyspot.kernel import logs

Serve = Callable[[Any], Awaitable[int]]
CHUNK = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves an app until the end of the test and says on which port."""
    running: list[tuple[Any, asyncio.Task[None]]] = []

    async def start(app: Any) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        server = Server(
            app,
            address="127.0.0.1",
            port=port,
            interface=Interfaces.ASGINL,
            log_enabled=False,
            websockets=False,
        )
        running.append((server, asyncio.create_task(server.serve())))
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return port

    yield start
    for server, serving in running:
        server.stop()
        await serving


def client_of(port: int) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False)


async def said_to(port: int, request: bytes, *, ends: bool = True) -> bytes:
    """All bytes that come back until the server closes the connection.

    One that does not end is followed by the end of what the client says.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    if not ends:
        writer.write_eof()
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


async def test_what_one_request_binds_to_its_log_lines_is_gone_in_the_next_on_its_connection(serve):  # D27
    bound_before = []

    async def room(scope, receive, send):
        bound_before.append(logs.bound())
        logs.bind(tenant="theirs")
        await answering()(scope, receive, send)

    port = await serve(gateway({"/api/v1/students": room}))
    async with client_of(port) as client:
        ids = [(await client.get("/api/v1/students")).headers["x-request-id"] for _ in range(3)]
    assert bound_before == [{"request_id": one} for one in ids]


async def test_requests_at_the_same_time_each_log_under_their_own_id(serve):  # D27
    async def room(scope, receive, send):
        await asyncio.sleep(0.02)
        await answering(msgspec.json.encode(logs.bound()))(scope, receive, send)

    port = await serve(gateway({"/api/v1/students": room}))
    names = [f"request-{number:04}" for number in range(20)]
    async with client_of(port) as client:
        answers = await asyncio.gather(
            *(client.get("/api/v1/students", headers={"x-request-id": name}) for name in names)
        )
    assert [answer.json()["request_id"] for answer in answers] == names


@pytest.mark.parametrize(
    "headers",
    [
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    ],
)
async def test_no_announcement_gets_a_large_body_past_the_limit(serve, headers):
    port = await serve(gateway({"/api/v1/students": echo}, body_limit_bytes=1000))
    answer = await said_to(
        port,
        b"POST /api/v1/students HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        + headers
        + b"\r\n"
        + CHUNK * 2
        + b"0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"BODY_TOO_LARGE"' in answer
    assert answer.count(b"HTTP/1.1 ") == 1  # and the rest of the body is not taken for a second request


@pytest.mark.parametrize("path", ["/api/v1/students", "/api/v1/auth/login"])
@pytest.mark.parametrize(
    "broken_off",
    [
        b"Content-Length: 50\r\n\r\n" + b'{"a',
        b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK,
        b"Transfer-Encoding: chunked\r\n\r\nno number\r\n{}\r\n0\r\n\r\n",
    ],
)
async def test_a_body_that_breaks_off_is_the_clients_fault(serve, path: str, broken_off: bytes):
    port = await serve(gateway({path: echo}))
    request = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + broken_off
    answer = await said_to(port, request, ends=False)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"broke off" in answer


async def test_a_response_that_is_cut_off_cannot_be_taken_for_a_whole_one(serve):
    async def room(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(5)

    port = await serve(gateway({"/api/v1/students": room}, deadline_seconds=0.1))
    async with client_of(port) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/api/v1/students")


async def test_a_request_that_takes_too_long_is_told_so_and_its_connection_lives_on(serve):  # D4
    async def room(scope, receive, send):
        await asyncio.sleep(5)

    port = await serve(gateway({"/api/v1/students": room}, deadline_seconds=0.1))
    async with client_of(port) as client:
        late = await client.get("/api/v1/students")
        assert (late.status_code, late.json()["error"]["code"]) == (504, "DEADLINE_EXCEEDED")
        assert (await client.get("/health")).status_code == 200


async def test_a_head_request_gets_no_body_even_from_an_error(serve):
    port = await serve(gateway())
    answer = await said_to(port, b"HEAD /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.endswith(b"\r\n\r\n")


async def test_a_large_answer_can_be_read_by_a_real_client(serve):
    body = b'{"name":"Asha Rao"},' * 50_000
    port = await serve(gateway({"/api/v1/students": answering(body)}))
    async with client_of(port) as client:
        answer = await client.get("/api/v1/students", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(body) / 10
    assert answer.content == body
