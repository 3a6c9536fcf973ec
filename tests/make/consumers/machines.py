"""What the tests of ingest share: an edge node over real MQTT, and an ingest process to kill."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import time_ns

import duckdb
import paho.mqtt.client as mqtt

from dure.make.consumers.ingest import Ingest
from dure.make.history.index import Index
from dure.stack.home import Home
from tests.make.wire.payloads import payload

WAIT = 20


class Edge:
    """An edge node with one device, as a machine's gateway would be."""

    def __init__(self, door, edge="line-1", device="kiln", qos=0):
        self.door, self.edge, self.device, self.qos = door, edge, device, qos
        self.seq = self.bd_seq = 0
        self.sent = []
        self.rebirth, self.is_subscribed = Event(), Event()
        self.host_online = Event()

    def topic(self, verb, device=None):
        topic = f"spBv1.0/{self.door.group}/{verb}/{self.edge}"
        return f"{topic}/{device}" if device else topic

    def connect(self):
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, f"{self.door.group}-{self.edge}")
        client.username_pw_set(self.door.user, self.door.password)
        client.will_set(self.topic("NDEATH"), self.death(), qos=1)
        client.on_message = self.on_message
        client.on_subscribe = lambda *_: self.is_subscribed.set()
        client.max_queued_messages_set(0)
        client.connect(self.door.host, self.door.port)
        client.subscribe([(self.topic("NCMD"), 1), ("spBv1.0/STATE/#", 1)])
        client.loop_start()
        assert self.is_subscribed.wait(WAIT)
        self.client = client
        return self

    def on_message(self, client, told, message):
        if "STATE" in message.topic:
            self.host_online.set() if b'"online":true' in message.payload else None
        elif b"Node Control/Rebirth" in message.payload:
            self.rebirth.set()

    def death(self):
        return payload(None, [("bdSeq", None, self.bd_seq)])

    def next_seq(self):
        seq, self.seq = self.seq, (self.seq + 1) % 256
        return seq

    def say(self, topic, body):
        self.sent.append(self.client.publish(topic, body, qos=self.qos))

    def born(self):
        self.seq = 0
        self.say(self.topic("NBIRTH"), payload(self.next_seq(), [("bdSeq", None, self.bd_seq)]))
        metrics = [("temperature", 7, 20.0), ("count", 8, 0)]
        self.say(self.topic("DBIRTH", self.device), payload(self.next_seq(), metrics))
        return self

    def data(self, count, at=None):
        body = payload(self.next_seq(), [(None, 8, count)], at=at or 1_000 + count)
        self.say(self.topic("DDATA", self.device), body)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def connected(door, **manner):
    edge = Edge(door, **manner).connect()
    try:
        yield edge
    finally:
        edge.close()


@contextmanager
def ingesting(home, tell=lambda lines: None, **manner):
    """Run ingest in a thread for as long as the block."""
    stop = Event()
    ingest = Ingest(
        home=home,
        stop=stop,
        now_ms=lambda: time_ns() // 1_000_000,
        tell=tell,
        **{"seal_seconds": 0.1, **manner},
    )
    thread = Thread(target=ingest.run)
    thread.start()
    try:
        yield ingest
    finally:
        stop.set()
        thread.join(WAIT)
        assert not thread.is_alive()


def counts(home, group="F001"):
    """Give the values of the metric `count` that are committed, in the order of arrival."""
    files = [
        str(home.history / entry.file)
        for line in Index(home.history).refresh()
        for entry in line.segments
        if (entry.group, entry.kind) == (group, "readings")
    ]
    if not files:
        return []
    rows = duckdb.sql(
        f"select value::int from read_parquet({files!r}) where metric = 'count' order by value, seq"
    )
    return [value for (value,) in rows.fetchall()]


def until(found, what="it"):
    """Wait until something is so; each look waits a little."""
    pause = Event()
    for _ in range(WAIT * 20):
        if answer := found():
            return answer
        pause.wait(0.05)
    raise AssertionError(f"{what} never came")


@contextmanager
def ingest_process(home: Home):
    """Run ingest as a process of its own, to be killed."""
    environment = {**os.environ, "PYTHONPATH": "src:."}
    program = [sys.executable, "-m", "tests.make.consumers.machines", str(home.path)]
    process = subprocess.Popen(program, env=environment, cwd=Path(__file__).parents[3])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    Ingest(
        home=Home(Path(sys.argv[1])),
        stop=Event(),
        now_ms=lambda: time_ns() // 1_000_000,
        tell=lambda lines: None,
        seal_seconds=0.02,
    ).run()
