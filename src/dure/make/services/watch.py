"""Watching machines: characteristics declared, limits learnt from a baseline, alarms raised."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.make import models
from dure.make.engine import facts
from dure.make.engine.chart import (
    D2,
    LEAST_BASELINE,
    SAME_SIDE,
    Limits,
    breaks,
    limits_from,
    plotted,
)
from dure.make.history import queries
from dure.make.public import group_of
from dure.make.services.jobs import acting_firm, last_begun
from dure.members import public as members

Reading = tuple[int, float]  # milliseconds since 1970 by the device, value
MOST_BASELINE = 500


@transaction.atomic
def declare_characteristic(
    *,
    device: str,
    metric: str,
    name: str = "",
    name_en: str = "",
    unit: str = "",
    subgroup: int = 1,
    baseline: int = 20,
    at: Instant,
) -> models.Characteristic:
    """
    Watch one metric of one's own machine from now on.

    baseline is the number of plotted points from which its limits are learnt. Raises
    NotFound for a machine that is not one's own, Refused for a metric watched already.
    """
    firm = acting_firm()
    if subgroup not in (1, *D2) or not LEAST_BASELINE <= baseline <= MOST_BASELINE:
        raise Malformed("make.characteristic", least=LEAST_BASELINE, most=MOST_BASELINE)
    machine = next((each for each in members.equipment(firm) if each.code == device), None)
    if machine is None:
        raise NotFound("make.no_machine")
    if models.Characteristic.objects.filter(firm_id=firm, device=device, metric=metric).exists():
        raise Refused("make.watched_already", metric=metric)
    row = models.Characteristic(
        device=device, name=name, name_en=name_en, unit=unit, subgroup=subgroup, baseline=baseline
    )
    payload = {"device": device, "unit": unit, "subgroup": subgroup, "baseline": baseline}
    tell(
        row,
        facts.CHARACTERISTIC_DECLARED,
        at=at,
        payload=payload,
        firm_id=firm,
        equipment_id=machine.id,
        metric=metric,
    )
    models.Watch.objects.create(characteristic=row, firm_id=firm)
    return row


def watch_machines(fact: Fact, at: Instant) -> None:
    """Look at a sealed segment's readings of declared characteristics; follows SegmentSealed."""
    segment = models.Segment.objects.get(id=fact.aggregate_id)
    if fact.payload["content"] != queries.READINGS:
        return
    group = group_of(members.firm(FirmId(segment.firm_id)).number)
    for row in models.Characteristic.objects.filter(firm_id=segment.firm_id).order_by("id"):
        sealed = (segment.file, segment.line)
        found = queries.values_in(
            settings.HOME.history, group, sealed, device=row.device, metric=row.metric
        )
        if found:
            _take(row, found, at)


@transaction.atomic
def _take(row: models.Characteristic, found: Sequence[Reading], at: Instant) -> None:
    """Add new readings to what was watched: learn the limits from them, or hold them to these."""
    watch = models.Watch.objects.select_for_update().get(characteristic=row)
    sound = (each for each in found if each[0] > watch.until_ms and isfinite(each[1]))
    fresh = sorted(sound, key=lambda each: each[0])
    if not fresh:
        return
    readings = [*((int(ms), float(value)) for ms, value in watch.readings), *fresh]
    seen = len(watch.readings) if row.sigma is not None else 0
    if row.sigma is None:
        readings, seen = _learn(row, readings, at)
    if row.sigma is not None and row.center is not None:
        limits = Limits(center=row.center, sigma=row.sigma)
        _hold_to(row, limits, readings, seen, at)
        readings = _needed_next(readings, row.subgroup)
    watch.readings = readings
    watch.until_ms = fresh[-1][0]
    watch.save()


def _learn(
    row: models.Characteristic, readings: list[Reading], at: Instant
) -> tuple[list[Reading], int]:
    """Set the limits once the baseline is whole; gives the readings and how many it took."""
    wanted = row.baseline * row.subgroup
    if len(readings) < wanted:
        return readings, 0
    learnt = [value for _, value in readings[:wanted]]
    try:
        limits = limits_from(learnt, row.subgroup)
    except Refused:  # it did not vary, or was no number: begin again with what comes
        return readings[wanted:], 0
    row.center, row.sigma = limits.center, limits.sigma
    payload = {"center": repr(limits.center), "sigma": repr(limits.sigma), "points": row.baseline}
    tell(row, facts.LIMITS_SET, at=at, parties=[row.firm_id], payload=payload)
    return readings, wanted


def _hold_to(
    row: models.Characteristic, limits: Limits, readings: list[Reading], seen: int, at: Instant
) -> None:
    points = plotted([value for _, value in readings], row.subgroup)
    broken = [each for each in breaks(points, limits) if (each.index + 1) * row.subgroup > seen]
    if not broken or _is_known(row):
        return
    first = broken[0]
    ms, _ = readings[min((first.index + 1) * row.subgroup, len(readings)) - 1]
    alarm = models.Alarm(
        characteristic=row,
        value=points[first.index],
        reading_at=datetime.fromtimestamp(ms / 1_000, UTC),
        raised_at=at,
    )
    payload = {
        "device": row.device,
        "metric": row.metric,
        "value": repr(alarm.value),
        "reading_at": alarm.reading_at,
    }
    tell(
        alarm,
        facts.ALARM_RAISED,
        at=at,
        parties=[row.firm_id],
        payload=payload,
        number=next_number("alarm"),
        firm_id=row.firm_id,
        rule=first.rule,
        is_open=True,
    )


def _is_known(row: models.Characteristic) -> bool:
    """
    Say whether an open alarm speaks for what runs on the machine now.

    One that an earlier job left open does not: the present job's lot is held by its own.
    """
    still_open = models.Alarm.objects.filter(characteristic=row, is_open=True)
    job = last_begun(row.firm_id, row.equipment_id)
    if job is not None:
        its_own = Q(lot__job=job) | Q(lot=None, reading_at__gte=job.started_at)
        still_open = still_open.filter(its_own)
    return still_open.exists()


def _needed_next(readings: list[Reading], subgroup: int) -> list[Reading]:
    """Keep the points that the rules look back on, and an unfinished subgroup."""
    unfinished = len(readings) % subgroup
    return readings[-((SAME_SIDE - 1) * subgroup + unfinished) :]
