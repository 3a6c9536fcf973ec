"""Chapters and days put together, provable row for row; and let go of by the member's own rule."""

from datetime import datetime, timedelta
from hashlib import sha256
from time import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings

from dure.journal.public import facts_of
from dure.kernel.errors import Malformed
from dure.kernel.time import SEOUL
from dure.make import models, public
from dure.make.consumers.capture import Capture
from dure.make.engine.host import Host
from dure.make.engine.keeping import NOTICE
from dure.make.history import queries
from dure.make.services.keeping import keep_history, set_retention
from dure.make.services.sealing import tell_sealed
from dure.make.services.watch import declare_characteristic
from dure.prove.bridge import evidence
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER
from tests.make.services.test_watch import alarms
from tests.make.shop import Press, shop, steady
from tests.make.wire.payloads import message

pytestmark = pytest.mark.django_db

DAY_MS = 86_400_000
TODAY = datetime.now(SEOUL).date()
TOMORROW = TODAY + timedelta(days=1)


def keep(today=TOMORROW, at=AT):
    keep_history(today=today, at=at)


def close_chapter(capture):
    """Let a day pass: the chapter that is open ends."""
    capture.manifest.close_chapter_if_due(int(time() * 1_000) + DAY_MS)
    tell_sealed(capture.manifest)


@pytest.fixture
def history():
    return settings.HOME.history


@pytest.fixture
def two_chapters(press, capture):
    """Five segments of the press in two closed chapters, one of a message nobody could read."""
    press.says(steady(3))
    press.says(steady(2))
    close_chapter(capture)
    press.says(steady(4))
    press.commit([message(f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1", b"\xff")])
    close_chapter(capture)
    return press


def values(history, group="F002"):
    return [row.value for row in queries.readings(history, group, "PRESS-1", metric="force")]


def findings(history):
    with acting(WORKER):
        return [
            (one.code, one.parameters.get("file"))
            for one in public.check_readings(history, evidence.read_sealed("SegmentSealed"))
        ]


def files(history, folder="*"):
    return {str(path.relative_to(history)) for path in history.glob(f"{folder}/F002/*.parquet")}


def compacted():
    with acting(WORKER):
        return {
            row.file.rpartition("/")[2]: row.state for row in models.CompactedFile.objects.all()
        }


def test_nothing_is_compacted_while_its_chapter_is_open(press, history):
    press.says(steady(3))

    keep()

    assert {} == compacted()


def test_a_chapter_becomes_one_file_a_kind_and_questions_are_answered_from_it(
    press, capture, history
):
    press.says(steady(3))
    press.says(steady(2))
    before = values(history)
    close_chapter(capture)

    keep(today=TODAY)

    assert {"readings-1-3.parquet": "kept"} == compacted()
    assert before == values(history)
    assert ["compacted/F002/readings-1-3.parquet"] == [
        one.file for one in queries.segments_of(history, "F002", "readings")
    ]


def test_files_that_were_sealed_go_away_a_call_later_and_everything_is_still_proven(
    two_chapters, history
):
    before = values(history)
    keep(today=TODAY)
    sealed = files(history, "readings")

    keep(today=TODAY)

    assert 4 == len(sealed)
    assert set() == files(history, "readings")
    assert before == values(history)
    assert [] == findings(history)


def test_a_days_files_become_one_once_the_day_is_over(two_chapters, history):
    before = values(history)
    keep(today=TODAY)
    keep(today=TOMORROW)
    keep(today=TOMORROW)

    assert {
        "quarantine-4-6.parquet": "kept",
        "readings-1-3.parquet": "merged",
        "readings-1-6.parquet": "kept",
        "readings-4-6.parquet": "merged",
    } == compacted()
    assert {"readings-1-6.parquet", "quarantine-4-6.parquet"} == {
        name.rpartition("/")[2] for name in files(history)
    }
    assert before == values(history)
    assert 1 == len(queries.quarantined(history, "F002"))
    assert [] == findings(history)


def rewrite(path, column):
    """Write a file anew with one number changed, as a forger would."""
    table = pq.read_table(path)
    place, field = table.schema.get_field_index(column), table.schema.field(column)
    kind = pa.float64() if column == "value" else pa.int64()
    numbers = table.column(place).cast(kind).to_pylist()
    changed = pa.array([numbers[0] + 1, *numbers[1:]], kind).cast(field.type)
    pq.write_table(table.set_column(place, field, changed), path)


@pytest.mark.parametrize("column", ["value", "at", "received", "line", "seq"])
def test_a_row_that_was_changed_in_a_compacted_file_is_named(two_chapters, history, column):
    keep()
    path = history / "compacted/F002/readings-1-6.parquet"
    rewrite(path, column)

    assert [("prove.audit_segment", "compacted/F002/readings-1-6.parquet")] == findings(history)


def test_a_forger_who_changes_the_row_of_the_database_too_is_named(two_chapters, history):
    keep()
    path = history / "compacted/F002/readings-1-6.parquet"
    rewrite(path, "value")
    with acting(WORKER):
        models.CompactedFile.objects.filter(file="compacted/F002/readings-1-6.parquet").update(
            sha256=sha256(path.read_bytes()).hexdigest()
        )

    assert [("make.compacted_differs", "compacted/F002/readings-1-6.parquet")] == findings(history)


def test_a_compacted_file_that_is_gone_is_named(two_chapters, history):
    keep()
    (history / "compacted/F002/readings-1-6.parquet").unlink()

    assert [("prove.audit_segment_missing", "compacted/F002/readings-1-6.parquet")] == findings(
        history
    )


@pytest.mark.parametrize("chapter", [0, 1])
def test_a_chapter_that_was_changed_or_lost_is_named(two_chapters, history, chapter):
    keep()
    path = sorted((history / "chapters").iterdir())[chapter]
    path.unlink()

    assert ["make.manifest_changed"] == [code for code, _ in findings(history)]


def test_a_segment_that_was_changed_before_is_not_compacted_and_stays_named(
    press, capture, history
):
    press.says(steady(3))
    press.says(steady(2))
    close_chapter(capture)
    changed = history / "readings/F002/2.parquet"
    rewrite(changed, "value")

    keep()
    keep()

    assert {} == compacted()
    assert changed.exists()
    assert [("prove.audit_segment", "readings/F002/2.parquet")] == findings(history)


def test_an_alarm_is_raised_from_a_segment_that_was_compacted_before_anybody_looked(
    mine, press, capture, react
):
    with acting(mine.owner):
        declare_characteristic(device="PRESS-1", metric="force", unit="kN", at=AT)
    press.says([*steady(20), 130])
    close_chapter(capture)
    keep()
    keep()

    react()

    assert [(1, 130.0)] == [(alarm.rule, alarm.value) for alarm in alarms(mine.owner)]


def test_what_is_stopped_between_file_and_row_goes_on(two_chapters, history, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as here:
        here.setattr("dure.make.services.keeping.tell", stopped)
        with pytest.raises(KeyboardInterrupt):
            keep()
    before = values(history)

    keep()
    keep()

    assert before == values(history)
    assert [] == findings(history)


def test_another_member_has_files_of_its_own(two_chapters, capture, history):
    rival = shop(3)
    Press(rival, capture).says([1.0])
    close_chapter(capture)

    keep()

    assert {"F002", "F003"} == {path.parent.name for path in history.glob("compacted/*/*.parquet")}
    with acting(rival.owner):
        assert ["compacted/F003/readings-7-9.parquet"] == [
            row.file for row in models.CompactedFile.objects.all()
        ]


def test_ingest_goes_on_after_a_chapter_was_closed(mine, press, capture, history):
    press.says(steady(2))
    close_chapter(capture)
    keep()

    again = Capture.recalled(capture.manifest, Host())

    assert capture.manifest.ends() == again.batches.ends
    press.capture = again
    press.says([7.0])
    assert 7.0 == values(history)[-1]
    assert [] == findings(history)


def rule(at_shop, days, at=AT):
    with acting(at_shop.owner):
        return set_retention(days=days, at=at)


def days_later(days):
    return TODAY + timedelta(days=days)


def test_without_a_rule_everything_is_kept_for_ever(two_chapters, history):
    keep()
    keep(today=days_later(10_000))

    assert "forgotten" not in compacted().values()


def test_a_rule_lets_go_of_days_that_are_older_and_says_so_as_a_fact(mine, two_chapters, history):
    keep()
    rule(mine, 90)

    keep(today=days_later(90))
    kept = set(compacted().values())
    keep(today=days_later(91))
    keep(today=days_later(91))

    assert "forgotten" not in kept
    assert [] == values(history)
    assert set() == files(history)
    assert [] == findings(history)
    with acting(mine.owner):
        row = models.CompactedFile.objects.get(file__endswith="readings-1-6.parquet")
        assert ["HistoryCompacted", "HistoryForgotten"] == [fact.kind for fact in facts_of(row.id)]


def test_a_rule_takes_effect_after_a_weeks_notice_and_can_be_taken_back(mine, two_chapters):
    keep()
    late = AT + timedelta(days=400)
    rule(mine, 90, at=late)
    begins = (late + NOTICE).astimezone(SEOUL).date()

    keep(today=begins - timedelta(days=1))
    noticed = set(compacted().values())
    rule(mine, None, at=late + timedelta(days=6))
    keep(today=begins + timedelta(days=400))

    assert "forgotten" not in noticed | set(compacted().values())


def test_a_rule_is_a_fact_of_its_member_alone(mine, two_chapters):
    row = rule(mine, 365)
    rule(mine, 365)

    with acting(mine.owner):
        (fact,) = facts_of(row.id)
    assert ("RetentionSet", 365) == (fact.kind, fact.sets["days"])
    with acting(shop(3).owner):
        assert 0 == models.Retention.objects.count()


@pytest.mark.parametrize("days", [0, 89, -1, 10**9])
def test_a_rule_keeps_at_least_ninety_days(mine, days):
    with pytest.raises(Malformed):
        rule(mine, days)
