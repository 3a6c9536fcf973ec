"""
A witness's door (C2SP tlog-witness v1.1), on the standard library alone.

    POST /add-checkpoint                                 to be cosigned
    GET  /<SHA-256 of the origin, in hex>/checkpoint     what was cosigned last

Answers what the caller's functions give; knows no file and no key.
"""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dure.kernel.errors import DureError
from dure.prove.engine.witness import LARGEST_REQUEST, TEXT_TYPE, Answer

SECONDS = 30  # a client that says nothing for so long has gone


def witness_server(
    address: tuple[str, int],
    *,
    answer: Callable[[bytes], Answer],
    latest: Callable[[str], bytes | None],
) -> ThreadingHTTPServer:
    """Make a server that listens at address; port 0 takes a free one."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = SECONDS

        def do_POST(self) -> None:
            """Take a checkpoint to be cosigned."""
            body = self._body()
            if self.path != "/add-checkpoint" or body is None:
                self.close_connection = True
                self._say(HTTPStatus.NOT_FOUND if body is not None else HTTPStatus.BAD_REQUEST)
                return
            try:
                answered = answer(body)
            except DureError as trouble:
                self._say(HTTPStatus.SERVICE_UNAVAILABLE, f"{trouble}\n".encode())
                return
            self._say(answered.status, answered.body.encode(), answered.content_type)

        def do_GET(self) -> None:
            """Show a monitor what was cosigned last."""
            name, _, rest = self.path.removeprefix("/").partition("/")
            note = latest(name) if rest == "checkpoint" else None
            self._say(HTTPStatus.NOT_FOUND if note is None else HTTPStatus.OK, note or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing: what matters is in the folder."""

        def _body(self) -> bytes | None:
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit() and int(length) <= LARGEST_REQUEST):
                return None
            return self.rfile.read(int(length))

        def _say(self, status: HTTPStatus, body: bytes = b"", kind: str = TEXT_TYPE) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(address, Door)
    server.daemon_threads = True
    return server
