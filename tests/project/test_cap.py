import asyncio
import json

from dure.project.asgi import capped


def send_in(app, *bodies, length=None):
    """Send a request in pieces to an app; gives what it answers."""
    pieces = [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
    answers = []

    async def receive():
        return pieces.pop(0)

    async def send(message):
        answers.append(message)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    asyncio.run(app({"type": "http", "headers": headers}, receive, send))
    return answers


async def echo(scope, receive, send):
    """Read two pieces, and say what came."""
    for _ in range(2):
        await send(await receive())


def test_what_says_it_is_too_large_is_refused_before_it_is_read():
    start, body = send_in(capped(echo, largest=1 << 20), length=(1 << 20) + 1)

    assert 413 == start["status"]
    assert {"detail", "detail_ko", "next", "next_ko"} <= json.loads(body["body"]).keys()


def test_what_does_not_say_how_large_it_is_is_cut_off_on_the_way():
    first, second = send_in(capped(echo, largest=10), b"123456", b"789012")

    assert b"123456" == first["body"]
    assert "http.disconnect" == second["type"]


def test_what_is_small_enough_passes():
    answers = send_in(capped(echo, largest=10), b"12345", b"67890", length=10)

    assert [b"12345", b"67890"] == [each["body"] for each in answers]
