"""Orders and years that the tests of the settlement engine share."""

from datetime import date

from hypothesis import strategies as st

from dure.kernel.money import Won
from dure.settle.engine.order import Deduction, DeliveredOrder, OrderMaterial, Step
from dure.settle.engine.year import MemberYear, YearBooks

DECEMBER_3 = date(2026, 12, 3)
won = st.integers(0, 10**9).map(Won)


def step(number: int, member: int, price: int, quantity: int = 500, **pieces: int) -> Step:
    return Step(
        number=number,
        name=f"step {number}",
        member=member,
        price=Won(price),
        quantity=quantity,
        deductions=tuple(Deduction(kind=kind, pieces=count) for kind, count in pieces.items()),
    )


def delivered(
    *steps: Step,
    price: int = 5_000_000,
    accepted: int = 500,
    rejected: int = 0,
    deposit: int = 0,
    materials: tuple[OrderMaterial, ...] = (),
) -> DeliveredOrder:
    return DeliveredOrder(
        number=12,
        buyer=30,
        price=Won(price),
        ordered=500,
        accepted=accepted,
        rejected=rejected,
        received_on=DECEMBER_3,
        deposit_paid=Won(deposit),
        steps=steps,
        materials=materials,
        fee_basis_points=300,
    )


@st.composite
def any_orders(draw: st.DrawFn) -> DeliveredOrder:
    steps = [
        step(
            number,
            draw(st.integers(1, 9)),
            draw(won),
            rejected=draw(st.integers(0, 250)),
            difference=draw(st.integers(0, 250)),
        )
        for number in range(1, draw(st.integers(1, 6)))
    ]
    bought = draw(st.lists(st.tuples(st.integers(1, 9), won), max_size=4))
    return delivered(
        *steps,
        price=draw(won),
        accepted=draw(st.integers(0, 520)),
        deposit=draw(won),
        materials=tuple(OrderMaterial(round=1, member=who, won=paid) for who, paid in bought),
    )


@st.composite
def any_years(draw: st.DrawFn) -> YearBooks:
    figures = draw(st.lists(st.tuples(won, won), min_size=1, max_size=12))
    return YearBooks(
        year=2026,
        surplus=Won(draw(st.integers(-(10**10), 10**10))),
        carried_over=Won(draw(st.integers(-(10**8), 10**9))),
        voluntary_reserve=draw(won),
        legal_reserve=draw(won),
        members=tuple(
            MemberYear(member=number, paid_in=paid_in, use=use)
            for number, (paid_in, use) in enumerate(figures, 1)
        ),
    )
