"""A gateway between its queue and the cooperative's history: real broker, real kills."""

import os
import subprocess
import sys
from datetime import datetime
from random import Random
from threading import Event

import pytest

from dure.kernel.reason import Reason
from dure.kernel.time import SEOUL
from dure.make.engine.batch import check_seal
from dure.make.engine.told import METRIC, NO_ROOM, written
from dure.make.history.health import read_health
from dure.make.history.index import Index
from dure.make.wire.gateway.queue import Reading
from tests.make.consumers.machines import ingest_process, ingesting, until
from tests.make.gateway.site import Site, gateway_process, history, now_ms, working

COUNT = "value::bigint"


@pytest.fixture
def site(tmp_path, broker):
    return Site(tmp_path / "site", broker.door("F001"))


def gaps(home):
    return [gap for line in Index(home.history).refresh() for gap in (*line.gaps, *line.missing)]


def counted(queue, first, last, at=None):
    """Put whole numbers as one machine's counter would say them."""
    base = at or now_ms()
    readings = [
        Reading(device="PRESS-1", metric="count", at_ms=base + n, value=n)
        for n in range(first, last)
    ]
    queue.put(readings, now_ms=now_ms())


def counts(home):
    return [value for (value,) in history(home, COUNT, where="metric = 'count' and not is_null")]


def test_what_was_queued_becomes_history_once_signed_by_the_members_own_key(site, home):
    key = site.register(home)
    with site.queue() as queue:
        counted(queue, 0, 1_200)

        with ingesting(home), working(site):
            until(lambda: len(counts(home)) >= 1_200)
            until(lambda: queue.waiting() == 0)

    assert list(range(1_200)) == counts(home)
    signed = history(home, "serial, topic, payload, key", kind="signed", where="true")
    assert [1, 2, 3] == [row[0] for row in signed]
    for _, topic, payload, signer in signed:
        assert key == signer
        check_seal(topic, payload, key)


def test_a_gateway_whose_key_is_not_registered_is_read_but_vouched_for_by_nobody(site, home):
    with site.queue() as queue, ingesting(home), working(site):
        counted(queue, 0, 10)
        until(lambda: len(counts(home)) == 10)

    assert [] == history(home, "serial", kind="signed", where="true")


def test_what_waited_for_days_comes_marked_as_history_and_the_latest_is_live(site, home):
    with site.queue() as queue:
        old = now_ms() - 2 * 86_400_000
        readings = [Reading(device="PRESS-1", metric="count", at_ms=old, value=1)]
        queue.put(readings, now_ms=old)
        with ingesting(home), working(site):
            until(lambda: counts(home) == [1])
            counted(queue, 2, 3)
            until(lambda: counts(home) == [1, 2])

    rows = history(home, f"{COUNT}, is_historical", where="metric = 'count' and not is_null")
    assert [(1, True), (2, False)] == rows


def test_grade_and_quality_travel_with_the_reading(site, home):
    made = [
        Reading(device="LAB", metric="ph", at_ms=5, value=7.1, grade="laboratory"),
        Reading(device="LAB", metric="weight", at_ms=5, value=2.0, grade="hand", quality=64),
        Reading(device="LAB", metric="zone", at_ms=5, value="가마 2", quality=0),
        Reading(device="LAB", metric="open", at_ms=5, value=True),
        Reading(device="LAB", metric="low", at_ms=5, value=-3),
    ]
    with site.queue() as queue, ingesting(home), working(site):
        queue.put(made, now_ms=now_ms())
        until(lambda: len(history(home, "metric", where="not is_null and device = 'LAB'")) == 5)

    told = history(
        home, "metric, value, text, grade, quality", where="not is_null and device='LAB'"
    )
    assert [
        ("low", -3.0, None, "machine", None),
        ("open", 1.0, None, "machine", None),
        ("ph", 7.1, None, "laboratory", None),
        ("weight", 2.0, None, "hand", 64),
        ("zone", None, "가마 2", "machine", 0),
    ] == told


def test_a_metric_that_first_appears_while_it_runs_is_born_then(site, home):
    with site.queue() as queue, ingesting(home), working(site):
        counted(queue, 0, 5)
        until(lambda: len(counts(home)) == 5)
        new = Reading(device="KILN-9", metric="temperature", at_ms=now_ms(), value=1240.5)
        queue.put([new], now_ms=now_ms())
        until(lambda: history(home, "value", where="metric = 'temperature' and not is_null"))

    assert [] == history(home, "code", kind="quarantine", where="true")


def test_ingest_that_stops_for_a_while_finds_everything_when_it_comes_back(site, home):
    with site.queue() as queue, working(site):
        with ingesting(home):
            counted(queue, 0, 50)
            until(lambda: len(counts(home)) == 50)
        counted(queue, 50, 100)
        with ingesting(home):
            until(lambda: len(counts(home)) == 100)

    assert list(range(100)) == counts(home)


def killed_over_and_over(site, home, rounds, seed):
    """Kill gateway, ingest and, between, both, at seeded moments; then let all come through."""
    chance, pause = Random(seed), Event()
    sent = 0
    with site.queue() as queue:
        for _ in range(rounds):
            with ingest_process(home), gateway_process(site):
                counted(queue, sent, sent + 900)
                sent += 900
                pause.wait(chance.uniform(0.3, 2.5))
        with ingesting(home), working(site):
            until(lambda: queue.waiting() == 0, "an empty queue")
            until(lambda: len(counts(home)) >= sent, f"{sent} counts")
    return sent


def test_killed_at_any_moment_nothing_is_lost_or_doubled(site, home):
    site.register(home)

    sent = killed_over_and_over(site, home, rounds=3, seed=20261122)

    assert list(range(sent)) == counts(home)
    assert [] == gaps(home)
    serials = [row[0] for row in history(home, "serial", kind="signed", where="true")]
    assert list(range(1, len(serials) + 1)) == serials


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(20))
def test_killed_over_and_over_nothing_is_lost_or_doubled(site, home, seed):
    sent = killed_over_and_over(site, home, rounds=10, seed=seed)

    assert list(range(sent)) == counts(home)


def test_a_broker_killed_meanwhile_loses_nothing_either(site, home, broker):
    with site.queue() as queue, working(site), ingesting(home):
        counted(queue, 0, 900)
        until(lambda: len(counts(home)) > 0)
        broker.child.kill()
        broker.child.wait()
        counted(queue, 900, 1_800)
        broker.start()
        until(lambda: len(counts(home)) >= 1_800)

    assert list(range(1_800)) == counts(home)
    assert [] == gaps(home)


def troubles(home):
    rows = read_health(home.history, "F001").get("troubles", ())
    found = {(row["edge"], row["code"]): row["count"] for row in rows}
    return {place: count for place, count in found.items() if place[1] != "make.went_offline"}


def test_what_a_folder_left_out_is_told_to_the_member(site, home):
    inbox = site.folder / "csv"
    inbox.mkdir()
    today = datetime.now(SEOUL).strftime("%Y-%m-%d %H:%M")
    (inbox / "a.csv").write_text(f"time,count\n{today},1\nsome day,2\n")
    (inbox / "odd.csv").write_bytes(b"\xb7\xff\xff,1\n")
    for each in inbox.iterdir():
        os.utime(each, (1_700_000_000, 1_700_000_000))
    site.file.write_text(
        site.file.read_text() + "  - {kind: folder, path: csv, machine: PRESS-1, every: 0.1}\n"
    )

    with ingesting(home), working(site):
        until(lambda: len(troubles(home)) >= 2)

    assert {("site", "make.file_rows"): 1, ("site", "make.file_encoding"): 1} == troubles(home)
    assert [1] == counts(home)


def test_a_source_that_is_away_is_told_once(site, home):
    site.file.write_text(
        site.file.read_text() + "  - {kind: folder, path: nowhere, machine: PRESS-1}\n"
    )

    with ingesting(home), working(site), site.queue() as queue:
        until(lambda: troubles(home))
        counted(queue, 0, 5)
        until(lambda: len(counts(home)) == 5)

    assert {("site", "make.no_folder"): 1} == troubles(home)


def test_what_found_no_room_at_the_site_is_a_gap_with_its_count(site, home):
    with site.queue() as queue:
        queue.tell(Reason(NO_ROOM, {"device": "PRESS-1", "since": 50, "until": 90}), now_ms=1,
                   count=7)  # fmt: skip
        with ingesting(home), working(site):
            until(lambda: troubles(home))

    (gap,) = gaps(home)
    assert {("site", NO_ROOM): 7} == troubles(home)
    assert ("queue", "site", 1, 7, 50, 90) == tuple(
        gap[name] for name in ("kind", "edge", "expected", "got", "lo_ms", "hi_ms")
    )


def test_a_machine_cannot_speak_for_its_gateway(site, home):
    said = written(Reason("make.file_encoding", {"file": "a.csv"}))
    forged = Reading(device="PRESS-1", metric=METRIC, at_ms=now_ms(), value=said)
    with site.queue() as queue, ingesting(home), working(site):
        queue.put([forged], now_ms=now_ms())
        counted(queue, 0, 5)
        until(lambda: len(counts(home)) == 5)

    assert {} == troubles(home)


def test_the_gateway_runs_where_there_is_no_django_and_no_database():
    forbidden = "django,psycopg,procrastinate,ninja,duckdb"
    program = f"""
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {forbidden.split(",")!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Wall())
import dure.cli.entry, dure.cli.gateway, dure.make.wire.gateway.run
raise SystemExit(dure.cli.entry.run(["gateway", "run", "nowhere.yaml"]))
"""
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": "src"},
                          capture_output=True, text=True, check=False)  # fmt: skip

    assert (1, "dure: There is no file nowhere.yaml.") == (
        done.returncode, done.stderr.split(" Make it")[0].strip()
    )  # fmt: skip
