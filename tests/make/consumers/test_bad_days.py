"""Bad input and bad days: each is counted, told in words, and stops nothing else."""

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dure.portal
from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.engine.manifest import Range
from dure.make.engine.told import KNOWN
from dure.make.history import queries
from dure.make.history.health import read_health
from dure.make.history.latest import read_latest
from dure.make.history.manifest import open_manifest
from dure.make.wire.readings import Reading
from tests.make.wire.payloads import message, plain
from tests.make.wire.payloads import payload as payload_at

DATA = "spBv1.0/F001/DDATA/line-1/kiln"
DAY = 86_400_000
NOW = 20_000 * DAY


def payload(seq, metrics, at=NOW):
    return payload_at(seq, metrics, at=at)


def born():
    return [
        message("spBv1.0/F001/NBIRTH/line-1", payload(0, [("bdSeq", None, 0)]), seq=1),
        message("spBv1.0/F001/DBIRTH/line-1/kiln", payload(1, [("temperature", 7, 20.0)]), seq=2),
    ]


class Line:
    """One production line whose messages are committed as they come."""

    def __init__(self, folder, manifest):
        self.folder, self.capture = folder, Capture.recalled(manifest, Host())
        self.place = 0
        self.commit(*born())

    def commit(self, *messages):
        numbered = []
        for each in messages:
            self.place += 1
            numbered.append(each._replace(seq=self.place, stored_ms=NOW + self.place))
        span = Range(epoch="e", lo=self.place - len(messages) + 1, hi=self.place)
        self.capture.commit(numbered, {"machines": span})

    def troubles(self):
        rows = read_health(self.folder, "F001")["troubles"]
        return {row["code"]: row["count"] for row in rows}

    def values(self, metric="temperature", device="kiln"):
        return [row.value for row in queries.readings(self.folder, "F001", device, metric=metric)]


@pytest.fixture
def line(tmp_path):
    with open_manifest(tmp_path) as manifest:
        yield Line(tmp_path, manifest)


def data(seq, *metrics, at=NOW):
    return message(DATA, payload(seq, metrics or [(None, 7, 1.0)], at=at))


def words():
    file = Path(dure.portal.__file__).parent / "words" / "make.toml"
    return tomllib.loads(file.read_text())


def test_wrong_protobuf_is_set_aside(line):
    line.commit(message(DATA, b"\xff\xff"), data(2))

    assert {"make.not_sparkplug": 1} == line.troubles()
    assert 1.0 in line.values()


def test_an_unknown_alias_is_set_aside(line):
    line.commit(data(2, (None, 99, 1.0)), data(3))

    assert 1 == line.troubles()["make.unknown_alias"]


def test_data_before_birth_is_set_aside(line):
    line.commit(message("spBv1.0/F001/DDATA/line-9/kiln", payload(0, [(None, 7, 1.0)])))

    assert {"make.before_birth": 1} == line.troubles()


def test_a_repeated_seq_is_kept_and_counted(line):
    line.commit(data(2, (None, 7, 5.0)), data(2, (None, 7, 6.0)))

    assert 1 == line.troubles()["make.seq_repeated"]
    assert [5.0, 6.0] == line.values()[-2:]


@pytest.mark.parametrize("days", [-365, 365])
def test_a_clock_a_year_off_is_kept_and_counted(line, days):
    line.commit(data(2, at=NOW + days * DAY))

    assert {"make.clock_off": 1} == line.troubles()
    assert 1.0 in line.values()


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_kept_and_counted(line, odd):
    line.commit(data(2, (None, 7, odd)))

    assert {"make.not_a_number": 1} == line.troubles()
    assert str(odd) in [str(value) for value in line.values()]


def test_a_null_is_no_oddity(line):
    line.commit(data(2, {"alias": 7, "datatype": 10, "is_null": True}))

    assert {} == line.troubles()
    assert None in line.values()


@pytest.mark.parametrize("device", ["press one", "가마 1호"])
def test_a_device_name_with_a_space_or_in_korean_is_read_wherever_a_broker_lets_it_through(
    line, device
):
    birth = payload(2, [("temperature", 7, 3.0)])

    line.commit(message(f"spBv1.0/F001/DBIRTH/line-1/{device}", birth))

    assert [3.0] == line.values(device=device)


def test_a_thousand_devices_reborn_at_once_are_read_and_asked_for_nothing(line):
    births = [
        message(
            f"spBv1.0/F001/DBIRTH/line-1/device-{number}",
            payload((number + 2) % 256, [("temperature", number + 10, float(number))]),
        )
        for number in range(1_000)
    ]

    line.commit(*births)

    assert {} == line.troubles()
    assert 1_002 == len(read_latest(line.folder, "F001")["devices"])


def test_a_network_cut_of_two_hours_is_filled_and_moves_no_latest_value(line):
    line.commit(data(2, (None, 7, 50.0)))
    line.commit(message("spBv1.0/F001/NDEATH/line-1", payload(None, [("bdSeq", None, 0)])))
    line.commit(*born())
    stored = [
        data(2 + place, plain(None, 7, float(place)) | {"is_historical": True}, at=NOW - place)
        for place in range(120)
    ]

    line.commit(*stored)

    assert {"make.went_offline": 1} == line.troubles()
    assert set(map(float, range(120))) <= set(line.values())
    shown = read_latest(line.folder, "F001")["devices"]["line-1/kiln"]
    assert (20.0, True) == (shown["metrics"]["temperature"]["value"], shown["is_online"])


@pytest.mark.parametrize(
    "code",
    [
        "make.alias_twice",
        "make.before_birth",
        "make.clock_off",
        "make.messages_lost",
        "make.not_a_number",
        "make.not_mqtt",
        "make.not_sparkplug",
        "make.rebirth_asked",
        "make.rebirth_waits",
        "make.broker_cut",
        "make.broker_deaf",
        "make.broker_mute",
        "make.broker_refuses",
        "make.broker_silent",
        "make.disk_full",
        "make.stream_refuses",
        "make.sent_again",
        *KNOWN,
        "make.seq_repeated",
        "make.stream_anew",
        "make.too_large",
        "make.topic",
        "make.unknown_alias",
        "make.went_offline",
    ],
)
def test_each_trouble_says_what_to_do_in_both_languages(code):
    assert {"ko", "en", "next_ko", "next_en"} <= set(words()[code])


VALID = [*born(), data(2), data(3, ("name", None, "text"), (None, 7, math.nan))]


@st.composite
def damaged(draw):
    """A payload of any bytes, or a good one with some bytes changed, cut off or put in."""
    body = bytearray(draw(st.binary(max_size=40) | st.sampled_from([m.payload for m in VALID])))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(body)))
        body[place : place + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(body)


TOPICS = [f"spBv1.0/F001/{verb}/line-1" for verb in ("NBIRTH", "NDEATH", "NDATA")] + [
    f"spBv1.0/F001/{verb}/line-1/kiln" for verb in ("DBIRTH", "DDEATH", "DDATA")
]


@given(st.lists(st.tuples(st.sampled_from(TOPICS), damaged()), min_size=1, max_size=6))
def test_whatever_comes_ends_in_rows_or_in_the_quarantine_and_raises_nothing(said):
    messages = [
        message(topic, body, seq=place) for place, (topic, body) in enumerate(said, start=3)
    ]

    understood = Reading(Host()).read([*born(), *messages, data(9)._replace(seq=99)])

    for table in understood.readings.values():
        table.validate(full=True)
        assert len(table) == len(table.to_pylist())
    assert {row.message.seq for row in understood.quarantined} <= set(range(1, 100))
