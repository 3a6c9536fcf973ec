"""OPC UA against a real server."""

import asyncio
import logging
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from asyncua import Server, ua
from typer.testing import CliRunner

from dure.cli.gateway import app
from dure.kernel.errors import Unavailable
from dure.make.wire.gateway.config import read_config
from dure.make.wire.gateway.queue import Queue
from dure.make.wire.gateway.sources.opcua import Item, OpcUa
from dure.stack.nats import free_port
from tests.make.consumers.machines import ingesting, until
from tests.make.gateway.site import Site, history, now_ms, working


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("asyncua").setLevel(logging.ERROR)


class Machine:
    """An OPC UA server with a press that has a force and a state; it may go away and come back."""

    def __init__(self, port):
        self.url = f"opc.tcp://127.0.0.1:{port}/dure"
        self.loop = asyncio.new_event_loop()
        self.ready, self.over = Event(), None
        self.thread = Thread(target=self._serve, daemon=True)

    def write(self, name, value):
        self._do(self.nodes[name].write_value(value))

    def away(self):
        self._do(self.server.bserver.stop())

    def back(self):
        self._do(self.server.bserver.start())

    def _do(self, work):
        asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def _serve(self):
        self.loop.run_until_complete(self._main())
        self.loop.close()

    async def _main(self):
        self.server = server = Server()
        await server.init()
        server.set_endpoint(self.url)
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace("urn:dure:test")
        press = await server.nodes.objects.add_object(space, "PRESS-1")
        self.nodes = {
            "force": await press.add_variable(f"ns={space};s=PRESS-1.force", "force", 0.0),
            "state": await press.add_variable(f"ns={space};s=PRESS-1.state", "state", "idle"),
        }
        self.over = asyncio.Event()
        async with server:
            self.ready.set()
            await self.over.wait()


@pytest.fixture(scope="module")
def running():
    """Run one server for all: it takes seconds to build the standard's address space."""
    machine = Machine(free_port())
    machine.thread.start()
    assert machine.ready.wait(60)
    yield machine
    machine.loop.call_soon_threadsafe(machine.over.set)
    machine.thread.join(20)


@pytest.fixture
def machine(running):
    running.write("force", 0.0)
    running.write("state", "idle")
    return running


def press(url, *, nodes=("force", "state")):
    items = tuple(
        Item(node=f"ns=2;s=PRESS-1.{name}", machine="PRESS-1", metric=name) for name in nodes
    )
    return OpcUa(url=url, items=items, every=0.05, gather_seconds=0.05, now_ms=now_ms)


@contextmanager
def followed(source, queue):
    stop = Event()

    def follow():
        while not stop.is_set():
            try:
                source.run(queue, stop)
            except Unavailable:
                stop.wait(0.05)

    thread = Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


def said(queue, metric):
    return [
        each.value
        for batch in queue.next_batches(0, 1_000)
        for each in batch.readings
        if each.metric == metric
    ]


def test_what_changes_on_the_machine_comes_with_its_time_and_quality(tmp_path, machine):
    with Queue(tmp_path, budget=1 << 24) as queue:
        with followed(press(machine.url), queue):
            until(lambda: said(queue, "state") == ["idle"])
            machine.write("force", 120.5)
            machine.write("state", "running")
            until(lambda: said(queue, "force")[-1:] == [120.5])
            until(lambda: said(queue, "state") == ["idle", "running"])

        (force,) = [
            each
            for batch in queue.next_batches(0, 1_000)
            for each in batch.readings
            if each.value == 120.5
        ]
    assert ("PRESS-1", 192, "machine") == (force.device, force.quality, force.grade)
    assert abs(force.at_ms - now_ms()) < 60_000


def test_a_machine_that_comes_back_is_followed_again(tmp_path, machine):
    with Queue(tmp_path, budget=1 << 24) as queue:
        machine.away()
        with followed(press(machine.url), queue):
            machine.back()
            until(lambda: said(queue, "state") == ["idle"])
            machine.write("force", 7.0)
            until(lambda: 7.0 in said(queue, "force"))
            machine.away()
            machine.back()
            machine.write("force", 8.0)
            until(lambda: 8.0 in said(queue, "force"))


def test_a_node_that_the_server_does_not_know_is_named(tmp_path, machine):
    with Queue(tmp_path, budget=1 << 24) as queue, pytest.raises(Unavailable) as told:
        press(machine.url, nodes=("force", "pressure")).run(queue, Event())

    assert "make.source_node" == told.value.reason.code
    assert "ns=2;s=PRESS-1.pressure" == told.value.reason.parameters["node"]


def test_discover_lists_what_is_there_and_writes_it_into_the_file(tmp_path, machine, broker):
    site = Site(tmp_path / "site", broker.door("F001"))
    asked = ["discover", machine.url, "--machine", "PRESS-1", "--file", str(site.file)]
    done = CliRunner().invoke(app, asked)

    assert 0 == done.exit_code, done.output
    assert "PRESS-1/force" in done.output
    (source,) = read_config(site.file, now_ms=now_ms).sources
    assert {"ns=2;s=PRESS-1.force", "ns=2;s=PRESS-1.state"} == {item.node for item in source.items}
    with ingesting(broker.home), working(site):
        until(lambda: history(broker.home, "value", where="metric = 'state'"))
