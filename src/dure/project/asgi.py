"""The web process: Django over ASGI, behind a cap on what one request may send."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from django.core.asgi import get_asgi_application

from dure.kernel.reason import Reason
from dure.project.errors import problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 320 << 20  # twelve drawings of 25 MB and the form around them

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dure.project.settings")


def capped(app: App, largest: int = LARGEST_BODY) -> App:
    """
    Refuse a request whose body is larger, before it is written to the disk.

    What says its length is refused with the reason (413); what does not is cut off on the way.
    """

    async def through(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif _length(scope) > largest:
            await _refuse(send, largest)
        else:
            await app(scope, _counted(receive, largest), send)

    return through


def _length(scope: Message) -> int:
    said: bytes = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() and len(said) < 19 else 0


def _counted(receive: Receive, largest: int) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        return {"type": "http.disconnect"} if came > largest else message

    return counted


async def _refuse(send: Send, largest: int) -> None:
    reason = Reason("project.too_large", {"megabytes": largest >> 20})
    said = problem(reason, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": said.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": said.content})


# Django's own types say dict and Mapping where ASGI says MutableMapping.
application = capped(get_asgi_application())  # type: ignore[arg-type]
