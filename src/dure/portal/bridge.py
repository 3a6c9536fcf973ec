"""From the rooms' answers to a first page: one question for each thing that may wait."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from dure.journal import public as journal
from dure.kernel.actor import Actor, Role
from dure.kernel.reason import Parameter, Reason
from dure.kernel.time import seoul_date
from dure.make import public as make
from dure.match import public as match
from dure.portal.engine.home import Home, Waiting, told
from dure.sense import public as sense
from dure.settle import public as settle

LATEST = 120
Question = Callable[[Actor], Iterator[Waiting]]


def read_home(actor: Actor) -> Home:
    """Ask each room what waits for an actor, the most urgent first."""
    waiting = tuple(one for ask in _QUESTIONS.get(actor.role, ()) for one in ask(actor))
    facts = journal.latest_facts(limit=LATEST)
    return Home(role=actor.role, waiting=waiting, latest=told(facts))


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
            yield _about("portal.wait_choice", "/needs/", each)


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


def _parked(actor: Actor) -> Iterator[Waiting]:
    parked = journal.pending()["parked"]
    if parked:
        yield _waits("portal.wait_parked", "", count=parked)


def _about(code: str, path: str, request: sense.Request) -> Waiting:
    names = {"product": request.product_name, "product_en": request.product_name_en}
    return _waits(code, path, number=request.number, **names)


def _waits(code: str, path: str, **parameters: Parameter) -> Waiting:
    return Waiting(what=Reason(code, parameters), path=path)


_QUESTIONS: dict[Role, tuple[Question, ...]] = {
    Role.OFFICE: (_parked, _alarms, _held_lots, _drafted_settlements, _due_payments),
    Role.OWNER: (_offers, _alarms, _held_lots),
    Role.BUYER: (_alternatives,),
    Role.BOOKKEEPER: (_due_payments,),
}
