"""
A member's job orders as an iCalendar file (RFC 5545).

    BEGIN:VCALENDAR ... one VEVENT a job order ... END:VCALENDAR

Lines end in CRLF and are folded after 75 octets, never inside a character. Times are UTC.
A job order keeps its UID for ever; SEQUENCE grows with each change, so that a calendar
moves the entry instead of showing two.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from dure.kernel.time import Instant

LINE = 75
PRODUCT = "-//Dure//Plan//KO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry. changes counts how often it was changed since it was made."""

    id: UUID
    changes: int
    starts: Instant
    ends: Instant
    summary: str
    description: str
    place: str
    is_over: bool = False


def calendar(name: str, events: Sequence[Event], at: Instant) -> str:
    """Write a calendar as it stands at an instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{text(name)}",
        "X-WR-TIMEZONE:Asia/Seoul",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        *(line for event in events for line in _event(event, at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def text(value: str) -> str:
    """Escape a text value (section 3.3.11)."""
    for sign in ("\\", ";", ","):
        value = value.replace(sign, "\\" + sign)
    return "\\n".join(value.splitlines())


def folded(line: str) -> Iterator[str]:
    """Fold a content line after 75 octets (section 3.1): what continues it begins with a space."""
    part, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LINE:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + octets
    yield part


def _event(event: Event, at: Instant) -> Iterable[str]:
    return (
        "BEGIN:VEVENT",
        f"UID:{event.id}@dure",
        f"DTSTAMP:{_utc(at)}",
        f"SEQUENCE:{event.changes}",
        f"DTSTART:{_utc(event.starts)}",
        f"DTEND:{_utc(event.ends)}",
        f"SUMMARY:{text(event.summary)}",
        f"DESCRIPTION:{text(event.description)}",
        f"LOCATION:{text(event.place)}",
        "STATUS:CONFIRMED",
        f"TRANSP:{'TRANSPARENT' if event.is_over else 'OPAQUE'}",
        "END:VEVENT",
    )


def _utc(instant: Instant) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
