"""What a browser is shown: the whole portal, on loopback, in the transaction of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import QuietWSGIRequestHandler


class SharedServer(ThreadedWSGIServer):
    """Serves on the connection of the test itself, so that nothing needs to be committed."""

    def _close_connections(self):
        """Leave it open: it is the test's."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the portal; give its address."""
    shared = {"default": connections["default"]}
    shared["default"].inc_thread_sharing()
    for signal in (request_started, request_finished):  # as Django's test client does
        signal.disconnect(close_old_connections)
    server = SharedServer(("127.0.0.1", 0), QuietWSGIRequestHandler, connections_override=shared)
    server.set_app(StaticFilesHandler(WSGIHandler()))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    shared["default"].dec_thread_sharing()
