"""A cooperative with an office, a member and a buyer, whose people can sign in."""

from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import QuietWSGIRequestHandler

from dure.kernel.ids import check_digit
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative, join_firm
from dure.stack.tenancy import acting
from tests.cast import OFFICE


def firm(serial, kind, name, name_en, *people, **more):
    nine = f"11300{serial:04d}"
    body = {
        "business_number": nine + str(check_digit(nine)),
        "name": name,
        "name_en": name_en,
        "kind": kind,
        "people": [
            {"email": f"{role}@{serial}.example", "name": "김민준", "roles": roles}
            for role, roles in people
        ],
    }
    return FirmIn.model_validate(body | more)


def found(at):
    """Found it; give each person's password by e-mail."""
    office = firm(1, "cooperative", "구로 두레 협동조합", "Guro Dure", ("office", ["office"]))
    member = firm(
        2, "member", "구로도예공방", "Guro Ceramics", ("owner", ["owner", "auditor"]), shares=20
    )
    buyer = firm(3, "buyer", "한빛카페", "Hanbit Café", ("buyer", ["buyer"]))
    passwords = found_cooperative(office.joining(), legal_form="framework", at=at).passwords
    with acting(OFFICE):
        for joining in (member, buyer):
            passwords |= join_firm(joining.joining(), at=at).passwords
    return passwords


@pytest.fixture
def passwords(db, at):
    cache.clear()
    return SimpleNamespace(of=found(at))


class SharedServer(ThreadedWSGIServer):
    """Serves on the connection of the test itself, so that nothing needs to be committed."""

    def _close_connections(self):
        """Leave it open: it is the test's."""


@pytest.fixture
def portal(db, settings):
    """Serve the portal, and a sample page, on loopback."""
    settings.ROOT_URLCONF = "tests.portal.pages"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    folder = str(Path(__file__).parent / "templates")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder]}]
    shared = {"default": connections["default"]}
    shared["default"].inc_thread_sharing()
    for signal in (request_started, request_finished):  # as Django's test client does
        signal.disconnect(close_old_connections)
    server = SharedServer(("127.0.0.1", 0), QuietWSGIRequestHandler, connections_override=shared)
    server.set_app(StaticFilesHandler(WSGIHandler()))
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    serving.join()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    shared["default"].dec_thread_sharing()


@pytest.fixture
def window(chromium):
    """Give the browser as nobody knows it yet."""
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    chromium.get("about:blank")
    chromium.get_log("browser")
    return chromium
