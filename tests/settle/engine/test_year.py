from dataclasses import replace

import pytest
from hypothesis import given

from dure.kernel.errors import Malformed
from dure.kernel.money import Won
from dure.settle.engine.rulebook import rules
from dure.settle.engine.year import MemberYear, YearBooks, close_year
from tests.settle.engine.orders import any_years

BY = rules("framework")
SME = rules("sme-business")


def year(surplus: int, *members: MemberYear, **funds: int) -> YearBooks:
    kept = {"carried_over": 0, "voluntary_reserve": 0, "legal_reserve": 0, **funds}
    return YearBooks(
        year=2026,
        surplus=Won(surplus),
        members=members,
        **{name: Won(amount) for name, amount in kept.items()},
    )


def member(number: int, paid_in: int = 10_000_000, use: int = 1) -> MemberYear:
    return MemberYear(member=number, paid_in=Won(paid_in), use=Won(use))


def test_it_works():
    proposal = close_year(year(10_000_001, member(1, use=3), member(2, use=1)), BY)

    assert "proposed" == proposal.state
    assert 1_000_001 == proposal.to_legal_reserve
    assert (600_000, 3_900_000) == (proposal.capital, proposal.patronage)
    assert [2_925_000, 975_000] == [dividend.patronage for dividend in proposal.dividends]
    assert 4_500_000 == proposal.carried_over


@given(any_years())
def test_every_won_of_a_year_has_one_place(books):
    proposal = close_year(books, BY)

    gone = proposal.to_legal_reserve + proposal.capital + proposal.patronage
    covered = sum(proposal.covered.values()) - proposal.covered.get("carried_over", 0)
    before = books.surplus + books.carried_over + covered
    assert before == gone + proposal.carried_over - proposal.uncovered


@given(any_years())
def test_the_law_of_dividends_holds(books):
    proposal = close_year(books, BY)

    assert 2 * proposal.patronage >= proposal.patronage + proposal.capital
    paid_in = {member.member: member.paid_in for member in books.members}
    assert all(10 * each.capital <= paid_in[each.member] for each in proposal.dividends)
    full = 3 * sum(paid_in.values())
    result = books.surplus + min(0, books.carried_over)
    if result > 0:
        kept = 10 * proposal.to_legal_reserve
        assert kept >= result or books.legal_reserve + proposal.to_legal_reserve >= full


def test_the_reserve_stops_at_three_times_paid_in():
    nearly = year(10_000_000, member(1), legal_reserve=29_999_999)
    full = year(10_000_000, member(1), legal_reserve=30_000_000)

    assert 1 == close_year(nearly, BY).to_legal_reserve
    assert 0 == close_year(full, BY).to_legal_reserve


def test_a_loss_is_covered_in_the_order_of_the_law():
    books = year(-100, member(1), carried_over=30, voluntary_reserve=50, legal_reserve=10)

    proposal = close_year(books, BY)

    assert [("carried_over", 30), ("voluntary_reserve", 50), ("legal_reserve", 10)] == list(
        proposal.covered.items()
    )
    assert 10 == proposal.uncovered
    assert () == proposal.dividends


def test_an_open_loss_is_covered_before_anything_is_shared():
    proposal = close_year(year(1_000, member(1), carried_over=-900), BY)

    assert (10, 45) == (proposal.to_legal_reserve, proposal.patronage + proposal.capital)


def test_capital_gives_way_where_patronage_would_be_less_than_half():
    proposal = close_year(year(1_000, member(1), member(2)), BY)

    assert (224, 226) == (proposal.capital, proposal.patronage)


def test_a_year_without_use_pays_no_dividends():
    proposal = close_year(year(1_000, member(1, use=0)), BY)

    assert () == proposal.dividends
    assert 900 == proposal.carried_over


def test_ties_go_to_the_lower_member_number():
    proposal = close_year(year(5, member(3, 0), member(1, 0), member(2, 0)), BY)

    assert [1, 1, 0] == [dividend.patronage for dividend in proposal.dividends]


def test_the_other_act_carries_a_tenth_over_every_year():
    books = year(1_000_000, member(1), legal_reserve=10**9)
    paid_all = replace(SME, bylaws={**SME.bylaws, "dividend_part_basis_points": 10_000})

    assert 100_000 == close_year(books, paid_all).carried_over


def test_figures_that_cannot_be_are_refused():
    for wrong in (
        year(1, member(1, -1)),
        year(1, member(1), member(1)),
        year(1, member(1), legal_reserve=-1),
    ):
        with pytest.raises(Malformed):
            close_year(wrong, BY)
