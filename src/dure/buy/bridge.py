"""Between rows of joint purchasing and the values of its engine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from dure.buy import models
from dure.buy.engine.award import Award, gap_ppm
from dure.buy.engine.form import award_as_json, decision_bytes
from dure.buy.engine.meter import Meter, coarse, meter
from dure.buy.engine.problem import Need, Offer, PriceBreak, Problem, Supplier, arranged
from dure.buy.engine.solve import Decision
from dure.kernel.actor import Actor, Role
from dure.kernel.errors import Malformed
from dure.kernel.money import Won
from dure.members.public import Firm, firms_by_id

THOUSAND = 1_000
FEWEST = 5


def thousandths(amount: Decimal) -> int:
    """Give an amount as the engine counts it; raises Malformed past a thousandth."""
    scaled = amount * THOUSAND
    if scaled != int(scaled):
        raise Malformed("buy.too_fine")
    return int(scaled)


def units(amount: int) -> Decimal:
    """Give an engine's amount in the item's unit."""
    return Decimal(amount) / THOUSAND


def read_problem(round_: models.PurchaseRound, on: date) -> Problem:
    """Read a round's needs and the offers valid on a day; an offer's number is its supplier."""
    needs = list(round_.needs.select_related("item"))
    offers = read_offers(on)
    wanted = {need.item.number for need in needs}
    return arranged(
        Problem(
            needs=read_needs(needs, on, _soonest(offers)),
            offers=tuple(offer for offer in offers.lines if offer.item in wanted),
            suppliers=offers.suppliers,
        )
    )


def read_needs(
    rows: Iterable[models.MaterialNeed], on: date, soonest: Mapping[int, int]
) -> tuple[Need, ...]:
    """
    Give needs as the engine reads them: members and items by number, days from today.

    What an accepted order needs is bought in any case: where its day is too near, as soon as
    anybody delivers it.
    """
    rows = list(rows)
    firms = firms_by_id(row.member_id for row in rows)
    return tuple(
        Need(
            member=firms[row.member_id].number,
            item=row.item.number,
            amount=thousandths(row.amount),
            by_day=max((row.by - on).days, soonest.get(row.item.number, 0) if row.order_id else 0),
        )
        for row in rows
    )


def _soonest(offers: "Offers") -> dict[int, int]:
    """Give for each item the days in which the fastest supplier delivers it."""
    lead = {supplier.number: supplier.lead_days for supplier in offers.suppliers}
    days: dict[int, int] = {}
    for offer in offers.lines:
        days[offer.item] = min(days.get(offer.item, lead[offer.supplier]), lead[offer.supplier])
    return days


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """All offers valid on a day: their lines, and the terms of delivery by offer number."""

    lines: tuple[Offer, ...]
    suppliers: tuple[Supplier, ...]


def read_offers(on: date) -> Offers:
    """Read the offers valid on a day; a supplier's newer line for an item replaces its older."""
    rows = [
        row
        for row in models.SupplierOffer.objects.order_by("-number")
        if row.valid_until is None or row.valid_until >= on
    ]
    numbers = dict(models.Item.objects.values_list("code", "number"))
    seen: set[tuple[UUID, str]] = set()
    lines = []
    for row in rows:
        for line in row.lines:
            if (row.supplier_id, line["item"]) not in seen:
                lines.append(offer_line(row.number, numbers[line["item"]], line))
        seen |= {(row.supplier_id, line["item"]) for line in row.lines}
    suppliers = tuple(
        Supplier(number=row.number, freight=Won(row.freight), lead_days=row.lead_days)
        for row in rows
    )
    return Offers(lines=tuple(lines), suppliers=suppliers)


def offer_line(number: int, item: int, line: Mapping[str, Any]) -> Offer:
    """Give one line of an offer as the engine reads it."""
    return Offer(
        item=item,
        supplier=number,
        pack=thousandths(Decimal(line["pack"])),
        most_packs=line["most_packs"],
        breaks=tuple(
            PriceBreak(packs=step["packs"], price=Won(step["price"])) for step in line["breaks"]
        ),
    )


def best_meter(item: int, pooled: int, offers: Offers) -> Meter | None:
    """Measure the way to the next break of the offer that is cheapest at what is pooled so far."""
    own = [offer for offer in offers.lines if offer.item == item]
    found = [(found, offer.key) for offer in own if (found := meter(offer, pooled))]
    cheapest = sorted(found, key=lambda pair: (pair[0].packs * pair[0].price, pair[1]))
    return cheapest[0][0] if cheapest else None


def write_round_item(round_: models.PurchaseRound, item: models.Item, on: date) -> None:
    """Publish what members may know of an item in a round, once five firms need it."""
    needs = round_.needs.filter(item=item)
    amount = sum((need.amount for need in needs), Decimal(0))
    firms = len({need.member_id for need in needs})
    offers = read_offers(on) if firms >= FEWEST else None
    way = best_meter(item.number, thousandths(amount), offers) if offers else None
    shown = {
        "missing_won": coarse(way.missing_won) if way else None,
        "falls_won": coarse(way.falls_won) if way else None,
    }
    models.RoundItem.objects.update_or_create(round=round_, item=item, defaults=shown)


def write_award(round_: models.PurchaseRound, decision: Decision) -> models.Award:
    """Store a decision whole, with its digest."""
    stored = decision_bytes(decision)
    award = decision.award
    return models.Award.objects.create(
        round=round_,
        decision=stored,
        digest=sha256(stored).hexdigest(),
        total=award.total,
        claimed_bound=award.claimed_bound,
        certified_bound=award.certified_bound,
    )


def purchase_orders(round_: models.PurchaseRound, award: Award) -> list[models.PurchaseOrder]:
    """Make the orders to suppliers, not stored yet."""
    offers = {row.number: row for row in models.SupplierOffer.objects.all()}
    found = []
    for number, freight in sorted(award.freights.items()):
        own = [line for line in award_as_json(award)["purchases"] if line["supplier"] == number]
        found.append(
            models.PurchaseOrder(
                round=round_,
                offer=offers[number],
                supplier_id=offers[number].supplier_id,
                freight=freight,
                goods=sum(line["cost"] for line in own),
                lines=[{name: line[name] for name in LINE} for line in own],
            )
        )
    return found


LINE = ("item", "packs", "price", "cost")


def allocations(
    round_: models.PurchaseRound, award: Award, member_ids: Mapping[int, UUID]
) -> list[models.Allocation]:
    """Make the members' shares, not stored yet."""
    return [
        models.Allocation(
            round=round_,
            member_id=member_ids[share.member],
            member_number=share.member,
            goods=share.goods,
            freight=share.freight,
            levelled=share.levelled,
            pays=share.pays,
            alone=share.alone.cost if share.alone else share.pays,
            alone_bound=share.alone.bound if share.alone else 0,
        )
        for share in award.sheet.shares
    ]


def write_lines(rows: Iterable[models.Allocation], award: Award) -> None:
    """Store the lines of the allocation sheet under the members' shares."""
    of_member = {row.member_number: row for row in rows}
    items = {item.number: item for item in models.Item.objects.all()}
    models.AllocationLine.objects.bulk_create(
        models.AllocationLine(
            allocation=of_member[line.member],
            member_id=of_member[line.member].member_id,
            item=items[line.item],
            amount=units(line.amount),
            goods=line.goods,
            freight=line.freight,
        )
        for line in award.sheet.lines
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """An item of a round as one reader sees it: amounts of others are None for a member."""

    item: str
    name: str
    name_en: str
    unit: str
    mine: Decimal | None
    pooled: Decimal | None
    missing_won: int | None
    falls_won: int | None
    round_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """So many packs of an item at one price a pack, in won without VAT."""

    item: models.Item
    pack: Decimal
    packs: int
    price: int
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOrder:
    """What the cooperative ordered from a supplier in one round, in won without VAT."""

    id: UUID
    round_number: int
    supplier: Firm
    lead_days: int
    freight: int
    goods: int
    lines: tuple[OrderedLine, ...]

    @property
    def total(self) -> int:
        """Give what the supplier is paid."""
        return self.goods + self.freight


def shown_orders(rows: Iterable[models.PurchaseOrder]) -> tuple[ShownOrder, ...]:
    """Give orders with the names of items and supplier, newest round first."""
    found = sorted(rows, key=lambda row: (-row.round.number, row.offer.number))
    suppliers = firms_by_id({row.supplier_id for row in found})
    items = {item.number: item for item in models.Item.objects.all()} if found else {}
    return tuple(
        ShownOrder(
            id=row.id,
            round_number=row.round.number,
            supplier=suppliers[row.supplier_id],
            lead_days=row.offer.lead_days,
            freight=row.freight,
            goods=row.goods,
            lines=tuple(_ordered_line(row.offer, items[each["item"]], each) for each in row.lines),
        )
        for row in found
    )


def _ordered_line(
    offer: models.SupplierOffer, item: models.Item, line: Mapping[str, Any]
) -> OrderedLine:
    pack = next(each["pack"] for each in offer.lines if each["item"] == item.code)
    numbers = {name: line[name] for name in ("packs", "price", "cost")}
    return OrderedLine(item=item, pack=Decimal(pack), **numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRound:
    """A round as one reader sees it."""

    id: UUID
    number: int
    state: str
    opened_at: datetime
    items: tuple[ShownItem, ...]
    allocation: models.Allocation | None
    allocations: tuple[models.Allocation, ...]
    purchase_orders: tuple[ShownOrder, ...]
    award: models.Award | None

    @property
    def total(self) -> int | None:
        """Give what the round costs, for the office."""
        return self.award.total if self.award else None

    @property
    def gap_ppm(self) -> int | None:
        """Give the distance to the solver's bound in millionths."""
        return gap_ppm(self.award.total, self.award.claimed_bound) if self.award else None

    @property
    def certified_gap_ppm(self) -> int | None:
        """Give the distance to the proved bound in millionths."""
        return gap_ppm(self.award.total, self.award.certified_bound) if self.award else None

    @property
    def digest(self) -> str | None:
        """Give the SHA-256 of the stored decision."""
        return self.award.digest if self.award else None


def show_round(row: models.PurchaseRound, actor: Actor, on: date) -> ShownRound:
    """Give a round as the actor may see it. Row policies already hide what is others'."""
    sees_all = actor.role in (Role.OFFICE, Role.SYSTEM)
    allocations = tuple(row.allocations.order_by("member_number"))
    return ShownRound(
        id=row.id,
        number=row.number,
        state=row.state,
        opened_at=row.opened_at,
        items=_shown_items(row, on, sees_all=sees_all),
        allocation=next((own for own in allocations if own.member_id == actor.firm), None),
        allocations=allocations if sees_all else (),
        purchase_orders=shown_orders(row.purchase_orders.select_related("round", "offer")),
        award=models.Award.objects.filter(round=row).first(),
    )


def _shown_items(row: models.PurchaseRound, on: date, *, sees_all: bool) -> tuple[ShownItem, ...]:
    """Members see their own items, and of others no more than the published way to the break."""
    published = {line.item_id: line for line in row.items.all()}
    offers = read_offers(on) if sees_all and row.state == row.State.OPEN else None
    amounts: dict[models.Item, Decimal] = {}
    for need in row.needs.select_related("item").order_by("item__number"):
        amounts[need.item] = amounts.get(need.item, Decimal(0)) + need.amount
    found = []
    for item, amount in amounts.items():
        line = published.get(item.id)
        way = best_meter(item.number, thousandths(amount), offers) if offers else None
        found.append(
            ShownItem(
                item=item.code,
                name=item.name,
                name_en=item.name_en,
                unit=item.unit,
                mine=None if sees_all else amount,
                pooled=amount if sees_all else None,
                missing_won=way.missing_won if way else (line.missing_won if line else None),
                falls_won=way.falls_won if way else (line.falls_won if line else None),
                round_up=bool(way and way.round_up),
            )
        )
    return tuple(found)
