"""What other rooms, and our own doors, may ask of the shop floor."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from statistics import median
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from dure.kernel.actor import Actor, Role
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.kernel.reason import Reason
from dure.make import bridge, models
from dure.make.engine.chart import Limits, plotted
from dure.make.engine.grade import Claims
from dure.make.engine.health import THE_HOUSE, Gap, Trouble, read_troubles
from dure.make.engine.keeping import KeptHistory
from dure.make.engine.oee import Oee, oee, worked
from dure.make.engine.shop import (
    Alarm,
    Characteristic,
    Job,
    JobSheet,
    Lot,
    Machine,
    SourceHealth,
)
from dure.make.history import counters, proving, queries
from dure.make.history.health import read_health
from dure.make.history.index import index_of
from dure.make.history.latest import read_latest
from dure.make.history.proving import Sealed
from dure.members import public as members

JOBS_BEFORE = 5
JOBS_SHOWN = 20
__all__ = [
    "Alarm",
    "Characteristic",
    "Claims",
    "Gap",
    "Job",
    "JobSheet",
    "KeptHistory",
    "Lot",
    "Machine",
    "Sealed",
    "SourceHealth",
    "Trouble",
]


def job(job_id: UUID) -> Job:
    """Give one job; raises NotFound."""
    row = models.Job.objects.filter(id=job_id).first()
    if row is None:
        raise NotFound("make.no_job")
    return bridge.read_job(row)


def jobs() -> tuple[Job, ...]:
    """Give the jobs that the actor may see, by number."""
    return tuple(bridge.read_job(row) for row in models.Job.objects.order_by("number"))


def job_sheet(job_order_id: UUID) -> JobSheet:
    """Give what the printed job order needs: the job, and the path that its QR code carries."""
    row = models.Job.objects.filter(job_order_id=job_order_id).first()
    if row is None:
        raise NotFound("make.no_job")
    return JobSheet(job=bridge.read_job(row), path=f"/job/{bridge.job_token(row.id)}/")


def foreman_with(token: str) -> Actor | None:
    """Give whom the QR code of a job stands for: the foreman of its firm; None for a stray one."""
    key = models.JobKey.objects.filter(sha256=bridge.token_hash(token)).first()
    return Actor(firm=FirmId(key.firm_id), role=Role.FOREMAN) if key else None


def lot(lot_id: UUID) -> Lot:
    """Give one lot; raises NotFound."""
    row = models.Lot.objects.select_related("job").filter(id=lot_id).first()
    if row is None:
        raise NotFound("make.no_lot")
    return bridge.read_lot(row)


def claims_of(lot: Lot) -> Claims:
    """Give what is said about a lot by people, by its machine, and by the shipments."""
    job = bridge.read_job(models.Job.objects.get(id=lot.job))
    mine = _measured(job)
    return Claims(
        declared=lot.good + lot.scrapped,
        cycles=mine[0],
        energy_kwh=mine[1],
        usual_kwh=_usual_kwh(job) if mine[1] is not None else None,
        made=lot.good if lot.state == "released" else None,
        shipped=lot.shipped or None,
    )


def _measured(job: Job) -> tuple[int | None, float | None]:
    """Give the cycles and the energy that a job's machine told of while it ran."""
    if not job.device or job.started_at is None or job.finished_at is None:
        return None, None
    asked = counters.While(
        group_of(members.firm(job.firm).number),
        job.device,
        int(job.started_at.timestamp() * 1_000),
        int(job.finished_at.timestamp() * 1_000),
    )
    history = settings.HOME.history
    return counters.cycles(history, asked), counters.energy_kwh(history, asked)


def _usual_kwh(job: Job) -> float | None:
    """Give what a piece of this step took on this machine in its last jobs: the median."""
    rows = models.Job.objects.filter(firm_id=job.firm, device=job.device, step=job.step)
    before = rows.filter(state="finished", number__lt=job.number).order_by("-number")[:JOBS_BEFORE]
    each = []
    for row in before:
        _, energy = _measured(bridge.read_job(row))
        if energy is not None and row.good + row.scrap:
            each.append(energy / (row.good + row.scrap))
    return median(each) if each else None


def lots(*, open_only: bool = False) -> tuple[Lot, ...]:
    """Give the lots that the actor may see, newest first."""
    rows = models.Lot.objects.select_related("job").order_by("-number")
    if open_only:
        rows = rows.exclude(state="released")
    return tuple(bridge.read_lot(row) for row in rows)


def lots_of(order_id: UUID) -> tuple[Lot, ...]:
    """Give the lots of an order that the actor may see, by number."""
    rows = models.Lot.objects.select_related("job").filter(order_id=order_id)
    return tuple(bridge.read_lot(row) for row in rows.order_by("number"))


def alarms(*, open_only: bool = False, device: str | None = None) -> tuple[Alarm, ...]:
    """Give the alarms that the actor may see, newest first."""
    rows = models.Alarm.objects.select_related("characteristic", "lot").order_by("-number")
    if open_only:
        rows = rows.filter(is_open=True)
    if device is not None:
        rows = rows.filter(characteristic__device=device)
    return tuple(bridge.read_alarm(row) for row in rows)


def untold_segments() -> int:
    """Count the members' segments that are sealed and not told as facts yet; for the office."""
    told = models.Segment.objects.aggregate(last=Max("line"))["last"] or 0
    lines = list(index_of(settings.HOME.history).since(told))
    groups = {group_of(firm.number) for firm in members.firms()} if lines else set()
    return sum(entry.group in groups for line in lines for entry in line.segments)


def characteristics(firm: UUID, device: str) -> tuple[Characteristic, ...]:
    """Give what is watched on a machine, by metric."""
    rows = models.Characteristic.objects.filter(firm_id=firm, device=device).order_by("metric")
    return tuple(bridge.read_characteristic(row) for row in rows)


def machines() -> tuple[Machine, ...]:
    """Give the machines that the actor may see, with what is known of them now."""
    numbers = {firm.id: firm.number for firm in members.firms()}
    open_alarms = list(
        models.Alarm.objects.filter(is_open=True).values_list("firm_id", "characteristic__device")
    )
    shown: dict[UUID, dict[str, dict[str, object]]] = {}
    found = []
    for each in members.equipment():
        if each.firm not in shown:
            shown[each.firm] = devices_now(numbers[each.firm])
        now = shown[each.firm].get(each.code, {})
        found.append(
            Machine(
                id=each.id,
                firm=each.firm,
                device=each.code,
                name=each.name,
                name_en=each.name_en,
                is_online=bool(now.get("is_online")),
                is_by_hand=bool(now.get("is_by_hand")),
                last_ms=_last_ms(now),
                open_alarms=open_alarms.count((each.firm, each.code)),
            )
        )
    return tuple(found)


def machine(machine_id: UUID) -> Machine:
    """Give one machine; raises NotFound."""
    for each in machines():
        if each.id == machine_id:
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


def gateway_keys(firm: UUID) -> tuple[models.GatewayKey, ...]:
    """Give the keys of a firm's gateways, those in use first."""
    rows = models.GatewayKey.objects.filter(firm_id=firm)
    return tuple(rows.order_by("-is_active", "-id"))


def values_now(machine: Machine) -> list[dict[str, object]]:
    """Give the latest value of each metric of a machine, by metric."""
    device = devices_now(members.firm(machine.firm).number).get(machine.device, {})
    metrics = device.get("metrics")
    if not isinstance(metrics, dict):
        return []
    return [{"metric": name, **value} for name, value in sorted(metrics.items())]


def first_came(machine: Machine, since_ms: int) -> int | None:
    """Give when a machine's first reading came after an instant, by the house's clock."""
    group = group_of(members.firm(machine.firm).number)
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
        group_of(members.firm(machine.firm).number),
        machine.device,
        metric=metric,
        lo_ms=lo_ms,
        hi_ms=hi_ms,
        limit=max(1, limit),
    )


def series(machine: Machine, *, metric: str, lo_ms: int, hi_ms: int, width: int) -> queries.Zoomed:
    """Give one metric of a machine at one zoom: about so many points as a picture is wide."""
    group = group_of(members.firm(machine.firm).number)
    span = queries.span_of(settings.HOME.history, group) or (0, 1)
    lo, hi = max(lo_ms, span[0]), min(hi_ms, span[1])
    return queries.zoomed(
        settings.HOME.history, group, machine.device, metric,
        lo_ms=lo, hi_ms=max(lo, hi), width=width,
    )  # fmt: skip


def export(firm: UUID) -> tuple[str, IO[bytes]]:
    """Give a firm's whole history as one plain Parquet file: its name, and the file, opened."""
    group = group_of(members.firm(firm).number)
    whole = tempfile.TemporaryFile(dir=settings.HOME.files)  # noqa: SIM115 - who asked closes it
    with tempfile.TemporaryDirectory(dir=settings.HOME.files) as folder:
        path = Path(folder) / "history.parquet"
        queries.export(settings.HOME.history, group, path)
        with path.open("rb") as file:
            shutil.copyfileobj(file, whole)
    whole.seek(0)
    return f"{group}.parquet", whole


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


def limits(watched: Characteristic) -> Limits | None:
    """Give the control limits of a characteristic; None while they are being learnt."""
    if watched.center is None or watched.sigma is None:
        return None
    return Limits(center=watched.center, sigma=watched.sigma)


def quarantined(firm: UUID) -> list[queries.QuarantineRow]:
    """Give a firm's last messages that nobody could read, newest first."""
    return queries.quarantined(settings.HOME.history, group_of(members.firm(firm).number))


def gaps(
    firm: UUID, *, edge: str | None = None, lo_ms: int = 0, hi_ms: int = 2**53, limit: int = 200
) -> tuple[Gap, ...]:
    """Give what never came from a firm's machines between two times, the latest first."""
    rows = models.Gap.objects.filter(firm_id=firm, hi_ms__gte=lo_ms, lo_ms__lte=hi_ms)
    if edge is not None:
        rows = rows.filter(edge__in=(edge, ""))
    return tuple(bridge.read_gap(row) for row in rows.order_by("-hi_ms", "-line")[:limit])


def source_health(firm: UUID) -> tuple[SourceHealth, ...]:
    """Give how a firm's sources are, by edge node: online, last heard, troubles counted."""
    health = read_health(settings.HOME.history, group_of(members.firm(firm).number))
    nodes = health.get("nodes", {})
    troubles = list(read_troubles(health.get("troubles", ())))
    places = sorted({*nodes, *(trouble.edge for trouble in troubles)})
    return tuple(_source(edge, nodes.get(edge, {}), troubles) for edge in places)


def house_troubles() -> tuple[Trouble, ...]:
    """Give what went wrong in the house itself, the broker or the disk; for the office."""
    return tuple(read_troubles(read_health(settings.HOME.history, THE_HOUSE).get("troubles", ())))


def group_of(number: int) -> str:
    """Give a firm's Sparkplug group: F and its dense business number."""
    return f"F{number:03d}"


def devices_now(number: int) -> dict[str, dict[str, object]]:
    """Give what ingest last heard of each device of a firm, by the device's code."""
    latest = read_latest(settings.HOME.history, group_of(number))
    devices: dict[str, dict[str, object]] = {}
    for place, device in latest.get("devices", {}).items():
        edge, _, code = place.partition("/")
        if code:
            devices[code] = _together(devices.get(code), device, is_by_hand=edge == "hand")
    return devices


def _together(
    before: dict[str, object] | None, device: dict[str, Any], *, is_by_hand: bool
) -> dict[str, object]:
    """Put what several sources say of one machine together: of each metric the newest."""
    metrics: dict[str, Any] = {**device["metrics"]}
    for name, value in (dict(before["metrics"]) if before else {}).items():  # type: ignore[call-overload]  # JSON
        if name not in metrics or metrics[name]["at"] < value["at"]:
            metrics[name] = value
    return {
        "is_online": bool(device["is_online"] or (before and before["is_online"])),
        "is_by_hand": is_by_hand and (before is None or bool(before["is_by_hand"])),
        "metrics": metrics,
    }


def _last_ms(device: dict[str, object]) -> int | None:
    metrics = device.get("metrics")
    if not isinstance(metrics, dict):
        return None
    return max((metric["at"] for metric in metrics.values()), default=None)


def _source(edge: str, node: Mapping[str, Any], troubles: Sequence[Trouble]) -> SourceHealth:
    return SourceHealth(
        edge=edge,
        is_online=bool(node.get("is_online")),
        heard_ms=node.get("heard") or None,
        devices=node.get("devices", {}),
        troubles=tuple(trouble for trouble in troubles if trouble.edge == edge),
    )


def check_readings(history: Path, sealed: Iterable[Sealed]) -> Iterator[Reason]:
    """
    Find what is wrong with the files of readings, given what facts said was sealed.

    Runs as the cooperative. A segment's rows may stand in the file that was sealed or in a
    compacted one; what its member let go of by its rule is no finding.
    """
    groups: dict[UUID, str] = {firm.id: group_of(firm.number) for firm in members.firms()}
    compacted = {group: bridge.read_compacted_files(firm) for firm, group in groups.items()}
    yield from proving.check(history, sealed, groups, compacted)


def kept_history(firm: UUID) -> KeptHistory:
    """Give what is kept of a firm's readings: how many, how large, since when, by which rule."""
    group = group_of(members.firm(firm).number)
    files = bridge.read_compacted_files(firm)
    places = queries.segments_of(settings.HOME.history, group, queries.READINGS)
    return KeptHistory(
        rows=sum(one.rows for one in places),
        size=sum((settings.HOME.history / one.file).stat().st_size for one in places),
        since_ms=min(
            (one.at_lo for one in places if one.at_lo >= queries.EARLIEST_MS),
            default=None,
        ),
        files=tuple(files),
        rule=bridge.read_rule(firm),
    )
