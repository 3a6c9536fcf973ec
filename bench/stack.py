"""The ground: how soon the servers are there, and what a durable commit costs."""

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from urllib.parse import unquote, urlsplit

import psycopg

from bench import Figure, seconds
from dure.stack.home import Home
from dure.stack.nats import running_nats
from dure.stack.postgres import Postgres, running_postgres

COMMITS = 300


def figures() -> Iterator[Figure]:
    """Measure on a home of its own that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        made = seconds(lambda: _once(home / "new"), times=1)
        again = seconds(lambda: _once(home / "new"))
        yield Figure(
            name="PostgreSQL from nothing to ready",
            value=made,
            unit="s",
            reach=2,
            peer="the same, already made",
            peer_value=again,
        )
        yield _after_a_kill(home / "new", again)
        yield _commits(home / "new")
        yield _joining(home / "nats")


def _once(home: Path) -> None:
    with running_postgres(home):
        pass


def _after_a_kill(home: Path, clean: float) -> Figure:
    server = Postgres(Home(home).prepare(), log=subprocess.DEVNULL)
    server.start()
    assert server.child is not None
    server.child.kill()
    server.child.wait()
    try:
        taken = seconds(server.start, times=1)
    finally:
        server.stop()
    return Figure(
        name="PostgreSQL back after SIGKILL",
        value=taken,
        unit="s",
        reach=2,
        peer="clean start and stop",
        peer_value=clean,
    )


def _commits(home: Path) -> Figure:
    """Single-row commits over the socket, against bare fsyncs of the same disk."""
    with running_postgres(home) as server, psycopg.connect(server.url(), autocommit=True) as one:
        one.execute("CREATE TABLE IF NOT EXISTS bench (n int)")
        taken = seconds(
            lambda: [one.execute("INSERT INTO bench VALUES (1)") for _ in range(COMMITS)]
        )
        one.execute("DROP TABLE bench")
    return Figure(
        name="durable single-row commits",
        value=COMMITS / taken,
        unit="1/s",
        reach=None,
        peer="fsyncs of a file on the same disk",
        peer_value=COMMITS / seconds(lambda: _fsyncs(home / "run" / "trial")),
    )


def _fsyncs(file: Path) -> None:
    with file.open("wb", buffering=0) as trial:
        for _ in range(COMMITS):
            trial.write(bytes(200))
            os.fsync(trial.fileno())
    file.unlink()


def _joining(home: Path) -> Figure:
    """From admitting a firm to its gateway being let in, against a firm that was there before."""
    with running_nats(home, ["F000"]) as nats:
        known = seconds(lambda: _knock(nats.url("F000")))
        start = perf_counter()
        nats.admit("F001")
        while not _knock(nats.url("F001")):
            pass
        joined = perf_counter() - start
    return Figure(
        name="a firm joins the running broker",
        value=joined,
        unit="s",
        reach=1,
        peer="a known firm knocks",
        peer_value=known,
    )


def _knock(url: str) -> bool:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as door:
        lines = door.makefile("rb")
        lines.readline()
        who = {"user": unquote(parts.username or ""), "pass": parts.password, "verbose": False}
        door.sendall(f"CONNECT {json.dumps(who)}\r\nPING\r\n".encode())
        return lines.readline().startswith(b"PONG")
