"""The client and the reader against a real broker."""

import socket
from threading import Thread

import pytest

from dure.kernel.errors import Unavailable
from dure.make.wire.hold import Hold
from dure.make.wire.nats import Lost, Nats
from dure.make.wire.reader import Reader
from dure.stack.nats import running_nats
from tests.make.consumers.machines import until


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with running_nats(tmp_path_factory.mktemp("nats"), ["F001"]) as running:
        yield running


@pytest.fixture
def nats(broker):
    user, password = broker.broker.cooperative_user()
    with Nats("127.0.0.1", broker.broker.port, user=user, password=password) as client:
        yield client


@pytest.fixture
def stream(nats, request):
    name = f"T{abs(hash(request.node.name))}"
    made = nats.jetstream(
        f"STREAM.CREATE.{name}", {"name": name, "subjects": [f"{name}.>"], "storage": "file"}
    )
    assert "error" not in made
    return name


def fill(nats, stream, count, subject="a"):
    for number in range(count):
        nats.publish(f"{stream}.{subject}", str(number).encode())
    nats.jetstream(f"STREAM.INFO.{stream}")


def read_all(reader, count):
    read = []
    while len(read) < count:
        lots = reader.pull(0.5)
        assert lots, f"{len(read)} of {count} came"
        read += [message for lot in lots for message in lot]
    return read


def test_a_stream_is_read_in_order_from_its_beginning(nats, stream):
    fill(nats, stream, 500)
    reader = Reader(nats, stream=stream, batch=64)
    reader.begin(0)

    read = read_all(reader, 500)

    assert list(range(1, 501)) == [message.seq for message in read]
    assert [str(number).encode() for number in range(500)] == [m.payload for m in read]
    assert [] == reader.pull(0.05)


def test_reading_goes_on_after_what_was_committed(nats, stream):
    fill(nats, stream, 20)
    reader = Reader(nats, stream=stream)
    reader.begin(15)

    assert [16, 17, 18, 19, 20] == [message.seq for message in read_all(reader, 5)]


def test_what_was_read_but_not_committed_is_read_again(nats, stream):
    fill(nats, stream, 30)
    reader = Reader(nats, stream=stream, batch=10)
    reader.begin(0)
    read_all(reader, 10)

    reader.begin(0)

    assert list(range(1, 31)) == [message.seq for message in read_all(reader, 30)]


def test_messages_that_come_later_are_read_too(nats, stream):
    reader = Reader(nats, stream=stream)
    reader.begin(0)
    assert [] == reader.pull(0.05)

    fill(nats, stream, 3)

    assert [1, 2, 3] == [message.seq for message in read_all(reader, 3)]


def test_only_what_the_filter_names_is_read_and_its_numbers_stay_contiguous(nats, stream):
    for _ in range(5):
        fill(nats, stream, 3, "other")
        fill(nats, stream, 1, "mine")
    reader = Reader(nats, stream=stream, filters=[f"{stream}.mine"])
    reader.begin(0)

    assert [4, 8, 12, 16, 20] == [message.seq for message in read_all(reader, 5)]
    assert 0 == reader.rewinds


def test_large_payloads_come_whole(nats, stream):
    nats.publish(f"{stream}.large", bytes(900_000))
    nats.publish(f"{stream}.large", b"\r\nMSG x 1 3\r\n")
    reader = Reader(nats, stream=stream)
    reader.begin(0)

    large, odd = read_all(reader, 2)

    assert (900_000, b"\r\nMSG x 1 3\r\n") == (len(large.payload), odd.payload)


def test_a_missing_delivery_rewinds_to_the_last_good_one(nats, stream):
    fill(nats, stream, 10)
    reader = Reader(nats, stream=stream, batch=4)
    reader.begin(0)
    first = read_all(reader, 4)
    reader._delivered -= 1  # as if one delivery had been lost on the way

    rest = []
    while len(rest) < 6:
        rest += [message for lot in reader.pull(0.5) for message in lot]

    assert list(range(1, 11)) == [message.seq for message in first + rest]
    assert 1 == reader.rewinds


def test_a_consumer_that_the_broker_forgot_is_made_anew(nats, stream):
    fill(nats, stream, 4)
    reader = Reader(nats, stream=stream, batch=4)
    reader.begin(0)
    first = read_all(reader, 4)
    nats.jetstream(f"CONSUMER.DELETE.{stream}.{reader._consumer}")
    fill(nats, stream, 2)

    assert [1, 2, 3, 4, 5, 6] == [message.seq for message in first + read_all(reader, 2)]


def test_what_is_held_stays_in_a_stream_of_interest_until_it_is_given_up(nats, broker):
    config = {"name": "HELD", "subjects": ["held.>"], "retention": "interest"}
    nats.jetstream("STREAM.CREATE.HELD", config)
    user, password = broker.broker.cooperative_user()
    with Nats("127.0.0.1", broker.broker.port, user=user, password=password) as own:
        hold = Hold(own, stream="HELD", name="hold", subject="held.>")
        fill(nats, "held", 10)
        reader = Reader(nats, stream="HELD")
        reader.begin(0)
        read_all(reader, 10)

        def left(given_up):
            hold.give_up(given_up)
            return nats.jetstream("STREAM.INFO.HELD")["state"]["messages"]

        assert 10 == left(0)
        until(lambda: left(4) == 6)
        until(lambda: left(10) == 0)


def test_a_hold_knows_when_it_was_made_after_the_broker_died(tmp_path):
    def made(broker):
        user, password = broker.broker.cooperative_user()
        with Nats("127.0.0.1", broker.broker.port, user=user, password=password) as own:
            config = {"name": "HELD", "subjects": ["held.>"], "retention": "interest"}
            own.jetstream("STREAM.CREATE.HELD", config)
            return Hold(own, stream="HELD", name="hold", subject="held.>").since

    with running_nats(tmp_path, durable=True) as broker:
        first = made(broker)
        broker.child.kill()
        broker.child.wait()
        broker.start()

        assert first == made(broker)


def test_a_wrong_password_and_a_closed_port_are_told_plainly(broker):
    with pytest.raises(Unavailable) as refused:
        Nats("127.0.0.1", broker.broker.port, user="cooperative", password="wrong")
    assert "make.broker_refuses" == refused.value.reason.code

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable) as silent:
            Nats("127.0.0.1", closed.getsockname()[1], user="a", password="b")
    assert "make.broker_silent" == silent.value.reason.code


def test_nobody_who_answers_is_told_plainly(nats):
    with pytest.raises(Unavailable) as deaf:
        nats.request("nobody.listens")

    assert "make.broker_deaf" == deaf.value.reason.code


def test_a_stranger_that_is_no_broker_is_told_plainly():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def speak():
            visitor, _ = server.accept()
            with visitor:
                visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n")

        Thread(target=speak).start()
        with pytest.raises(Unavailable) as odd:
            Nats("127.0.0.1", server.getsockname()[1], user="a", password="b", timeout=2)

    assert "make.broker_odd" == odd.value.reason.code


def test_a_broker_that_goes_away_is_noticed(tmp_path):
    with running_nats(tmp_path) as broker:
        user, password = broker.broker.cooperative_user()
        client = Nats("127.0.0.1", broker.broker.port, user=user, password=password)
        broker.child.kill()
        broker.child.wait()

        with client, pytest.raises(Lost):
            client.deliveries(5)
