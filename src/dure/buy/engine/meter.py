"""How far a round is from its next price break: the one number that fills a round."""

from dataclasses import dataclass

from dure.buy.engine.problem import Offer, PriceBreak
from dure.kernel.money import Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """
    An offer at the amount pooled so far.

    `missing_won` more in orders reaches the break, and then all pay `falls_won` less than
    so many packs cost now. `round_up` says that buying up to the break is no dearer already.
    """

    packs: int
    price: Won
    next_packs: int
    next_price: Won
    missing_packs: int
    missing_won: Won
    falls_won: Won
    round_up: bool


def meter(offer: Offer, pooled: int) -> Meter | None:
    """Measure an offer against the amount pooled, in thousandths; None where no break is left."""
    packs = -(-pooled // offer.pack)
    coming = next((step for step in offer.breaks if step.packs > packs), None)
    if coming is None or (offer.most_packs is not None and coming.packs > offer.most_packs):
        return None
    price = _price_now(offer, packs)
    missing = coming.packs - packs
    return Meter(
        packs=packs,
        price=price,
        next_packs=coming.packs,
        next_price=coming.price,
        missing_packs=missing,
        missing_won=Won(missing * coming.price),
        falls_won=Won(packs * (price - coming.price)),
        round_up=coming.packs * coming.price <= packs * price,
    )


def coarse(won: int) -> Won:
    """
    Round up to one digit: what members of a round may see.

    Exact sums shown after each order would tell how much that order was for.
    """
    scale = 10 ** (len(str(won)) - 1)
    return Won(-(-won // scale) * scale)


def _price_now(offer: Offer, packs: int) -> Won:
    """Give the price of so many packs, or the first one while the minimum is not reached."""
    reached: list[PriceBreak] = [step for step in offer.breaks if step.packs <= packs]
    return (reached or [offer.breaks[0]])[-1].price
