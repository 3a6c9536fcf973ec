"""What other rooms may ask of joint purchasing."""

from dataclasses import dataclass
from uuid import UUID

from dure.buy import models
from dure.kernel.errors import NotFound
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.members.public import firms_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialUse:
    """What a member's part of a round is for: an order by its number, or 0 for itself."""

    order: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPart:
    """What a member pays of a round, without VAT, and for what in which proportion."""

    firm: FirmId
    number: int
    pays: Won
    uses: tuple[MaterialUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierPart:
    """What a supplier gets of a round, without VAT."""

    firm: FirmId
    number: int
    won: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardedRound:
    """An awarded round in money. Suppliers' and members' sums are the same."""

    id: UUID
    number: int
    suppliers: tuple[SupplierPart, ...]
    members: tuple[MemberPart, ...]


def awarded_round(round_id: UUID) -> AwardedRound:
    """Give an awarded round, for the office and the worker; raises NotFound before its award."""
    award = models.Award.objects.filter(round_id=round_id).select_related("round").first()
    if award is None:
        raise NotFound("buy.no_round")
    allocations = award.round.allocations.order_by("member_number")
    return AwardedRound(
        id=award.round_id,
        number=award.round.number,
        suppliers=_suppliers(award.round),
        members=tuple(_member(award.round, row) for row in allocations),
    )


def _suppliers(round_: models.PurchaseRound) -> tuple[SupplierPart, ...]:
    won: dict[UUID, int] = {}
    for order in round_.purchase_orders.all():
        won[order.supplier_id] = won.get(order.supplier_id, 0) + order.goods + order.freight
    firms = firms_by_id(won)
    parts = [
        SupplierPart(firm=FirmId(firm), number=firms[firm].number, won=Won(paid))
        for firm, paid in won.items()
    ]
    return tuple(sorted(parts, key=lambda part: part.number))


def _member(round_: models.PurchaseRound, row: models.Allocation) -> MemberPart:
    """Weigh each order by its part of the member's lines, in won times thousandths."""
    needs = round_.needs.filter(member_id=row.member_id, state=models.MaterialNeed.State.AWARDED)
    lines = {line.item_id: line for line in row.lines.all()}
    weights: dict[int, int] = {}
    for need in needs:
        line = lines[need.item_id]
        part = (line.goods + line.freight) * need.amount / line.amount
        weights[need.order_number] = weights.get(need.order_number, 0) + int(part * 1_000)
    return MemberPart(
        firm=FirmId(row.member_id),
        number=row.member_number,
        pays=Won(row.pays),
        uses=tuple(MaterialUse(order=order, weight=weights[order]) for order in sorted(weights)),
    )
