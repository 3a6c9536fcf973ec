"""What the API gives of trust: one's own position, reasons, the frontier, agreements."""

from datetime import date, datetime
from uuid import UUID

from ninja import Schema

from dure.match.engine.agreement import Agreement
from dure.match.engine.frontier import Frontier
from dure.match.engine.why import Position, Why
from dure.match.schemas.clusters import ReasonOut


class PositionOut(Schema):
    """
    How one's own firm stands; advice: what would change it.

    share_percent: its part of the members' work, 100 being an even one, in tens; null where fewer
    than five have work. fails_bp: pieces in 10,000 expected to fail; usual_bp: to begin with.
    """

    weighed: int
    offered: int
    accepted: int
    declined: int
    silent: int
    share_percent: int | None
    fails_bp: int
    usual_bp: int
    inspected: int
    advice: list[ReasonOut]


class WhyOut(Schema):
    """Why one was chosen for a step or not. third: 1 the best, 3 the last, 0 where none is told."""

    step: str
    reason: ReasonOut
    third: int
    on: date


class PointOut(Schema):
    """One weight of fair share, in basis points, and what it costs and evens out."""

    weight_bp: int
    extra_bp: int
    busiest_bp: int
    members: int


class FrontierOut(Schema):
    """What each weight of fair share costs, over so many needs, as it was found on a day."""

    on: date
    needs: int
    is_simulated: bool
    points: list[PointOut]


class RoleOut(Schema):
    """One step of an agreement, whose it is, and the fact by which its member accepted."""

    step: str
    name: str
    name_en: str
    firm: UUID
    quantity: int
    good: int
    unit: str
    due: date
    acceptance: UUID


class BrandOut(Schema):
    """Under whose name the goods go out."""

    name: str
    name_en: str
    product: str
    product_en: str


class AgreementOut(Schema):
    """A cluster's agreement. mine_won: one's own share; the office sees all together."""

    id: UUID
    number: int
    cluster: UUID
    request: UUID
    signed_at: datetime
    version: int
    roles: list[RoleOut]
    rules: list[ReasonOut]
    brand: BrandOut
    mine_won: int | None


def position_out(position: Position) -> dict[str, object]:
    """Give a position as the API shows it, its advice apart."""
    return {name: getattr(position, name) for name in Position.__dataclass_fields__}


def why_out(why: Why) -> dict[str, object]:
    """Give what a member was told as the API shows it."""
    return {
        "step": why.step,
        "reason": why.reason.as_json(),
        "third": why.third,
        "on": why.on,
    }


def frontier_out(found: Frontier) -> dict[str, object]:
    """Give a frontier as the API shows it."""
    names = PointOut.model_fields
    points = [{name: getattr(point, name) for name in names} for point in found.points]
    shown = {"on": found.on, "needs": found.needs, "is_simulated": found.is_simulated}
    return {**shown, "points": points}


def agreement_out(found: Agreement) -> dict[str, object]:
    """Give an agreement as the API shows it."""
    kept = ("id", "number", "cluster", "request", "signed_at", "version")
    return {
        **{name: getattr(found, name) for name in kept},
        "roles": [
            {name: getattr(role, name) for name in RoleOut.model_fields} for role in found.roles
        ],
        "rules": [rule.as_json() for rule in found.rules],
        "brand": {name: getattr(found.brand, name) for name in BrandOut.model_fields},
        "mine_won": found.mine,
    }
