"""Rounds that the tests of the purchase engine share."""

from hypothesis import strategies as st

from dure.buy.engine.problem import Need, Offer, PriceBreak, Problem, Supplier
from dure.kernel.money import Won


def need(member: int, amount: int, item: int = 1, by_day: int = 9) -> Need:
    return Need(member=member, item=item, amount=amount * 1_000, by_day=by_day)


def offer(supplier: int, *breaks: tuple[int, int], item: int = 1, most: int | None = None) -> Offer:
    return Offer(
        item=item,
        supplier=supplier,
        pack=1_000,
        breaks=tuple(PriceBreak(packs=packs, price=Won(price)) for packs, price in breaks),
        most_packs=most,
    )


def supplier(number: int, freight: int = 0, lead_days: int = 3) -> Supplier:
    return Supplier(number=number, freight=Won(freight), lead_days=lead_days)


def round_of(*parts: Need | Offer | Supplier, most_suppliers: int | None = None) -> Problem:
    return Problem(
        needs=tuple(part for part in parts if isinstance(part, Need)),
        offers=tuple(part for part in parts if isinstance(part, Offer)),
        suppliers=tuple(part for part in parts if isinstance(part, Supplier)),
        most_suppliers=most_suppliers,
    )


@st.composite
def small_rounds(draw: st.DrawFn) -> Problem:
    """Rounds of two items and two suppliers, small enough to try every purchase."""
    needs = [
        need(member, draw(st.integers(1, 4)), item=item, by_day=draw(st.sampled_from([2, 5])))
        for member in (1, 2)
        for item in (1, 2)
        if draw(st.booleans()) or (member, item) == (1, 1)
    ]
    suppliers = [
        supplier(1, draw(st.integers(0, 400)), lead_days=1),
        supplier(2, draw(st.integers(0, 400)), lead_days=draw(st.sampled_from([1, 3]))),
    ]
    offers = [offer(number, *draw(_breaks()), item=item) for number in (1, 2) for item in (1, 2)]
    return round_of(*needs, *suppliers, *offers, most_suppliers=draw(st.sampled_from([None, 1, 2])))


@st.composite
def _breaks(draw: st.DrawFn) -> list[tuple[int, int]]:
    minimum, price = draw(st.integers(1, 4)), draw(st.integers(100, 300))
    return [
        (minimum, price),
        (minimum + draw(st.integers(1, 6)), price - draw(st.integers(1, 90))),
    ][: draw(st.integers(1, 2))]
