"""Pages of where readings come from: a first machine, by hand, how the sources are, all to take."""

from collections.abc import Iterable
from datetime import UTC, datetime
from time import time_ns
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.time import seoul_date
from dure.make import public
from dure.make.engine.grade import Grade
from dure.make.engine.keeping import leaving, months
from dure.make.forms import Retained, Written
from dure.make.services import entering, jobs, keeping
from dure.members import public as members
from dure.stack.ids import new_id
from dure.stack.nats import gateway_door
from dure.stack.tenancy import actor_of, host_of

HERE = ("127.0.0.1", "localhost", "::1")
WAYS = ("opcua", "folder", "hand", "http")
STATES = (
    ("running", "가동", "Running"),
    ("setup", "준비", "Set-up"),
    ("idle", "대기", "Waiting"),
    ("stopped", "고장", "Broken"),
)
LONGEST_MS = 14  # digits
DAYS = ((1_826, "다섯 해", "five years"), (731, "두 해", "two years"), (366, "한 해", "a year"))


@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Show how each source is, what went wrong there and what to do, and what never came."""
    actor_of(request).must_be(Role.OWNER)
    firm = jobs.acting_firm()
    found = public.source_health(firm)
    shown = {
        "sources": [(each, when(each.heard_ms), dated(each.troubles)) for each in found],
        "online": sum(each.is_online for each in found),
        "known": sum(bool(each.edge) for each in found),
        "troubles": sum(trouble.count for each in found for trouble in each.troubles),
        "gaps": [(gap, when(gap.lo_ms), when(gap.hi_ms)) for gap in public.gaps(firm)],
        "keys": public.gateway_keys(firm),
        "full": public.full_disk(),
    }
    return render(request, "make/sources.html", shown)


@require_GET
def connect(request: HttpRequest) -> HttpResponse:
    """Lead through a first machine: choose a way in, the credentials, the first value live."""
    actor_of(request).must_be(Role.OWNER)
    firm = members.firm(jobs.acting_firm())
    machines, group = public.machines(), public.group_of(firm.number)
    door = gateway_door(settings.HOME, group, seen_as=host_of(request))
    chosen = next((each for each in machines if str(each.id) == request.GET.get("machine")), None)
    way = request.GET.get("way", "")
    shown: dict[str, Any] = {
        "machines": machines,
        "machine": chosen or (machines[0] if len(machines) == 1 else None),
        "way": way if way in WAYS else "",
        "server": request.build_absolute_uri("/").rstrip("/"),
        "door": door,
        "is_shut": door.host in HERE and host_of(request) not in HERE,
        "code": public.gateway_code(firm.id, now()),
        "since": _since(request) or time_ns() // 1_000_000,
    }
    if shown["machine"]:
        shown |= _came(shown["machine"], _since(request))
    return render(request, "make/connect.html", shown)


@require_GET
def connect_now(request: HttpRequest, machine_id: UUID) -> HttpResponse:
    """Show whether the first value has come."""
    actor_of(request).must_be(Role.OWNER)
    machine = public.machine(machine_id)
    shown = {"machine": machine, **_came(machine, _since(request))}
    return render(request, "make/_connect_now.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def by_hand(request: HttpRequest, machine_id: UUID) -> HttpResponse:
    """Write down states, counts and measurements of a machine without any connection."""
    actor_of(request).must_be(Role.OWNER)
    return _written(request, public.machine(machine_id), "by_hand", str(machine_id))


@require_http_methods(["GET", "HEAD", "POST"])
def by_hand_at_job(request: HttpRequest, token: str) -> HttpResponse:
    """Do the same by the QR code of a job, without an account."""
    actor_of(request).must_be(Role.FOREMAN)
    row = jobs.job_of(token)
    return _written(request, public.machine_called(row.device), "by_hand_at_job", token)


@require_GET
def export(request: HttpRequest) -> FileResponse:
    """Hand a member its whole history, at any time."""
    actor_of(request).must_be(Role.OWNER)
    name, whole = public.export(jobs.acting_firm())
    return FileResponse(whole, as_attachment=True, filename=name)


@require_http_methods(["GET", "HEAD", "POST"])
def kept(request: HttpRequest) -> HttpResponse:
    """Show how much is kept of one's own readings, and how long; let a member set the rule."""
    actor_of(request).must_be(Role.OWNER)
    form = Retained(request.POST or None)
    if request.method == "POST" and form.is_valid():
        keeping.set_retention(days=form.cleaned_data["days"], at=now())
        return redirect("kept")
    history = public.kept_history(jobs.acting_firm())
    today = seoul_date(now())
    shown = {
        "history": history,
        "since": when(history.since_ms),
        "months": months(history.files),
        "leaving": sum(one.rows for one in leaving(history.files, history.rule, today)),
        "let_go": [one for one in history.files if one.state == "forgotten"],
        "form": form,
        "choices": DAYS,
        "key": new_id(),
    }
    return render(request, "make/kept.html", shown, status=400 if form.errors else 200)


def _written(request: HttpRequest, machine: public.Machine, page: str, place: str) -> HttpResponse:
    form = Written(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        entering.enter_by_hand(
            device=machine.device, metric=said["metric"], value=form.value(),
            grade=Grade(said["grade"] or Grade.HAND), at=now(),
        )  # fmt: skip
        return redirect(f"{request.path}?{urlencode(_noted(said))}")
    values = [each for each in public.values_now(machine) if each["metric"] != "state"]
    shown = {
        "machine": machine, "firm": members.firm(machine.firm), "form": form, "states": STATES,
        "values": values[:8], "written": request.GET.get("written", "")[:128], "key": new_id(),
        "page": page, "place": place, "state": _state(machine, request.GET.get("state", "")),
    }  # fmt: skip
    return render(request, "make/by_hand.html", shown, status=400 if form.errors else 200)


def _since(request: HttpRequest) -> int | None:
    """Give when somebody began to connect a machine: the page carries it along."""
    given = request.GET.get("since", "")
    return int(given) if given.isdecimal() and len(given) < LONGEST_MS else None


def _came(machine: public.Machine, since_ms: int | None) -> dict[str, Any]:
    """Give a machine's latest values, and how long its first took since somebody began."""
    values = public.values_now(machine)
    if since_ms is None or not values:
        return {"values": values, "took": None}
    first = public.first_came(machine, since_ms)
    if first is None:  # what came earlier is not what somebody waits for
        return {"values": [], "took": None}
    return {"values": values, "took": divmod(max(first - since_ms, 0) // 1_000, 60)}


def _noted(said: dict[str, Any]) -> dict[str, str]:
    """Carry to the next page what was written down: its segment is sealed a moment later."""
    state = {"state": said["text"]} if said["metric"] == "state" else {}
    return {"written": said["metric"], **state}


def _state(machine: public.Machine, just_written: str) -> str:
    if just_written in (code for code, *_ in STATES):
        return just_written
    said = (each for each in public.values_now(machine) if each["metric"] == "state")
    return str(next(said, {}).get("text") or "")


def when(ms: int | None) -> datetime | None:
    """Give milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(ms / 1_000, UTC) if ms else None


def dated(
    troubles: Iterable[public.Trouble],
) -> list[tuple[public.Trouble, datetime | None]]:
    """Give troubles with the instant at which each last came up."""
    return [(trouble, when(trouble.last_ms)) for trouble in troubles]
