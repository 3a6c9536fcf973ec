"""Between rows of what clusters made and the groups that keep coming back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.match import models
from dure.match.engine.cluster import OfferState
from dure.match.engine.standing import Idea, Made, Part, Standing, StandingState
from dure.members import public as members
from dure.sense import public as sense

DAYS_OF_HISTORY = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """
    What a group made together, as its members see it.

    roles: the processes that each member did. products: codes of what it makes as a whole.
    """

    roles: Mapping[FirmId, tuple[str, ...]]
    products: tuple[str, ...]
    orders: int
    on_time: int
    timed: int
    pieces: int
    failed: int
    latest: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """
    A cluster that keeps coming back, as far as the actor may see it.

    products, at, processes: what two groups could offer together, and the process where it joins;
    empty where the group is told as it is. sides: those that the actor belongs to. firms: all of
    them once all said yes, before that those of one's own sides. unnamed: how many others there
    are. wants: the actor's own answer.
    """

    id: UUID
    number: int
    state: StandingState
    products: tuple[str, ...]
    at: str
    processes: tuple[str, ...]
    sides: tuple[Side, ...]
    firms: tuple[FirmId, ...]
    unnamed: int
    wants: bool | None
    suggested_at: Instant


def read_history(today: date) -> tuple[Made, ...]:
    """Give the orders of the last two years with who made which step, by number."""
    since = today - timedelta(days=DAYS_OF_HISTORY)
    rows = list(models.OrderMade.objects.filter(ordered_on__gte=since).order_by("number"))
    numbers: dict[UUID, int] = {firm.id: firm.number for firm in members.firms(members.Kind.MEMBER)}
    needs = sense.needs(row.request_id for row in rows)
    makers: defaultdict[UUID, defaultdict[str, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    accepted = models.Assignment.objects.filter(
        cluster_id__in={row.cluster_id for row in rows},
        state=OfferState.ACCEPTED,
        is_beside=False,
    )
    for cluster, step, firm in accepted.values_list("cluster_id", "step", "firm_id"):
        makers[cluster][sense.step_of(step)].add(firm)
    made = (_made(row, needs.get(row.request_id), makers[row.cluster_id], numbers) for row in rows)
    return tuple(each for each in made if each)


def offered() -> tuple[frozenset[str], ...]:
    """Give the processes of each product of the catalogue, alternatives and all."""
    return tuple(
        frozenset(each for step in product.steps for each in (step.process, *step.alternatives))
        for product in sense.products()
    )


def key_of(firms: Iterable[int], products: Sequence[str]) -> str:
    """Give what makes a suggestion the same as an earlier one."""
    told = f"{sorted(firms)} {sorted(products)}"
    return sha256(told.encode()).hexdigest()


def evidence_body(group: Standing, firms: Mapping[int, UUID]) -> dict[str, Any]:
    """Give what shows that a group stands, as canonical JSON values."""
    return {
        "roles": {str(firms[number]): list(did) for number, did in group.roles.items()},
        "products": list(group.products),
        "orders": len(group.orders),
        "on_time": group.on_time,
        "timed": group.timed,
        "pieces": group.pieces,
        "failed": group.failed,
        "latest": group.latest.isoformat(),
    }


def idea_body(idea: Idea) -> dict[str, Any]:
    """Give what two groups could offer, as canonical JSON values."""
    return {
        "products": list(idea.products),
        "at": idea.at,
        "processes": list(idea.processes),
        "links": sorted(list(link) for link in idea.links),
    }


def read_suggestion(row: models.Standing, *, asking: UUID | None) -> Suggestion:
    """Give the value of a suggestion to whom the row policies show it; None asks as the office."""
    sides = tuple(row.sides.order_by("position"))
    known = {firm for side in sides for firm in side.firm_ids}
    if row.state == StandingState.TAKEN_UP:
        known |= set(row.firm_ids)
    answer = row.answers.filter(firm_id=asking).first() if asking else None
    idea = row.idea or {"products": [], "at": "", "processes": []}
    return Suggestion(
        id=row.id,
        number=row.number,
        state=StandingState(row.state),
        products=tuple(idea["products"]),
        at=idea["at"],
        processes=tuple(idea["processes"]),
        sides=tuple(_read_side(side.evidence) for side in sides),
        firms=tuple(FirmId(firm) for firm in row.firm_ids if firm in known),
        unnamed=len(set(row.firm_ids) - known),
        wants=answer.wants if answer else None,
        suggested_at=row.suggested_at,
    )


def _made(
    row: models.OrderMade,
    need: sense.Need | None,
    makers: Mapping[str, set[UUID]],
    numbers: Mapping[UUID, int],
) -> Made | None:
    if need is None or not all(
        makers.get(step.code, set()) & numbers.keys() for step in need.steps
    ):
        return None
    processes = {step.code: step.process for step in need.steps}
    on_time = None if row.delivered_on is None else row.delivered_on <= row.promised_on
    return Made(
        order=row.number,
        product=need.product,
        parts=tuple(
            Part(
                process=step.process,
                firm=number,
                after=tuple(processes[code] for code in step.after),
            )
            for step in need.steps
            for number in sorted(numbers[firm] for firm in makers[step.code] if firm in numbers)
        ),
        on=row.ordered_on,
        on_time=on_time,
        pieces=row.pieces,
        failed=row.failed,
    )


def _read_side(body: Mapping[str, Any]) -> Side:
    return Side(
        roles={FirmId(UUID(firm)): tuple(did) for firm, did in body["roles"].items()},
        products=tuple(body["products"]),
        orders=body["orders"],
        on_time=body["on_time"],
        timed=body["timed"],
        pieces=body["pieces"],
        failed=body["failed"],
        latest=date.fromisoformat(body["latest"]),
    )
