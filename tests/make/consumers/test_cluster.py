"""
Three brokers that keep each message three times: the death of the one that leads loses nothing.

The publisher sees no error and its messages are acknowledged, yet the copy in the cooperative's
stream may never come. Ingest reads where they were acknowledged.
"""

import json
import subprocess
from contextlib import ExitStack, contextmanager

import pytest

from dure.kernel.errors import Unavailable
from dure.make.wire.nats import Nats
from dure.stack.broker import Broker, configuration
from dure.stack.home import Home
from dure.stack.nats import KEY, _program, admit, free_port, gateway_door
from tests.make.consumers.machines import Edge, counts, ingesting, until

NODES = 3


class Cluster:
    """Three brokers of one home."""

    def __init__(self, folder, open_):
        self.home, self.open = Home(folder).prepare(), open_
        key = self.home.secret(KEY)
        self.brokers = [
            Broker(
                store=str(folder / f"n{n}"), key=key, port=free_port(), mqtt_port=free_port(),
                durable=False,
            )
            for n in range(NODES)
        ]  # fmt: skip
        self.routes = [free_port() for _ in range(NODES)]
        self.children = [None] * NODES
        admit(self.home, "F001", broker=self.brokers[0])
        for node in range(NODES):
            self.start(node)

    def start(self, node):
        broker = self.brokers[node]
        whole = json.loads(configuration(broker, [broker.member("F001")]))
        whole["server_name"] = f"n{node}"
        whole["cluster"] = {
            "name": "dure", "host": "127.0.0.1", "port": self.routes[node],
            "routes": [f"nats://127.0.0.1:{port}" for port in self.routes],
        }  # fmt: skip
        file = self.home.nats / f"n{node}.json"
        file.write_text(json.dumps(whole))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        child = subprocess.Popen([str(_program()), "-c", str(file)], **quiet)
        self.children[node] = child
        self.open.callback(child.wait)
        self.open.callback(child.kill)

    def kill(self, node):
        self.children[node].kill()
        self.children[node].wait()

    def info(self, stream, group=None):
        """Ask whoever answers about a stream; None while nobody knows."""
        for broker in self.brokers:
            user, password = broker.cooperative_user(group)
            try:
                with Nats("127.0.0.1", broker.port, user=user, password=password) as nats:
                    found = nats.jetstream(f"STREAM.INFO.{stream}")
            except Unavailable:
                continue
            if found.get("cluster", {}).get("leader"):
                return found
        return None

    def leader(self):
        return int(self.info("$MQTT_msgs", "F001")["cluster"]["leader"].removeprefix("n"))

    def door(self, node):
        return gateway_door(self.home, "F001", broker=self.brokers[node])


@contextmanager
def cluster_at(folder):
    with ExitStack() as open_:
        yield Cluster(folder, open_)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    with cluster_at(tmp_path) as cluster:
        monkeypatch.setenv("DURE_NATS_PORT", str(cluster.brokers[0].port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(cluster.brokers[0].mqtt_port))
        yield cluster


def connected(door):
    try:
        return Edge(door, qos=1).connect()
    except (OSError, AssertionError):
        return None


def test_the_leaders_death_loses_nothing_that_was_acknowledged(cluster):
    with ingesting(cluster.home):
        until(lambda: cluster.info("MACHINES", "F001"), "the member's stream")
        until(lambda: cluster.info("$MQTT_msgs", "F001"), "the member's store")
        leader = cluster.leader()
        edge = until(lambda: connected(cluster.door((leader + 1) % NODES)), "a connection")
        edge.born()
        until(lambda: counts(cluster.home), "the births")
        edge.sent.clear()
        for count in range(1, 3_001):
            edge.data(count)
            if count == 1_000:
                edge.sent[500].wait_for_publish(20)
                cluster.kill(leader)
        cluster.start(leader)
        until(lambda: sum(sent.is_published() for sent in edge.sent) > 2_000, "acknowledgements")
        acknowledged = {n for n, sent in enumerate(edge.sent, 1) if sent.is_published()}
        until(lambda: acknowledged <= set(counts(cluster.home)), "what was acknowledged")
        edge.close()

    found = [count for count in counts(cluster.home) if count]
    assert len(set(found)) == len(found)
