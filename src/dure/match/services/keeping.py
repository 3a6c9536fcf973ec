"""What is kept for the next match: free time that members publish, what inspections found."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from dure.kernel.fact import Fact
from dure.kernel.time import SEOUL, Instant, seoul_date
from dure.match import models
from dure.match.engine.cluster import OfferState

TERMS = ("setup_minutes", "minutes_per_100", "setup_won", "unit_won")


def note_free_time(fact: Fact, at: Instant) -> None:
    """
    Take in what a member published of a capability, or withdrew; follows FreeTimePublished.

    A fact that was overtaken by a later one changes nothing.
    """
    capability = UUID(str(fact.payload["capability"]))
    rows = models.FreeTimeSeen.objects.select_for_update()
    row = rows.filter(capability_id=capability).first()
    if row and row.told >= fact.aggregate_version:
        return
    (firm,) = fact.parties
    row = row or models.FreeTimeSeen(capability_id=capability, firm_id=firm)
    row.told, row.is_open = fact.aggregate_version, bool(fact.sets["is_open"])
    if row.is_open:
        windows = fact.sets["windows"]
        assert isinstance(windows, list), "it is published with its windows"
        row.days = minutes_by_day(windows)
        for name in TERMS:
            setattr(row, name, fact.sets[name])
    row.save()


def minutes_by_day(windows: Iterable[Sequence[str]]) -> list[tuple[str, int]]:
    """Give the whole minutes of windows on each day in Seoul, by day."""
    minutes: Counter[str] = Counter()
    for opens, closes in windows:
        begins, ends = datetime.fromisoformat(opens), datetime.fromisoformat(closes)
        while begins < ends:
            day = seoul_date(begins)
            midnight = _midnight_after(begins)
            minutes[day.isoformat()] += int((min(ends, midnight) - begins).total_seconds()) // 60
            begins = midnight
    return sorted(minutes.items())


def _midnight_after(at: Instant) -> Instant:
    here = at.astimezone(SEOUL)
    return here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def note_inspection(fact: Fact, at: Instant) -> None:
    """Remember what an inspection found, for the next match; follows LotInspected."""
    step, pieces, failed = (fact.payload[name] for name in ("step", "inspected", "failed"))
    done = models.Assignment.objects.filter(
        firm_id__in=fact.parties, step=step, state=OfferState.ACCEPTED
    )
    assignment = done.order_by("-id").first()
    if assignment and isinstance(pieces, int) and isinstance(failed, int):
        models.QualitySeen.objects.create(
            fact_id=fact.id,
            firm_id=assignment.firm_id,
            process=assignment.process,
            on=seoul_date(fact.at),
            pieces=pieces,
            failed=failed,
        )
