import gzip
import threading
import zlib

import pytest
from in_process import answering, gateway, raw

from studyspot.gateway.middleware import compression

JSON = (b"content-type", b"application/json; charset=utf-8")
LARGE = b'{"name":"Asha Rao"},' * 200
ACCEPTED = [(b"accept-encoding", b"br, gzip;q=0.8")]


async def sent_for(room, accepted=ACCEPTED, **more):
    sent = await raw(gateway({"/api/v1/students": room}), headers=accepted, **more)
    headers = dict(sent[0]["headers"])
    return headers, b"".join(message["body"] for message in sent[1:])


async def test_a_large_answer_gets_smaller_for_who_can_read_it():
    announced = (b"content-length", str(len(LARGE)).encode())
    headers, body = await sent_for(answering(LARGE, headers=(JSON, announced)))
    assert headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body) == LARGE
    assert headers[b"content-length"] == str(len(body)).encode()
    assert b"Accept-Encoding" in headers[b"vary"]
    assert len(body) < len(LARGE) / 4


@pytest.mark.parametrize("accepted", [b"", b"br", b"gzip;q=0", b"*;q=0", b"identity", b"gzip;q=nonsense"])
async def test_who_cannot_read_gzip_gets_none_but_learns_that_it_varies(accepted):
    headers, body = await sent_for(answering(LARGE, headers=(JSON,)), [(b"accept-encoding", accepted)])
    assert body == LARGE
    assert b"content-encoding" not in headers
    assert headers[b"vary"] == b"Accept-Encoding"


@pytest.mark.parametrize(
    "room",
    [
        answering(b"x" * 1023, headers=(JSON,)),
        answering(LARGE, headers=((b"content-type", b"image/png"),)),
        answering(LARGE, headers=((b"content-type", b"text/event-stream"),)),
        answering(LARGE, headers=(JSON, (b"content-encoding", b"br"))),
        answering(LARGE, headers=(JSON,), status=206),
        answering(LARGE, headers=()),
    ],
)
async def test_what_would_not_gain_is_left_alone(room):
    headers, body = await sent_for(room)
    assert headers.get(b"content-encoding") != b"gzip"
    assert body in {b"x" * 1023, LARGE}


async def test_a_stream_stays_a_stream_and_each_piece_can_be_read_at_once():
    decoder = zlib.decompressobj(compression.GZIP_WINDOW)

    async def room(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        for piece in (b"one,", b"two,", b"three"):
            await send({"type": "http.response.body", "body": piece, "more_body": piece != b"three"})

    sent = await raw(gateway({"/api/v1/students": room}), headers=ACCEPTED)
    assert b"content-length" not in dict(sent[0]["headers"])
    readable = [decoder.decompress(message["body"]) for message in sent[1:]]
    assert readable == [b"one,", b"two,", b"three"]


async def test_a_big_body_is_pressed_outside_of_the_event_loop(monkeypatch):
    threads = []
    press = compression._press

    def watched(*given):
        threads.append(threading.current_thread())
        return press(*given)

    monkeypatch.setattr(compression, "_press", watched)
    big = LARGE * 100
    _, body = await sent_for(answering(big, headers=(JSON,)))
    await sent_for(answering(LARGE, headers=(JSON,)))
    assert gzip.decompress(body) == big
    assert [thread is threading.main_thread() for thread in threads] == [False, True]


async def test_a_head_request_is_not_pressed():
    headers, _ = await sent_for(answering(b"", headers=(JSON, (b"content-length", b"4000"))), method="HEAD")
    assert headers[b"content-length"] == b"4000"
