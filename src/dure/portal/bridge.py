"""From the rooms' answers to a first page: one question for each thing that may wait."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

from dure.journal import public as journal
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import NotFound
from dure.kernel.reason import Parameter, Reason
from dure.kernel.time import seoul_date
from dure.make import public as make
from dure.match import public as match
from dure.move import public as move
from dure.plan import public as plan
from dure.portal.engine.home import Home, OwnJob, UnderWay, Waiting, told
from dure.prove import public as prove
from dure.sense import public as sense
from dure.settle import public as settle

LATEST, ORDERS = 120, 20
Question = Callable[[Actor], Iterator[Waiting]]


def stage_of(order: plan.Order) -> str:
    """Say how far round the loop an order has come, as far as the actor can see."""
    delivery = _delivery(order.id)
    if delivery and delivery.inspected_at:
        return "settle"
    if delivery:
        return "prove"
    if order.milestones and order.done == len(order.milestones):
        return "move"
    return "make" if order.done else "buy"


def stage_of_order(order_id: UUID) -> str:
    """Say how far round the loop an order has come, to its makers by their own part of it."""
    if _has_settlement(order_id):
        return "settle"
    try:
        return stage_of(plan.order(order_id))
    except NotFound:
        own = plan.job_orders_of(order_id)
    return "move" if own and all(job.state == "done" for job in own) else "make"


def stage_of_request(request_id: UUID) -> str:
    """Say how far round the loop a request has come, and the order that it became."""
    order = plan.order_of_request(request_id)
    if order:
        return stage_of_order(order.id)
    if any(each.request == request_id for each in plan.quotes()):
        return "plan"
    return "match" if match.alternatives(request_id) else "sense"


def passport_before(request_id: UUID) -> tuple[int, str] | None:
    """Give the latest delivered request that one goes on from, and the way to its passport."""
    for earlier in sense.line_of(request_id):
        order = sense.order_of(earlier.id)
        delivery = _delivery(order) if order else None
        if delivery:
            return earlier.number, prove.link_to_passport(delivery.lot)
    return None


def _has_settlement(order_id: UUID) -> bool:
    try:
        return bool(settle.settlement(order_id))
    except NotFound:
        return False


def read_home(actor: Actor) -> Home:
    """Ask each room what waits for an actor, the most urgent first."""
    waiting = tuple(one for ask in _QUESTIONS.get(actor.role, ()) for one in ask(actor))
    facts = journal.latest_facts(limit=LATEST)
    orders = tuple(_under_way(order) for order in plan.open_orders(limit=ORDERS))
    jobs = tuple(_jobs()) if actor.role is Role.OWNER else ()
    return Home(role=actor.role, waiting=waiting, orders=orders, jobs=jobs, latest=told(facts))


def _jobs() -> Iterator[OwnJob]:
    for each in sorted(plan.job_orders(), key=lambda one: one.starts):
        if each.state != "done":
            yield OwnJob(
                id=each.id,
                order=each.order_number,
                name=each.name,
                name_en=each.name_en,
                quantity=each.quantity,
                unit=each.unit,
                starts=each.starts,
                ends=each.ends,
                is_started=each.state == "started",
                to=tuple((over.firm_name, over.firm_name_en) for over in each.hands_over),
            )


def _under_way(order: plan.Order) -> UnderWay:
    asked = sense.request(order.request)
    return UnderWay(
        id=order.id,
        number=order.number,
        name=asked.product_name,
        name_en=asked.product_name_en,
        promised_on=order.promised_on,
        done=order.done,
        steps=len(order.milestones),
        stage=stage_of(order),
    )


def _offers(actor: Actor) -> Iterator[Waiting]:
    assert actor.firm, "owners act for a firm"
    for each in match.offers(actor.firm):
        if each.state is match.OfferState.OFFERED:
            yield _waits(
                "portal.wait_offer",
                "/clusters/",
                step=each.name,
                step_en=each.name_en or each.name,
                price=int(each.price),
                until=each.deadline.isoformat(),
            )


def _alternatives(actor: Actor) -> Iterator[Waiting]:
    for each in sense.requests():
        if match.alternatives(each.id) and match.cluster_of(each.id) is None:
            yield _about("portal.wait_choice", f"/needs/{each.id}/", each)


def _alarms(actor: Actor) -> Iterator[Waiting]:
    for each in make.alarms(open_only=True):
        yield _waits("portal.wait_alarm", "/making/", machine=each.device, number=each.number)


def _held_lots(actor: Actor) -> Iterator[Waiting]:
    for each in make.lots(open_only=True):
        if each.state == "held":
            named = {"name": each.name, "name_en": each.name_en or each.name}
            yield _waits("portal.wait_lot", f"/making/lots/{each.id}/", number=each.number, **named)


def _drafted_settlements(actor: Actor) -> Iterator[Waiting]:
    for each in settle.settlements():
        if each.totals and each.totals.state == "drafted":
            path = f"/money/{each.order}/"
            yield _waits("portal.wait_settlement", path, order=each.order_number)


def _due_payments(actor: Actor) -> Iterator[Waiting]:
    soon = seoul_date(journal.now() + timedelta(days=7))
    for each in settle.settlements():
        for payment in each.payments:
            if payment.state == "scheduled" and payment.due_on <= soon:
                yield _waits(
                    "portal.wait_payment",
                    f"/money/{each.order}/",
                    order=each.order_number,
                    won=abs(payment.won),
                    due=payment.due_on.isoformat(),
                )


def _quotes(actor: Actor) -> Iterator[Waiting]:
    now = journal.now()
    for each in plan.quotes():
        if each.state == "open" and each.valid_until > now:
            asked = sense.request(each.request)
            until = each.valid_until.isoformat()
            path = f"/plan/requests/{each.request}/"
            yield _about("portal.wait_quote", path, asked, price=int(each.price), until=until)


def _proposals(actor: Actor) -> Iterator[Waiting]:
    for each in plan.proposals():
        if each.state == "open":
            yield _waits(
                "portal.wait_proposal",
                f"/plan/proposals/{each.id}/",
                name=each.name,
                name_en=each.name_en or each.name,
                order=each.order_number,
                until=each.answer_by.isoformat(),
            )


def _deliveries(actor: Actor) -> Iterator[Waiting]:
    for each in plan.orders():
        delivery = _delivery(each.id)
        if delivery and delivery.inspected_at is None:
            by = delivery.inspect_by.isoformat()
            yield _waits("portal.wait_delivery", "/moving/", order=each.number, by=by)


def _delivery(order: UUID) -> move.Delivered | None:
    try:
        return move.delivery_of(order)
    except NotFound:
        return None


def _parked(actor: Actor) -> Iterator[Waiting]:
    parked = journal.pending()["parked"]
    if parked:
        yield _waits("portal.wait_parked", "", count=parked)


def _about(code: str, path: str, asked: sense.Request, **more: Parameter) -> Waiting:
    names = {"product": asked.product_name, "product_en": asked.product_name_en}
    return _waits(code, path, number=asked.number, **names, **more)


def _waits(code: str, path: str, **parameters: Parameter) -> Waiting:
    return Waiting(what=Reason(code, parameters), path=path)


_QUESTIONS: dict[Role, tuple[Question, ...]] = {
    Role.OFFICE: (_parked, _alarms, _held_lots, _drafted_settlements, _due_payments),
    Role.OWNER: (_offers, _proposals, _alarms, _held_lots),
    Role.BUYER: (_alternatives, _quotes, _deliveries),
    Role.BOOKKEEPER: (_due_payments,),
}
