from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.plan.engine.ics import Event, calendar, folded, text

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ID = UUID("00000000-0000-7000-8000-000000000301")


def event(**more):
    told = {
        "id": ID,
        "changes": 3,
        "starts": AT,
        "ends": AT + timedelta(hours=2),
        "summary": "도장 508 ea (#7)",
        "description": "Painting\n→ 한빛카페; 내일, 아침",
        "place": "BOOTH-1",
    }
    return Event(**(told | more))


def unfolded(body):
    return body.replace("\r\n ", "").split("\r\n")


def test_it_works():
    lines = unfolded(calendar("부산프레스", [event()], AT))

    assert ["BEGIN:VCALENDAR", "VERSION:2.0"] == lines[:2]
    assert ["END:VCALENDAR", ""] == lines[-2:]
    assert "DTSTART:20261123T010000Z" in lines
    assert "DTEND:20261123T030000Z" in lines
    assert "SUMMARY:도장 508 ea (#7)" in lines


def test_a_job_order_keeps_its_uid_and_counts_its_changes():
    first = unfolded(calendar("x", [event()], AT))
    later = unfolded(calendar("x", [event(changes=4, starts=AT + timedelta(hours=1))], AT))

    uid = f"UID:{ID}@dure"
    assert uid in first
    assert uid in later
    assert ("SEQUENCE:3" in first, "SEQUENCE:4" in later) == (True, True)


def test_commas_semicolons_backslashes_and_lines_are_escaped():
    assert "a\\, b\\; c\\\\ d\\ne" == text("a, b; c\\ d\ne")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\u2028"])
def test_however_a_line_ends_no_text_breaks_its_own(end):
    assert "a\\nb" == text(f"a{end}b")


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=300))
def test_no_line_is_longer_than_75_octets_and_unfolding_gives_it_back(line):
    parts = list(folded(line))

    assert all(len(part.encode()) <= 75 for part in parts)
    assert line == parts[0] + "".join(part[1:] for part in parts[1:])
    assert all(part.startswith(" ") for part in parts[1:])
