"""A cooperative of presses and painters on the real database, and a way to let reactions run."""

from datetime import date
from typing import Any
from uuid import UUID

from dure.journal.models import Fact
from dure.journal.public import fact
from dure.kernel.actor import Actor, Role
from dure.match import public, services
from dure.match.engine.cluster import Offered
from dure.members.engine.firm import Joining
from dure.members.services import join_firm
from dure.project.wiring import REACTIONS
from dure.sense.engine.request import Request, Terms
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product, submit_request
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.members.test_founding import firm
from tests.sense.products import step

DUE = date(2026, 12, 11)
TRAY = {
    "code": "TRAY",
    "name": "쟁반",
    "name_en": "Tray",
    "bill_of_process": [
        step("press", "press-forming", "general", [], "1"),
        step("paint", "painting", "general", ["press"], "1"),
    ],
}
STORY = ("dure.sense.", "dure.match.")


def maker(serial: int, process: str, unit_won: int, **more: Any) -> Joining:
    """Let a firm with one machine and one process join."""
    capability = {
        "process": process,
        "lot_min": 1,
        "lot_max": 5000,
        "setup_minutes": 30,
        "minutes_per_100": 60,
        "equipment": ["PRESS-1"],
    } | more
    joining = firm(
        serial,
        capabilities=[capability],
        rate_card=[{"process": process, "setup_won": 10_000, "unit_won": unit_won}],
    ).joining()
    with acting(OFFICE):
        join_firm(joining, at=AT)
    return joining


def owner(joining: Joining) -> Actor:
    return Actor(firm=joining.firm.id, role=Role.OWNER, person=joining.people[0].id)


def ask_for_trays(quantity: int = 100, *, due: date = DUE, product: str = "TRAY") -> Request:
    with acting(HANBIT_BUYER):
        return submit_request(product, Terms(quantity=quantity, due=due), buyer=HANBIT, at=AT)


def take_cheapest(house: "House", request: Request) -> Offered:
    """Let the buyer take the cheapest alternative, and its makers be asked."""
    with acting(HANBIT_BUYER):
        cheap = public.alternatives(request.id)[0]
        services.choose(request.id, cheap.id, buyer=HANBIT, at=AT)
    house.settle()
    return cheap


def list_tray() -> None:
    with acting(OFFICE):
        list_product(ProductIn.model_validate(TRAY).product(), at=AT)


class House:
    """Runs the reactions of the story that are due, as the worker would."""

    def __init__(self) -> None:
        self.done: set[UUID] = set()

    def settle(self, at: Any = AT) -> None:
        from django.utils.module_loading import import_string

        with acting(WORKER):
            while due := [row for row in Fact.objects.order_by("id") if row.id not in self.done]:
                for row in due:
                    self.done.add(row.id)
                    for reaction in REACTIONS.get(row.kind, ()):
                        if reaction.startswith(STORY):
                            import_string(reaction)(fact(row.id), at)


def expire(at: Any) -> int:
    with acting(WORKER):
        return services.expire_offers(at)
