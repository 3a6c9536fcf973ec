"""
An MQTT 3.1.1 connection that needs no thread: opened, turned by its owner, closed.

paho does the protocol; who uses it says when it reads and writes.
"""

import select
import ssl
from collections.abc import Callable
from time import monotonic
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from dure.kernel.errors import Unavailable

KEEPALIVE = 15


class _Greeting(ssl.SSLSocket):
    """Closes itself where the greeting fails: paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def client(
    name: str, *, user: str, password: str, tls: ssl.SSLContext | None = None
) -> mqtt.Client:
    """Make a client; tls is how it speaks it, None that it does not."""
    made = mqtt.Client(
        CallbackAPIVersion.VERSION2, name, protocol=mqtt.MQTTv311, reconnect_on_failure=False
    )
    made.username_pw_set(user, password)
    if tls is not None:
        tls.sslsocket_class = _Greeting
        made.tls_set_context(tls)
    return made


def connect(client: mqtt.Client, host: str, port: int, *, seconds: float) -> None:
    """Connect within so many seconds; raises Unavailable, saying why nobody let us in."""
    answers: list[Any] = []
    client.on_connect = lambda _c, _u, _f, code, _p: answers.append(code)
    where: dict[str, str | int] = {"host": host, "port": port}
    try:
        client.connect(host, port, keepalive=KEEPALIVE)
    except ssl.SSLCertVerificationError as stranger:
        raise Unavailable(
            "make.broker_unknown", **where, problem=stranger.verify_message
        ) from stranger
    except ssl.SSLError as odd:
        raise Unavailable("make.broker_no_tls", **where, problem=str(odd.reason)) from odd
    except OSError as refused:
        raise Unavailable("make.broker_silent", **where) from refused
    until(client, lambda: bool(answers), seconds)
    if answers and not answers[0].is_failure:
        return
    close(client)
    if not answers:
        raise Unavailable("make.broker_mute", **where)
    raise Unavailable("make.broker_refuses", said=str(answers[0]))


def until(client: mqtt.Client, done: Callable[[], bool], seconds: float) -> None:
    """Turn it until something is so, or the time is over."""
    deadline = monotonic() + seconds
    while not done() and monotonic() < deadline:
        turn(client, 0.05)


def turn(client: mqtt.Client, wait: float) -> None:
    """Do what there is to do on the connection, once; wait so many seconds for something."""
    connection = client.socket()
    if connection is None:
        return
    writes = [connection] if client.want_write() else []
    pending = getattr(connection, "pending", lambda: 0)()  # TLS has read ahead
    readable, writable, _ = select.select([connection], writes, [], 0 if pending else wait)
    if readable or pending:
        client.loop_read()
    if writable or writes:
        client.loop_write()
    client.loop_misc()


def close(client: mqtt.Client) -> None:
    """Let go of the connection as it stands."""
    connection = client.socket()
    if connection is not None:
        connection.close()
