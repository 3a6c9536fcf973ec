"""Ingest, broker and gateway killed at random moments: what was acknowledged is there, once."""

import logging
import os
from contextlib import ExitStack, contextmanager
from random import Random

import pytest

from dure.make.history.index import Index
from dure.make.wire.gateway.queue import Reading
from dure.stack.nats import running_nats
from tests.make.consumers.machines import Edge, counts, ingesting, until
from tests.make.consumers.zygote import zygote
from tests.make.gateway.site import Site, gateway_process, history, now_ms

LAST = 10_000_000


@pytest.fixture
def broker(tmp_path, monkeypatch):
    """The broker as `dure up` runs it: what it acknowledges is on the disk."""
    with running_nats(tmp_path, ["F001"], durable=True) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


class Gateway:
    """A gateway that numbers on through every cut, and notes what was acknowledged."""

    def __init__(self, broker):
        self.broker, self.said, self.count = broker, [], 0
        self.edge = Edge(broker.door("F001"), qos=1).connect()
        assert self.edge.host_online.wait(60), "what is said from now on is held"
        self.edge.born()
        self.edge.sent.clear()

    def say(self, many):
        for _ in range(many):
            self.count += 1
            self.edge.data(self.count)
        self.said += [(self.count - many + 1 + n, sent) for n, sent in enumerate(self.edge.sent)]
        self.edge.sent.clear()

    def wait_for_some(self, chance):
        self.said[-chance.randrange(1, 10)][1].wait_for_publish(30)

    def killed_with_its_broker(self):
        """Come back after the broker did: a new connection, the same numbers, no birth."""
        old = self.edge
        old.client.loop_stop()
        self.edge = Edge(self.broker.door("F001"), qos=1)
        self.edge.seq, self.edge.bd_seq = old.seq, old.bd_seq
        self.edge.connect()

    def acknowledged(self):
        return {count for count, sent in self.said if sent.is_published()}


class Program:
    """The gateway that a member runs at its site: it queues on its own disk, and is killed."""

    def __init__(self, site, queue):
        self.site, self.queue, self.count = site, queue, 0
        self.running = ExitStack()

    def start(self):
        self.running.enter_context(gateway_process(self.site))

    def kill(self):
        self.running.close()

    def say(self, many):
        """Put into the queue what machines say: from then on it is kept."""
        at = now_ms()
        said = [
            Reading(device="PRESS-1", metric="made", at_ms=at + n, value=self.count + n)
            for n in range(many)
        ]
        self.queue.put(said, now_ms=at)
        self.count += many


@contextmanager
def program(broker, folder):
    """Run a member's own gateway for as long as the block."""
    site = Site(folder, broker.door("F001"))
    site.register(broker.home)
    with site.queue() as queue:
        mine = Program(site, queue)
        mine.start()
        try:
            yield mine
        finally:
            mine.kill()


def kill_at_random(broker, ingest, mine, *, kills, seed):
    """Kill so many times; gives what the gateway said and had acknowledged."""
    chance = Random(seed)
    ingest.start()
    gateway = Gateway(broker)
    until(lambda: counts(broker.home))
    for _ in range(kills):
        gateway.say(chance.randrange(10, 90))
        mine.say(chance.randrange(10, 90))
        if chance.random() < 0.2:
            mine.kill()
            mine.start()
            continue
        if chance.random() < 0.6:
            gateway.wait_for_some(chance)
            ingest.kill()
            ingest.start()
            continue
        if chance.random() < 0.5:
            gateway.wait_for_some(chance)
        broker.child.kill()
        broker.child.wait()
        broker.start()
        gateway.killed_with_its_broker()
    gateway.count = LAST - 1
    gateway.say(1)
    gateway.said[-1][1].wait_for_publish(30)
    ingest.kill()
    gateway.edge.close()
    return gateway


def found_after(broker, gateway):
    """Let an ingest that nobody kills read the rest; gives all counts but those of births."""
    with ingesting(broker.home):
        until(lambda: LAST in counts(broker.home), "the last count")
        until(
            lambda: (
                _lost(broker) or {count for count, _ in gateway.said} <= set(counts(broker.home))
            ),
            "a gap",
        )
    return [count for count in counts(broker.home) if count]


def _lost(broker):
    """Give what was noted: gaps, or a seq so far off that it looks like an old one."""
    lines = Index(broker.home.history).refresh()
    odd = [row for line in lines for row in line.troubles if row["code"] == "make.seq_repeated"]
    return [gap for line in lines for gap in line.gaps] + odd


def check(broker, folder, *, kills, seed):
    with zygote(broker.home) as ingest, program(broker, folder) as mine:
        gateway = kill_at_random(broker, ingest, mine, kills=kills, seed=seed)
        found = found_after(broker, gateway)
        with ingesting(broker.home):
            until(lambda: mine.queue.waiting() == 0, "an empty queue")
            until(lambda: made(broker) >= mine.count, "all that was queued")
    never_came = {count for count, _ in gateway.said} - set(found)

    assert set() == gateway.acknowledged() & never_came
    assert len(set(found)) == len(found)
    assert not never_came or _lost(broker)
    assert (mine.count, mine.count) == (made(broker), made(broker, "distinct value"))
    return len(gateway.acknowledged()), len(never_came), mine.count


def made(broker, what="value"):
    """Count what came of the gateway's own queue."""
    ((count,),) = history(
        broker.home, f"count({what})", where="metric = 'made' and not is_null"
    ) or ((0,),)
    return count


def test_twenty_kills_lose_and_double_nothing_that_was_acknowledged(broker, tmp_path):
    acknowledged, *_ = check(broker, tmp_path / "site", kills=20, seed=5)

    assert 200 < acknowledged


@pytest.mark.torture
def test_a_thousand_kills_lose_and_double_nothing_that_was_acknowledged(broker, tmp_path):
    kills = int(os.environ.get("DURE_KILLS", "1000"))

    acknowledged, never_came, queued = check(broker, tmp_path / "site", kills=kills, seed=6)

    logging.getLogger(__name__).info(
        "%d kills, %d acknowledged, %d unacknowledged never came, %d through the gateway's queue",
        kills,
        acknowledged,
        never_came,
        queued,
    )
    assert 10 * kills < acknowledged
