"""Commands from a member to its machine: recorded, sent over a real broker, refused to others."""

from threading import Event

import pytest
from django.test import Client

from dure.kernel.errors import Malformed, NotFound, Refused
from dure.make import models
from dure.make.engine.host import Declared
from dure.make.history.births import declared, read_births
from dure.make.services.commands import command_machine
from dure.make.wire import spb_flat_pb2 as pb
from dure.make.wire.sparkplug import command, rebirth_command
from dure.stack.nats import running_nats
from dure.stack.tenancy import acting
from tests.cast import AT
from tests.make.consumers.machines import Edge
from tests.make.shop import shop
from tests.make.wire.payloads import message, payload

pytestmark = pytest.mark.django_db

AT_MS = int(AT.timestamp() * 1_000)


def give(at_shop, metric, value, machine=None):
    with acting(at_shop.owner):
        return command_machine(machine or at_shop.press, metric, value, at=AT)


def test_a_rebirth_request_is_an_ncmd_of_one_metric_without_seq():
    """
    tck-id-operational-behavior-data-commands-ncmd-rebirth-name,
    tck-id-operational-behavior-data-commands-ncmd-rebirth-value,
    tck-id-payloads-ncmd-timestamp, tck-id-payloads-ncmd-seq,
    tck-id-topics-ncmd-timestamp, tck-id-topics-ncmd-payload.
    """
    read = pb.Payload.FromString(rebirth_command(AT_MS))

    (metric,) = read.metrics
    assert (AT_MS, False) == (read.timestamp, read.HasField("seq"))
    assert ("Node Control/Rebirth", 11, True) == (
        metric.name,
        metric.datatype,
        metric.boolean_value,
    )


def test_a_command_names_a_metric_by_its_alias_alone_where_it_has_one():
    """
    tck-id-payloads-alias-data-cmd-requirement, tck-id-payloads-name-requirement,
    tck-id-payloads-dcmd-timestamp, tck-id-payloads-dcmd-seq, tck-id-topics-dcmd-timestamp,
    tck-id-topics-dcmd-payload, tck-id-operational-behavior-data-commands-dcmd-metric-value.
    """
    read = pb.Payload.FromString(command(Declared("speed", 7, 10), 1.5, AT_MS))

    (metric,) = read.metrics
    assert (7, False, 1.5) == (metric.alias, metric.HasField("name"), metric.double_value)
    assert not read.HasField("seq")


@pytest.mark.parametrize(
    ("datatype", "value", "field", "sent"),
    [
        (1, -1, "int_value", 2**32 - 1),
        (3, -5, "int_value", 2**32 - 5),
        (4, -5, "long_value", 2**64 - 5),
        (8, 2**64 - 1, "long_value", 2**64 - 1),
        (9, 1, "float_value", 1.0),
        (11, True, "boolean_value", True),
        (12, "빠르게", "string_value", "빠르게"),
    ],
)
def test_a_value_travels_as_its_datatype_says(datatype, value, field, sent):
    read = pb.Payload.FromString(command(Declared("m", None, datatype), value, AT_MS))

    assert sent == getattr(read.metrics[0], field)


@pytest.mark.parametrize(
    ("datatype", "value"), [(1, 128), (3, 1.5), (5, -1), (3, True), (11, "yes"), (16, 1), (12, 3)]
)
def test_a_value_that_its_datatype_cannot_hold_is_refused(datatype, value):
    with pytest.raises(Malformed):
        command(Declared("m", None, datatype), value, AT_MS)


@pytest.mark.parametrize("qos", [0, 1])
def test_a_command_reaches_the_machine_and_is_a_fact(mine, press, home, monkeypatch, qos):
    """
    tck-id-topics-dcmd-topic, tck-id-topics-dcmd-mqtt, tck-id-payloads-dcmd-qos,
    tck-id-payloads-dcmd-retain, tck-id-operational-behavior-data-commands-dcmd-verb,
    tck-id-operational-behavior-data-commands-dcmd-metric-name.
    """
    heard, came = [], Event()
    with running_nats(home.path, [press.group]) as broker:
        monkeypatch.setenv("DURE_NATS_PORT", str(broker.broker.port))
        edge = Edge(broker.door(press.group), device="PRESS-1")
        edge.on_message = lambda _c, _u, said: (heard.append(said), came.set())
        edge.connect()
        edge.is_subscribed.clear()
        edge.client.subscribe(edge.topic("DCMD", "PRESS-1"), qos)
        assert edge.is_subscribed.wait(20)

        answer = Client().post(
            f"/api/v1/machines/{mine.press}/command",
            {"metric": "force", "value": "slowly"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {mine.token}", "Idempotency-Key": "slow-1"},
        )
        assert 204 == answer.status_code, answer.content
        # the test's own transaction never commits: what waits for the commit is done by hand
        _run_on_commit()
        assert came.wait(20)
        edge.close()

    (said,) = heard
    assert (0, False) == (said.qos, said.retain)
    assert "slowly" == pb.Payload.FromString(said.payload).metrics[0].string_value
    with acting(mine.owner):
        assert ["force"] == list(models.Command.objects.values_list("metric", flat=True))


def test_a_command_to_what_is_not_there_or_not_online_is_refused(mine, press):
    with pytest.raises(NotFound):
        give(mine, "no such", 1)
    death = payload(None, [("bdSeq", None, 0)])
    press.commit([message(f"spBv1.0/{press.group}/NDEATH/line-1", death)])

    with pytest.raises(Refused):
        give(mine, "force", "slowly")


def test_a_command_goes_to_the_node_that_was_heard_last(mine, press, home):
    again = [
        message(f"spBv1.0/{press.group}/NBIRTH/line-2", payload(0, [("bdSeq", None, 0)])),
        message(f"spBv1.0/{press.group}/DBIRTH/line-2/PRESS-1", payload(1, [("force", 7, 1.0)])),
    ]
    press.commit([each._replace(stored_ms=AT_MS) for each in again])

    node, metrics = declared(read_births(home.history), press.group, "PRESS-1")

    assert ("line-2", ["force"]) == (node.edge, list(metrics))


def test_a_rival_cannot_command(mine, press):
    with pytest.raises(NotFound):
        give(shop(3), "force", "slowly", machine=mine.press)


def _run_on_commit():
    from django.db import connection

    assert connection.run_on_commit
    while connection.run_on_commit:
        connection.run_on_commit.pop(0)[1]()
