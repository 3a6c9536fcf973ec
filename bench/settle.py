"""Money: a year closed for 10,145 members, and an order settled."""

from collections.abc import Iterator
from datetime import date
from random import Random

from bench import Figure, seconds
from dure.kernel.money import Won
from dure.settle.engine.form import replay, settlement_bytes, year_bytes
from dure.settle.engine.order import DeliveredOrder, Step
from dure.settle.engine.rulebook import rules
from dure.settle.engine.year import MemberYear, YearBooks, close_year

MEMBERS = 10_145
SURPLUS = Won(3_271_000_017)


def figures() -> Iterator[Figure]:
    """Close a year, settle an order, and compare with plain sums and naive flooring."""
    by = rules("framework")
    books = _books(Random(20261121))
    proposal = close_year(books, by)
    use = {member.member: member.use for member in books.members}
    whole = sum(use.values())
    floored = sum(proposal.patronage * each // whole for each in use.values())
    shared = proposal.capital + proposal.patronage
    left = proposal.to_legal_reserve + proposal.carried_over
    yield Figure(
        name=f"year closed for {MEMBERS:,} members",
        value=seconds(lambda: close_year(books, by)),
        unit="s",
        reach=60,
        peer="a plain sum over the members' use",
        peer_value=seconds(lambda: sum(member.use for member in books.members)),
    )
    yield Figure(
        name="won without a place after the close",
        value=abs(SURPLUS - shared - left),
        unit="won",
        reach=0,
        peer="naive flooring of the same patronage",
        peer_value=proposal.patronage - floored,
    )
    stored = year_bytes(books, by)
    yield Figure(
        name="auditor's replay of the close, byte by byte",
        value=seconds(lambda: replay(stored)),
        unit="s",
        reach=300,
        peer="the close itself",
        peer_value=seconds(lambda: close_year(books, by)),
    )
    order = _order()
    yield Figure(
        name="order of eight steps settled, stored and named",
        value=seconds(lambda: settlement_bytes(order, by, ())),
        unit="s",
        reach=None,
        peer="its shares added up",
        peer_value=seconds(lambda: sum(step.price for step in order.steps), times=30),
    )


def _books(chance: Random) -> YearBooks:
    return YearBooks(
        year=2026,
        surplus=SURPLUS,
        carried_over=Won(0),
        voluntary_reserve=Won(0),
        legal_reserve=Won(0),
        members=tuple(
            MemberYear(
                member=number,
                paid_in=Won(chance.randint(1, 300) * 10_000),
                use=Won(int(chance.paretovariate(1.2) * 1_000_000)),
            )
            for number in range(1, MEMBERS + 1)
        ),
    )


def _order() -> DeliveredOrder:
    steps = tuple(
        Step(number=n, name=f"step {n}", member=n, price=Won(777_777 * n), quantity=520)
        for n in range(1, 9)
    )
    return DeliveredOrder(
        number=1,
        buyer=30,
        price=Won(41_000_000),
        ordered=500,
        accepted=497,
        rejected=3,
        received_on=date(2026, 12, 3),
        deposit_paid=Won(4_100_000),
        steps=steps,
        materials=(),
        fee_basis_points=300,
    )
