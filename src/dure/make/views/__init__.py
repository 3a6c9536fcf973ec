"""The shop floor's pages: machines with live control charts, lots, the quarantine, the foreman."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from dure.journal.public import now
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import Malformed
from dure.kernel.reason import Reason
from dure.kernel.time import Instant, seoul_date
from dure.make import bridge, public
from dure.make.engine.drawing import control_chart, history_line, wall_time
from dure.make.engine.grade import disagreements
from dure.make.engine.oee import Oee
from dure.make.forms import Count, Inspection, Watched
from dure.make.history.latest import latest_path
from dure.make.services import jobs, lots, watch
from dure.make.views.sources import dated, when
from dure.members import public as members
from dure.stack.ids import new_id
from dure.stack.tenancy import actor_of

LOOK_SECONDS = 1.0
LOOKS = 600
POINTS = 120
DOUBT_SECONDS = 600
CHECKED = 10  # of them it is shown where claims about them disagree
RECENT = 30  # lots on the first page, those that wait for somebody first


@require_http_methods(["GET", "HEAD"])
def making(request: HttpRequest) -> HttpResponse:
    """Show machines, open alarms and lots."""
    actor = _shop(request)
    machines = public.machines()
    alarms = public.alarms(open_only=True)
    listed = sorted(public.lots(), key=lambda lot: lot.state == "released")[:RECENT]
    shown = {
        "machines": machines,
        "online": sum(each.is_online for each in machines),
        "heard": any(each.last_ms for each in machines),
        "alarms": alarms,
        "lots": listed,
        "jobs": [each for each in public.jobs() if each.state != "finished"],
        "is_owner": actor.role is Role.OWNER,
        "full": public.full_disk(),
        "doubts": _doubts(listed),
        "troubles": dated(public.house_troubles()) if actor.role is Role.OFFICE else (),
        "firms": members.firms_by_id(each.firm for each in machines),
    }
    return render(request, "make/making.html", shown)


@require_http_methods(["GET", "HEAD"])
def machine(request: HttpRequest, machine_id: UUID) -> HttpResponse:
    """Show one machine: its control charts, live, its alarms and its latest values."""
    actor = _shop(request)
    at = now()
    shown = _machine_now(machine_id, at) | {"is_owner": actor.role is Role.OWNER, "spans": SPANS}
    shown["oee"] = _percent(public.oee_of(shown["machine"]))
    shown["history"] = _history(request, shown["machine"], shown["values"], at)
    return render(request, "make/machine.html", shown)


@require_http_methods(["GET", "HEAD"])
def machine_now(request: HttpRequest, machine_id: UUID) -> HttpResponse:
    """Show the part of a machine's page that changes."""
    _shop(request)
    return render(request, "make/_machine_now.html", _machine_now(machine_id, now()))


@require_http_methods(["GET", "HEAD"])
def machine_events(request: HttpRequest, machine_id: UUID) -> StreamingHttpResponse:
    """Say, as server-sent events, when something new of a machine is sealed."""
    _shop(request)
    group = public.group_of(public.machine(machine_id).number)
    path = latest_path(settings.HOME.history, group)
    response = StreamingHttpResponse(changes(path), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


@require_POST
def watch_metric(request: HttpRequest, machine_id: UUID) -> HttpResponse:
    """Watch a metric of a machine from now on."""
    actor_of(request).must_be(Role.OWNER)
    machine = public.machine(machine_id)
    form = _valid(Watched(request.POST))
    watch.declare_characteristic(device=machine.device, **form.cleaned_data, at=now())
    return redirect("machine", machine_id)


@require_http_methods(["GET", "HEAD"])
def lot(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Show one lot and what may be done with it."""
    actor = _shop(request)
    found = public.lot(lot_id)
    shown = {
        "lot": found,
        "form": Inspection(),
        "is_owner": actor.role is Role.OWNER and actor.firm == found.firm,
        "job": public.job(found.job),
        "claims": (claims := public.claims_of(found)),
        "disagreements": disagreements(claims),
        "firm": members.firm(found.firm),
    }
    return render(request, "make/lot.html", shown)


@require_POST
def inspect_lot(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Note what an inspection found."""
    actor_of(request).must_be(Role.OWNER)
    form = _valid(Inspection(request.POST))
    lots.inspect_lot(lot_id, **form.cleaned_data, at=now())
    return redirect("lot", lot_id)


@require_POST
def release_lot(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Release a lot."""
    actor_of(request).must_be(Role.OWNER)
    lots.release_lot(lot_id, at=now())
    return redirect("lot", lot_id)


@require_http_methods(["GET", "HEAD"])
def quarantine(request: HttpRequest) -> HttpResponse:
    """Show messages that nobody could read, why, and what to do."""
    actor_of(request).must_be(Role.OWNER)
    rows = public.quarantined(jobs.acting_firm())
    shown = {"rows": [(row, when(row.received_ms)) for row in rows]}
    return render(request, "make/quarantine.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def job(request: HttpRequest, token: str) -> HttpResponse:
    """The foreman's page: start, count and finish the job of a QR code, without an account."""
    actor_of(request).must_be(Role.FOREMAN)
    if request.method == "POST":
        _do(request, token)
        return redirect("job", token)
    row = jobs.job_of(token)
    shown = {
        "job": bridge.read_job(row),
        "left": max(row.planned - row.good, 0),
        "firm": members.firm(row.firm_id),
        "form": Count(),
        "key": new_id(),
        "is_done": row.state == "finished",
        "token": token,
    }
    return render(request, "make/job.html", shown)


async def changes(path: Path, looks: int = LOOKS) -> AsyncIterator[str]:
    """Give an event at once and whenever a file was replaced; look so often, a second apart."""
    seen = -1
    for look in range(looks):
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        if stamp != seen:
            seen = stamp
            yield f"data: {stamp}\n\n"
        elif look % 15 == 0:
            yield ": still here\n\n"
        if look + 1 < looks:
            await asyncio.sleep(LOOK_SECONDS)


def _doubts(listed: list[public.Lot]) -> list[tuple[public.Lot, Reason]]:
    """Give of the first lots those about which two sides say what cannot both be, and why."""
    return [(lot, reason) for lot in listed[:CHECKED] for reason in _disagreements(lot)]


def _disagreements(lot: public.Lot) -> tuple[Reason, ...]:
    """Compare what is said about a lot, anew when it changed and every ten minutes."""
    said = (lot.id, lot.good, lot.scrapped, lot.shipped, lot.state)
    key = f"make.doubts:{':'.join(map(str, said))}"
    found: tuple[Reason, ...] | None = cache.get(key)
    if found is None:
        found = disagreements(public.claims_of(lot))
        cache.set(key, found, DOUBT_SECONDS)
    return found


def _shop(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.must_be(Role.OFFICE, Role.OWNER)
    return actor


def _do(request: HttpRequest, token: str) -> None:
    pieces = _valid(Count(request.POST)).pieces()
    match request.POST.get("do"):
        case "start":
            jobs.start_job(token, at=now())
        case "count":
            jobs.count_job(token, **pieces, at=now())
        case "finish":
            jobs.finish_job(token, **pieces, at=now())
        case other:
            raise Malformed("make.nothing_to_do", asked=str(other)[:40])


def _valid(form: Any) -> Any:
    if not form.is_valid():
        field, problems = next(iter(form.errors.items()))
        raise Malformed("project.field", field=field, problem=str(problems[0]))
    return form


def _percent(figures: Oee) -> dict[str, float] | None:
    """Give key figures in per cent; None where no job was finished yet."""
    said = {name: getattr(figures, name) for name in figures.__slots__}
    return None if None in said.values() else {name: 100 * said[name] for name in said}


def _machine_now(machine_id: UUID, at: Instant) -> dict[str, Any]:
    today = str(seoul_date(at))
    found = public.machine(machine_id)
    watched = public.characteristics(found.firm, found.device)
    return {
        "machine": found,
        "firm": members.firm(found.firm),
        "charts": [(each, _chart(found, each)) for each in watched],
        "values": [
            {**each, "when": _clock(each["at"], today)} for each in public.values_now(found)
        ],
        "watched": {each.metric for each in watched},
        "alarms": public.alarms(device=found.device)[:20],
    }


def _clock(ms: Any, today: str) -> str:
    """Give a device's time as a wall clock shows it; with its day where that is not today."""
    said = wall_time(int(ms)).replace("T", " ")
    return said[11:] if said[:10] == today else said[:16]


def _chart(found: public.Machine, watched: public.Characteristic) -> dict[str, Any]:
    is_english = (get_language() or "ko").startswith("en")
    name = (watched.name_en or watched.name) if is_english else watched.name
    words = _ENGLISH if is_english else _KOREAN
    value = f"{name} ({watched.unit})" if watched.unit else name
    about = f"{value}: {found.device}"
    points = public.plotted_points(found, watched, POINTS)
    return control_chart(
        points, public.limits(watched), {**words, "value": value, "description": about}
    )


def _history(
    request: HttpRequest, found: public.Machine, values: list[dict[str, object]], at: Instant
) -> dict[str, Any] | None:
    """Give one metric over the span that was asked for: the last hour, or longer."""
    names = [str(each["metric"]) for each in values]
    if not names or found.last_ms is None:
        return None
    metric = request.GET.get("metric", "")
    newest = max(values, key=lambda each: int(str(each["at"])))
    metric = metric if metric in names else str(newest["metric"])
    span = request.GET.get("span", "hour")
    length = dict(zip((code for code, *_ in SPANS), LENGTHS, strict=True)).get(span, LENGTHS[0])
    hi = min(found.last_ms, int(at.timestamp() * 1_000) + DAY_MS) + 1
    lo = max(0, hi - length)
    zoomed = public.series(found, metric=metric, lo_ms=lo, hi_ms=hi, width=WIDTH)
    gaps = public.gaps(found.firm, lo_ms=lo, hi_ms=hi)
    is_english = (get_language() or "ko").startswith("en")
    words = _ENGLISH if is_english else _KOREAN
    about = f"{metric}: {found.device}"
    return {
        "metric": metric, "span": span, "points": len(zoomed.points), "gaps": len(gaps),
        "readings": zoomed.readings, "worst_quality": zoomed.worst_quality,
        "spec": history_line(
            zoomed.points,
            [(gap.lo_ms, gap.hi_ms) for gap in gaps],
            {**words, "value": metric, "description": about},
        ),
    }  # fmt: skip


SPANS = (
    ("hour", "한 시간", "An hour"), ("day", "하루", "A day"), ("week", "한 주", "A week"),
    ("year", "한 해", "A year"), ("all", "모두", "All"),
)  # fmt: skip
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS  # a clock that is further ahead does not say where a picture ends
LENGTHS = (HOUR_MS, 24 * HOUR_MS, 168 * HOUR_MS, 8_766 * HOUR_MS, 2**52)
WIDTH = 300
_KOREAN = {
    "time": "시각", "rule": "어긴 규칙", "center": "중심선", "upper": "관리 상한",
    "lower": "관리 하한",
}  # fmt: skip
_ENGLISH = {
    "time": "Time", "rule": "Rule broken", "center": "Center", "upper": "Upper limit",
    "lower": "Lower limit",
}  # fmt: skip
