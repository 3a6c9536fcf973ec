"""Incidents, changes, pins, scenarios, free time and calendars over HTTP."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound
from dure.plan import public
from dure.plan.schemas.changes import (
    ChangeOut,
    FeedOut,
    FreeTimeIn,
    FreeTimeOut,
    GiveBackIn,
    IncidentOut,
    MoveIn,
    PinIn,
    RulesIn,
    RushIn,
    ScenarioIn,
    ScenarioOut,
    StandstillIn,
    WaitIn,
    change_out,
    shown,
)
from dure.plan.schemas.orders import JobOrderOut, job_order_out
from dure.plan.services import (
    changing,
    disclosing,
    feeds,
    handing_over,
    incidents,
    keeping,
    pinning,
    scenarios,
)
from dure.stack.tenancy import actor_of, current_actor

router = Router()
TELLERS = (Role.OFFICE, Role.OWNER)


@router.post("/standstills", response={201: IncidentOut})
def stand_still(request: HttpRequest, body: StandstillIn) -> Status[dict[str, object]]:
    """Say that machines stand still [owner, office]: a draft that moves little follows."""
    actor_of(request).must_be(*TELLERS)
    row = incidents.stand_still(
        incidents.firm_of(body.machines),
        body.machines,
        starts=body.starts,
        until=body.until,
        at=now(),
        cause=body.cause,
        note=body.note,
    )
    return Status(201, _incident(row.id))


@router.post("/job-orders/{uuid:job_order_id}/wait", response={201: IncidentOut})
def wait(request: HttpRequest, job_order_id: UUID, body: WaitIn) -> Status[dict[str, object]]:
    """Say that a job order cannot begin yet: late material, or refused [owner, office]."""
    actor_of(request).must_be(*TELLERS)
    is_refusal = body.cause == "refusal"
    row = incidents.wait_for(
        job_order_id, until=body.until, at=now(), is_refusal=is_refusal, note=body.note
    )
    return Status(201, _incident(row.id))


@router.post("/job-orders/{uuid:job_order_id}/give-back", response=JobOrderOut)
def give_back(request: HttpRequest, job_order_id: UUID, body: GiveBackIn) -> dict[str, object]:
    """Say that one cannot do a job order at all: others are asked [owner]."""
    _firm(request, Role.OWNER)
    handing_over.give_back(job_order_id, at=now(), note=body.note)
    return job_order_out(public.job_order(job_order_id))


@router.post("/orders/{uuid:order_id}/rush", response={201: IncidentOut})
def rush(request: HttpRequest, order_id: UUID, body: RushIn) -> Status[dict[str, object]]:
    """Want an order before others [office]."""
    actor_of(request).must_be(Role.OFFICE)
    row = incidents.rush(order_id, until=body.until, at=now(), note=body.note)
    return Status(201, _incident(row.id))


@router.get("/incidents", response=list[IncidentOut])
def list_incidents(request: HttpRequest) -> list[dict[str, object]]:
    """List what happened to one's own machines and job orders, or everybody's [owner, office]."""
    current_actor()
    return [shown(each, IncidentOut) for each in public.incidents()]


@router.post("/incidents/{uuid:incident_id}/end", response=IncidentOut)
def end(request: HttpRequest, incident_id: UUID) -> dict[str, object]:
    """Say that something is over [owner, office]."""
    actor_of(request).must_be(*TELLERS)
    return _incident(incidents.end_incident(incident_id, now()).id)


@router.get("/changes", response=list[ChangeOut])
def list_changes(request: HttpRequest) -> list[dict[str, object]]:
    """List changes of plans, newest first [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return [change_out(each) for each in public.changes()]


@router.post("/changes", response={201: ChangeOut | None})
def draft(request: HttpRequest) -> Status[dict[str, object] | None]:
    """Plan the book again to make it better; empty where nothing is worth moving [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return Status(201, _change(changing.draft_better(now())))


@router.get("/changes/{uuid:plan_id}", response=ChangeOut)
def change(request: HttpRequest, plan_id: UUID) -> dict[str, object]:
    """Show a change: what would move, why, and which promises it would not keep [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return change_out(public.change(plan_id))


@router.post("/changes/{uuid:plan_id}/approve", response=ChangeOut)
def approve(request: HttpRequest, plan_id: UUID) -> dict[str, object]:
    """Approve a draft: its members are asked [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return change_out(public.change(changing.approve_change(plan_id, now()).id))


@router.post("/changes/{uuid:plan_id}/refuse", response=ChangeOut)
def refuse(request: HttpRequest, plan_id: UUID) -> dict[str, object]:
    """Refuse a draft: nothing moves [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return change_out(public.change(changing.refuse_change(plan_id, now()).id))


@router.post("/job-orders/{uuid:job_order_id}/pin", response=JobOrderOut)
def pin(request: HttpRequest, job_order_id: UUID, body: PinIn) -> dict[str, object]:
    """Let a job order stay where it is, or let it go again [office]."""
    actor_of(request).must_be(Role.OFFICE)
    pinning.pin(job_order_id, is_pinned=body.pinned, at=now())
    return job_order_out(public.job_order(job_order_id))


@router.post("/job-orders/{uuid:job_order_id}/move", response={201: ChangeOut | None})
def move(
    request: HttpRequest, job_order_id: UUID, body: MoveIn
) -> Status[dict[str, object] | None]:
    """Put a job order elsewhere: a draft; empty where it stands there already [office]."""
    actor_of(request).must_be(Role.OFFICE)
    row = pinning.move(job_order_id, machine=body.machine, starts=body.starts, at=now())
    return Status(201, _change(row))


@router.post("/planning-rules", response=RulesIn)
def rules(request: HttpRequest, body: RulesIn) -> Any:
    """Set what was resolved about plans [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return keeping.set_rules(now(), **body.model_dump())


@router.get("/free-time", response=list[FreeTimeOut])
def free_time(request: HttpRequest) -> list[dict[str, object]]:
    """List what one published, or everybody [owner, office]."""
    current_actor()
    return [shown(each, FreeTimeOut) for each in public.free_time()]


@router.post("/free-time", response={201: list[FreeTimeOut]})
def publish(request: HttpRequest, body: FreeTimeIn) -> Status[list[dict[str, object]]]:
    """Publish free windows and a price: the planner reads nothing else from then on [owner]."""
    terms = body.model_dump(exclude={"capability", "windows"})
    firm = _firm(request, Role.OWNER)
    disclosing.publish_free_time(firm, body.capability, body.windows, at=now(), **terms)
    return Status(201, free_time(request))


@router.post("/free-time/{uuid:capability_id}/withdraw", response=list[FreeTimeOut])
def withdraw(request: HttpRequest, capability_id: UUID) -> list[dict[str, object]]:
    """Let the planner read machines and calendar again [owner]."""
    disclosing.withdraw_free_time(_firm(request, Role.OWNER), capability_id, now())
    return free_time(request)


@router.get("/scenarios", response=list[ScenarioOut])
def list_scenarios(request: HttpRequest) -> list[dict[str, object]]:
    """List what was asked [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return [shown(each, ScenarioOut) for each in public.scenarios()]


@router.post("/scenarios", response={202: ScenarioOut})
def ask(request: HttpRequest, body: ScenarioIn) -> Status[dict[str, object]]:
    """Ask what would be if; look again until it is planned [office]."""
    actor_of(request).must_be(Role.OFFICE)
    row = scenarios.ask_scenario(body.name, body.changes, now())
    return Status(202, shown(public.scenario(row.id), ScenarioOut))


@router.get("/scenarios/{uuid:scenario_id}", response=ScenarioOut)
def scenario(request: HttpRequest, scenario_id: UUID) -> dict[str, object]:
    """Show what would be [office]."""
    actor_of(request).must_be(Role.OFFICE)
    return shown(public.scenario(scenario_id), ScenarioOut)


@router.post("/calendar-feed", response={201: FeedOut})
def open_feed(request: HttpRequest) -> Status[dict[str, str]]:
    """Give a private address of one's job orders as a calendar; older ones stop [owner]."""
    token = feeds.open_feed(_firm(request, Role.OWNER), now())
    return Status(201, {"path": f"/plan/calendar/{token}.ics"})


@router.post("/calendar-feed/revoke", response={200: dict[str, int]})
def close_feed(request: HttpRequest) -> dict[str, int]:
    """Let every address of one's calendar stop working [owner]."""
    return {"revoked": feeds.close_feeds(_firm(request, Role.OWNER), now())}


def _incident(incident_id: UUID) -> dict[str, object]:
    return shown(public.incident(incident_id), IncidentOut)


def _change(row: Any) -> dict[str, object] | None:
    return change_out(public.change(row.id)) if row else None


def _firm(request: HttpRequest, role: Role) -> UUID:
    actor = actor_of(request)
    actor.must_be(role)
    if actor.firm is None:
        raise NotFound("kernel.not_yours")
    return actor.firm
