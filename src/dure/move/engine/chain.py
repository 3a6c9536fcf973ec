"""
The chain of a lot: which lots it was made of, down to the first, and how each one travelled.

    assemble ─┬─ fill ─┬─ roast
              │        └─ bag
              ├─ fire ── glaze ── form
              ...

A lot of a step is made of the lots of the steps before it in the same order: those that
were shipped to its firm, and those that its firm made itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from dure.kernel.ids import FirmId
from dure.kernel.time import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One shipment of a lot from firm to firm. counted is None while it is on the road."""

    number: int
    lot: UUID
    sender: FirmId
    receiver: FirmId
    sent: int
    counted: int | None
    sent_at: Instant
    received_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One lot: what a firm made in one step of an order."""

    lot: UUID
    step: str
    firm: FirmId
    quantity: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One lot of the chain, the lots it was made of, and how those came to its firm."""

    made: Made
    of: tuple[UUID, ...] = ()
    arrived: tuple[Hop, ...] = ()


def chain(
    lot: UUID,
    *,
    lots: Iterable[Made],
    hops: Iterable[Hop],
    after: Mapping[str, Iterable[str]],
) -> tuple[Link, ...]:
    """
    Give the chain of a lot, itself first, each lot before those that it was made of.

    Empty where the lot is not among lots: the one who asks may not see it.
    """
    by_id = {made.lot: made for made in lots}
    travelled = tuple(sorted(hops, key=lambda hop: hop.number))
    links: dict[UUID, Link] = {}
    waiting = [lot] if lot in by_id else []
    while waiting:
        made = by_id[waiting.pop(0)]
        if made.lot in links:
            continue
        links[made.lot] = _link(made, by_id.values(), travelled, after)
        waiting.extend(links[made.lot].of)
    return tuple(links.values())


def _link(
    made: Made,
    lots: Iterable[Made],
    hops: tuple[Hop, ...],
    after: Mapping[str, Iterable[str]],
) -> Link:
    before = set(after.get(made.step, ()))
    inputs = {each.lot: each for each in lots if each.step in before}
    arrived = tuple(hop for hop in hops if hop.lot in inputs and hop.receiver == made.firm)
    came = {hop.lot for hop in arrived}
    of = [each for each in inputs.values() if each.firm == made.firm or each.lot in came]
    of.sort(key=lambda each: (each.step, each.lot))
    return Link(made=made, of=tuple(each.lot for each in of), arrived=arrived)
