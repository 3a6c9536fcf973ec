"""What our own doors may ask of machines: what they say now, what they said, and their charts."""

from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import Any
from uuid import UUID

from django.conf import settings

from dure.kernel.errors import NotFound
from dure.make import bridge, models
from dure.make.engine.chart import Limits, plotted
from dure.make.engine.oee import Oee, oee, worked
from dure.make.engine.shop import (
    Characteristic,
    Machine,
)
from dure.make.engine.topic import group_of
from dure.make.history import queries
from dure.make.history.latest import read_latest
from dure.members import public as members

JOBS_SHOWN = 20


def machines() -> tuple[Machine, ...]:
    """Give the machines that the actor may see, with what is known of them now."""
    return _as_known(members.equipment())


def machine(machine_id: UUID) -> Machine:
    """Give one machine; raises NotFound."""
    for each in _as_known(members.equipment(ids=[machine_id])):
        return each
    raise NotFound("make.no_machine")


def machine_called(device: str) -> Machine:
    """Give the machine of this code that the actor may see; raises NotFound."""
    for each in machines():
        if device and each.device == device:
            return each
    raise NotFound("make.no_machine")


def oee_of(machine: Machine) -> Oee:
    """
    Give the key figures of a machine over its last finished jobs, by what the plan gave them.

    Planned busy time is from a job's planned start to its planned end, production time from
    when it was started to when it was finished.
    """
    rows = models.Job.objects.filter(equipment_id=machine.id, state="finished")
    unit = worked(bridge.read_job(row) for row in rows.order_by("-number")[:JOBS_SHOWN])
    return oee(unit)


def values_now(machine: Machine) -> list[dict[str, object]]:
    """Give the latest value of each metric of a machine, by metric."""
    return [{"metric": name, **value} for name, value in sorted(machine.metrics.items())]


def first_came(machine: Machine, since_ms: int) -> int | None:
    """Give when a machine's first reading came after an instant, by the house's clock."""
    group = group_of(machine.number)
    return queries.first_received(settings.HOME.history, group, machine.device, since_ms)


def readings(
    machine: Machine,
    *,
    metric: str | None = None,
    lo_ms: int = 0,
    hi_ms: int = 2**53,
    limit: int = 1_000,
) -> list[queries.ReadingRow]:
    """Give a machine's last readings between two times by its own clock, oldest first."""
    return queries.readings(
        settings.HOME.history,
        group_of(machine.number),
        machine.device,
        metric=metric,
        lo_ms=lo_ms,
        hi_ms=hi_ms,
        limit=max(1, limit),
    )


def series(machine: Machine, *, metric: str, lo_ms: int, hi_ms: int, width: int) -> queries.Zoomed:
    """Give one metric of a machine at one zoom: about so many points as a picture is wide."""
    group = group_of(machine.number)
    span = queries.span_of(settings.HOME.history, group) or (0, 1)
    lo, hi = max(lo_ms, span[0]), min(hi_ms, span[1])
    return queries.zoomed(
        settings.HOME.history, group, machine.device, metric,
        lo_ms=lo, hi_ms=max(lo, hi), width=width,
    )  # fmt: skip


def characteristics(firm: UUID, device: str) -> tuple[Characteristic, ...]:
    """Give what is watched on a machine, by metric."""
    rows = models.Characteristic.objects.filter(firm_id=firm, device=device).order_by("metric")
    return tuple(bridge.read_characteristic(row) for row in rows)


def limits(watched: Characteristic) -> Limits | None:
    """Give the control limits of a characteristic; None while they are being learnt."""
    if watched.center is None or watched.sigma is None:
        return None
    return Limits(center=watched.center, sigma=watched.sigma)


def plotted_points(
    machine: Machine, watched: Characteristic, count: int
) -> list[tuple[int, float]]:
    """Give the last points of a control chart: device time and plotted value, oldest first."""
    rows = readings(machine, metric=watched.metric, limit=count * watched.subgroup)
    sound = [
        (row.at_ms, row.value) for row in rows if row.value is not None and isfinite(row.value)
    ]
    points = plotted([value for _, value in sound], watched.subgroup)
    last = watched.subgroup - 1
    return [(sound[i * watched.subgroup + last][0], point) for i, point in enumerate(points)]


def devices_now(number: int) -> dict[str, dict[str, Any]]:
    """Give what ingest last heard of each device of a firm, by the device's code."""
    latest = read_latest(settings.HOME.history, group_of(number))
    devices: dict[str, dict[str, Any]] = {}
    for place, device in latest.get("devices", {}).items():
        edge, _, code = place.partition("/")
        if code:
            devices[code] = _together(devices.get(code), device, is_by_hand=edge == "hand")
    return devices


def _as_known(equipment: Sequence[members.Equipment]) -> tuple[Machine, ...]:
    """Give machines with what is known of them now; of their firms everything is read once."""
    firms = members.firms_by_id(each.firm for each in equipment)
    heard = {firm: devices_now(known.number) for firm, known in firms.items()}
    open_alarms = Counter(
        models.Alarm.objects.filter(is_open=True, firm_id__in=firms).values_list(
            "firm_id", "characteristic__device"
        )
    )
    found = []
    for each in equipment:
        now = heard[each.firm].get(each.code, {})
        metrics = now.get("metrics", {})
        found.append(
            Machine(
                id=each.id,
                firm=each.firm,
                number=firms[each.firm].number,
                device=each.code,
                name=each.name,
                name_en=each.name_en,
                is_online=bool(now.get("is_online")),
                is_by_hand=bool(now.get("is_by_hand")),
                last_ms=max((metric["at"] for metric in metrics.values()), default=None),
                open_alarms=open_alarms[each.firm, each.code],
                metrics=metrics,
            )
        )
    return tuple(found)


def _together(
    before: dict[str, Any] | None, device: dict[str, Any], *, is_by_hand: bool
) -> dict[str, Any]:
    """Put what several sources say of one machine together: of each metric the newest."""
    metrics: dict[str, Any] = {**device["metrics"]}
    for name, value in (before["metrics"] if before else {}).items():
        if name not in metrics or metrics[name]["at"] < value["at"]:
            metrics[name] = value
    return {
        "is_online": bool(device["is_online"] or (before and before["is_online"])),
        "is_by_hand": is_by_hand and (before is None or bool(before["is_by_hand"])),
        "metrics": metrics,
    }
