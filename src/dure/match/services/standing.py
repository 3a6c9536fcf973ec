"""Clusters that keep coming back: remember what was made, suggest, take up or leave."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from dure.journal.public import next_number
from dure.journal.services import tell
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant, seoul_date
from dure.match import models
from dure.match.bridge import standing as bridge
from dure.match.engine.facts import (
    STANDING_ANSWERED,
    STANDING_LEFT,
    STANDING_SUGGESTED,
    STANDING_TAKEN_UP,
)
from dure.match.engine.standing import Idea, Standing, StandingState, ideas, standing_groups
from dure.members import public as members

MOST_OPEN = 3  # suggestions that a member has not answered: more are a heap, not a hint


@dataclass(frozen=True, slots=True)
class _Found:
    sides: tuple[Standing, ...]
    idea: Idea | None

    @property
    def firms(self) -> tuple[int, ...]:
        return tuple(sorted({firm for side in self.sides for firm in side.firms}))

    @property
    def key(self) -> str:
        return bridge.key_of(self.firms, self.idea.products if self.idea else ())


def note_order(fact: Fact, at: Instant) -> None:
    """Remember an order that a cluster makes; follows OrderAccepted."""
    promised, number = str(fact.sets["promised_on"]), fact.sets["number"]
    assert isinstance(number, int), "plan tells an order's number"
    models.OrderMade.objects.create(
        order_id=fact.aggregate_id,
        number=number,
        cluster_id=str(fact.payload["cluster"]),
        request_id=str(fact.payload["request"]),
        ordered_on=seoul_date(fact.at),
        promised_on=promised,
    )


def note_delivery(fact: Fact, at: Instant) -> None:
    """Remember when an order was delivered; follows OrderDelivered."""
    rows = models.OrderMade.objects.filter(order_id=str(fact.sets["order_id"]))
    rows.update(delivered_on=seoul_date(fact.at))


def note_pieces(fact: Fact, at: Instant) -> None:
    """Remember what an inspection found in an order; follows LotInspected."""
    order, pieces, failed = (fact.payload[name] for name in ("order", "inspected", "failed"))
    if isinstance(pieces, int) and isinstance(failed, int):
        rows = models.OrderMade.objects.filter(order_id=str(order))
        rows.update(pieces=F("pieces") + pieces, failed=F("failed") + failed)


@transaction.atomic
def suggest_standing(at: Instant) -> int:
    """
    Suggest to members the groups that keep coming back and what they could offer; gives how many.

    What was suggested before is not suggested again, and nobody has more than MOST_OPEN that wait
    for its answer; the strongest first. What shows it is brought up to date.
    """
    today = seoul_date(at)
    history = bridge.read_history(today)
    groups = standing_groups(history, today=today)
    firms: dict[int, UUID] = {each.number: each.id for each in members.firms(members.Kind.MEMBER)}
    known = {row.key: row for row in models.Standing.objects.all()}
    waiting = Counter(_waiting(known.values()))
    new = 0
    for found in _worth_saying(groups, ideas(groups, history, bridge.offered())):
        concerned = [firms[number] for number in found.firms]
        if found.key in known:
            _write_sides(known[found.key], found, firms)
        elif all(waiting[firm] < MOST_OPEN for firm in concerned):
            _write_sides(_suggest(found, concerned, at), found, firms)
            waiting.update(concerned)
            new += 1
    return new


@transaction.atomic
def answer_standing(standing_id: UUID, *, firm: FirmId, wants: bool, at: Instant) -> None:
    """
    Say whether one's firm wants what was suggested; no reason is asked for, nobody else is told.

    Raises NotFound for a suggestion that does not concern the firm, Refused once it is decided.
    """
    row = models.Standing.objects.select_for_update().filter(id=standing_id).first()
    if row is None or firm not in row.firm_ids:
        raise NotFound("match.no_standing")
    if row.state != StandingState.OPEN:
        raise Refused("match.standing_decided", number=row.number)
    models.StandingAnswer.objects.update_or_create(
        standing=row, firm_id=firm, defaults={"wants": wants}
    )
    tell(row, STANDING_ANSWERED, at=at, payload={"wants": wants})


def weigh_answers(fact: Fact, at: Instant) -> None:
    """Take it up once all want it, leave it once one does not; follows StandingAnswered."""
    row = models.Standing.objects.select_for_update().get(id=fact.aggregate_id)
    if row.state != StandingState.OPEN:
        return
    answers = dict(row.answers.values_list("firm_id", "wants"))
    if not all(answers.values()):
        tell(row, STANDING_LEFT, at=at, state=StandingState.LEFT)
    elif set(row.firm_ids) <= answers.keys():
        told = {"firms": row.firm_ids, "idea": row.idea}
        state = StandingState.TAKEN_UP
        tell(row, STANDING_TAKEN_UP, at=at, parties=row.firm_ids, payload=told, state=state)


def _worth_saying(groups: Sequence[Standing], found: Sequence[Idea]) -> Iterator[_Found]:
    """Give ideas before groups as they are: they say more, and show their groups, too."""
    yield from (_Found(_sides(idea), idea) for idea in found)
    yield from (_Found((group,), None) for group in groups)


def _sides(idea: Idea) -> tuple[Standing, ...]:
    one, other = idea.sides
    return (one,) if one.firms == other.firms else (one, other)


def _suggest(found: _Found, concerned: list[UUID], at: Instant) -> models.Standing:
    row = models.Standing(
        key=found.key,
        firm_ids=concerned,
        idea=bridge.idea_body(found.idea) if found.idea else None,
        suggested_at=at,
    )
    told = {
        "firms": concerned,
        "idea": row.idea,
        "orders": [list(side.orders) for side in found.sides],
    }
    # No firm is a party yet: each would read the others' names in the fact.
    number = next_number("standing")
    tell(row, STANDING_SUGGESTED, at=at, payload=told, number=number, state=StandingState.OPEN)
    return row


def _write_sides(row: models.Standing, found: _Found, firms: dict[int, UUID]) -> None:
    for position, side in enumerate(found.sides):
        models.StandingSide.objects.update_or_create(
            standing=row,
            position=position,
            defaults={
                "firm_ids": [firms[number] for number in side.firms],
                "evidence": bridge.evidence_body(side, firms),
            },
        )


def _waiting(rows: Iterable[models.Standing]) -> Iterator[UUID]:
    for row in rows:
        if row.state == StandingState.OPEN:
            yield from row.firm_ids
