"""Other programs that tests start, with this source tree on their path."""

import json
import os
import socket
import sys
from urllib.parse import unquote, urlsplit

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def python(script: str, *arguments: object) -> list[str]:
    """Give the command that runs a short script in a Python of its own."""
    return [sys.executable, "-c", script, *(str(argument) for argument in arguments)]


class NatsClient:
    """The few verbs of the NATS protocol that a test speaks."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    def __enter__(self) -> "NatsClient":
        assert self.url.hostname is not None
        self.socket = socket.create_connection((self.url.hostname, self.url.port or 4222), 10)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        who = {"user": unquote(self.url.username or ""), "pass": self.url.password}
        self.say(f"CONNECT {json.dumps({**who, 'verbose': False})}\r\nPING\r\n".encode())
        if self._answer() != b"PONG":
            self.__exit__()
            raise ConnectionError("refused")
        return self

    def __exit__(self, *_: object) -> None:
        self.lines.close()
        self.socket.close()

    def say(self, words: bytes) -> None:
        self.socket.sendall(words)

    def subscribe(self, subject: str) -> None:
        self.say(f"SUB {subject} 1\r\nPING\r\n".encode())
        assert b"PONG" == self._answer()

    def _answer(self) -> bytes:
        """Give the server's next word that is no question of its own."""
        while (word := self.lines.readline().strip()) == b"PING":
            self.say(b"PONG\r\n")
        return word

    def publish(self, subject: str, payload: bytes, reply: str = "") -> None:
        self.say(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def next_message(self) -> tuple[str, bytes]:
        while True:
            words = self.lines.readline().split()
            if words[0] == b"PING":
                self.say(b"PONG\r\n")
            elif words[0] == b"MSG":
                payload = self.lines.read(int(words[-1]) + 2)[:-2]
                return words[1].decode(), payload

    def request(self, subject: str, payload: bytes = b"") -> bytes:
        self.subscribe("_INBOX.test")
        self.publish(subject, payload, "_INBOX.test")
        return self.next_message()[1]
