import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from dure.twin.door import Door, Problem, Silence


class Server:
    """A small server that plays back statuses and remembers what was asked."""

    def __init__(self):
        self.statuses, self.keys = [], []
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                script.keys.append(self.headers["Idempotency-Key"])
                status = script.statuses.pop(0) if script.statuses else 200
                body = json.dumps({"reason": {"code": "match.no_licence"}}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def door(server):
    door = Door(url=server.url, run="run", patience=10)
    yield door
    door.close()


def test_a_post_is_tried_again_with_the_same_key_until_the_server_is_back(server, door):
    server.statuses = [503, 502, 200]

    door.as_("token").post("/offers")

    assert ["run-1"] * 3 == server.keys


def test_two_posts_have_two_keys(server, door):
    door.as_("token").post("/offers")
    door.as_("token").post("/offers")

    assert ["run-1", "run-2"] == server.keys


def test_a_refusal_is_said_in_dure_s_own_words(server, door):
    server.statuses = [409]

    with pytest.raises(Problem) as refused:
        door.as_("token").post("/offers")

    assert (409, "match.no_licence") == (refused.value.status, refused.value.code)


def test_a_server_that_never_comes_back_is_silence(server):
    door = Door(url="http://127.0.0.1:9", run="run", patience=0)

    with pytest.raises(Silence):
        door.as_("token").post("/offers")

    door.close()
