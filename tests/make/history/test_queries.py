import pytest

from dure.make.engine.host import Host
from dure.make.engine.manifest import Line, Range
from dure.make.history import queries
from dure.make.history.manifest import open_manifest
from dure.make.history.segments import seal
from dure.make.wire.readings import Reading
from dure.make.wire.tables import quarantine_table
from tests.make.wire.payloads import born, message, payload

DATA = "spBv1.0/F001/DDATA/line-1/kiln"


@pytest.fixture
def history(tmp_path):
    """Three commits of the kiln's temperature, a minute apart, and one message nobody can read."""
    reading = Reading(Host())
    with open_manifest(tmp_path) as manifest:
        seq = 3
        for minute in range(3):
            messages = list(born()) if minute == 0 else []
            for second in range(5):
                at = (minute * 60 + second) * 1_000 + 100_000
                body = payload(seq - 1, [(None, 7, float(seq))], at=at)
                messages.append(message(DATA, body, seq=seq))
                seq += 1
            if minute == 2:
                messages.append(message(DATA, b"\xff", seq=seq))
            commit(manifest, reading.read(messages), messages)
    return tmp_path


def commit(manifest, understood, messages):
    segments = [
        seal(manifest, table, group=group, kind="readings")
        for group, table in understood.readings.items()
    ]
    if understood.quarantined:
        held = quarantine_table(understood.quarantined)
        segments.append(seal(manifest, held, group="F001", kind="quarantine"))
    span = Range(epoch="e1", lo=messages[0].seq, hi=messages[-1].seq)
    manifest.commit(
        Line(
            number=manifest.next_number,
            prev=manifest.prev,
            sources={"machines": span},
            segments=tuple(segments),
        )
    )


def test_a_devices_readings_come_oldest_first(history):
    found = queries.readings(history, "F001", "kiln", lo_ms=50_000)

    assert [float(seq) for seq in range(3, 18)] == [row.value for row in found]
    assert 100_000 == found[0].at_ms
    assert {"machine"} == {row.grade for row in found}


def test_a_question_about_a_while_opens_only_its_files(history):
    found = queries.readings(history, "F001", "kiln", lo_ms=160_000, hi_ms=161_000)

    assert [8.0, 9.0] == [row.value for row in found]
    assert 1 == len(queries.segments_of(history, "F001", "readings", 160_000, 161_000))


def test_the_last_readings_are_given_where_there_are_too_many(history):
    found = queries.readings(history, "F001", "kiln", limit=2)

    assert [16.0, 17.0] == [row.value for row in found]


def test_the_last_readings_of_a_series_open_only_the_latest_files(history):
    for place in queries.segments_of(history, "F001", "readings")[:2]:
        (history / place.file).unlink()

    found = queries.readings(history, "F001", "kiln", metric="temperature", limit=3)

    assert [15.0, 16.0, 17.0] == [row.value for row in found]


@pytest.mark.parametrize("limit", [1, 4, 5, 6, 12, 100])
def test_the_last_readings_of_a_series_go_by_its_clock_not_by_its_files(history, limit):
    reading = Reading(Host())
    reading.read(born())
    late = [message(DATA, payload(2, [(None, 7, 99.0)], at=161_500), seq=19)]
    with open_manifest(history) as manifest:
        commit(manifest, reading.read(late), late)

    found = queries.readings(
        history, "F001", "kiln", metric="temperature", lo_ms=50_000, limit=limit
    )

    by_clock = [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 99.0, *map(float, range(10, 18))]
    assert by_clock[-limit:] == [row.value for row in found]


def test_another_member_another_device_another_metric_give_nothing(history):
    assert [] == queries.readings(history, "F002", "kiln")
    assert [] == queries.readings(history, "F001", "press")
    assert [] == queries.readings(history, "F001", "kiln", metric="pressure")


def test_names_are_values_never_statements(history):
    assert [] == queries.readings(history, "F001", "kiln' or '1'='1")


def test_the_quarantine_says_what_could_not_be_read_and_why(history):
    (held,) = queries.quarantined(history, "F001")

    assert (DATA, "make.not_sparkplug", 1) == (held.topic, held.code, held.size)
    assert [] == queries.quarantined(history, "F002")
