"""What the gateway's tests share: a member's site with a settings file, and a gateway to kill."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import time_ns

import duckdb

from dure.make.engine.batch import public_bytes
from dure.make.history.index import Index
from dure.make.history.keys import write_keys
from dure.make.wire.gateway.config import read_config
from dure.make.wire.gateway.queue import Queue
from dure.make.wire.gateway.run import Gateway, own_key

WAIT = 30


def now_ms():
    return time_ns() // 1_000_000


class Site:
    """A member's site: a folder, a settings file that follows the broker's door, and a key."""

    def __init__(self, folder, door, sources="", disk="50 MB"):
        self.folder, self.door = folder, door
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "gateway.yaml"
        authority = json.dumps(door.authority)  # a text in double quotes is YAML, too
        trust = f", tls: true, authority: {authority}" if door.tls else ""
        self.file.write_text(
            f"broker: {{host: {door.host}, port: {door.port}, user: {door.user},"
            f' password: "{door.password}", group: {door.group}{trust}}}\n'
            f"node: site\nfolder: state\ndisk: {disk}\nsources:\n{sources}",
            encoding="utf-8",
        )

    @property
    def config(self):
        return read_config(self.file, now_ms=now_ms)

    def queue(self):
        return Queue(self.config.folder, budget=self.config.budget)

    def own_key(self):
        return own_key(self.config.folder)

    def register(self, home):
        key = public_bytes(self.own_key())
        write_keys(home.history, {self.door.group: [key]})
        return key


@contextmanager
def working(site):
    """Run a site's gateway in a thread for as long as the block."""
    stop = Event()
    gateway = Gateway(config=site.config, stop=stop, now_ms=now_ms)
    thread = Thread(target=gateway.run)
    thread.start()
    try:
        yield gateway
    finally:
        stop.set()
        thread.join(WAIT)
        assert not thread.is_alive()


@contextmanager
def gateway_process(site):
    """Run a site's gateway as the program that a member starts, to be killed."""
    program = [sys.executable, "-m", "dure.cli", "gateway", "run", str(site.file)]
    environment = {**os.environ, "PYTHONPATH": "src:."}
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        program, env=environment, cwd=root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def history(home, columns, *, kind="readings", group="F001", where="not is_null"):
    """Give rows of a member's committed history, in the order of device time."""
    files = [
        str(home.history / entry.file)
        for line in Index(home.history).refresh()
        for entry in line.segments
        if (entry.group, entry.kind) == (group, kind)
    ]
    if not files:
        return []
    asked = f"select {columns} from read_parquet({files!r}) where {where} order by all"
    return duckdb.sql(asked).fetchall()
