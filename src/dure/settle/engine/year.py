"""
A year closed: the loss covered or the surplus proposed, by the rules of the legal form.

    loss       carried over, then voluntary reserve, then legal reserve, then next year
    reserve    at least its part of the surplus, rounded up, until it is so many times paid-in
    carry over at least its part of the surplus, where the law asks for it
    capital    dividend on paid-in, rounded down for each member under the statutory cap
    patronage  by use, largest remainder, ties to the lower member number: at least its
               part of all dividends

Nothing of this is resolved: the assembly resolves. Contributions are never set off.
(협동조합 기본법 arts. 50, 51; 중소기업협동조합법 arts. 70, 71.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dure.kernel.errors import Malformed
from dure.kernel.money import Won, percent_down, percent_up, split_by_weight
from dure.settle.engine.rulebook import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberYear:
    """A member's paid-in contribution at the end of the year, and its use of the cooperative."""

    member: int
    paid_in: Won
    use: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class YearBooks:
    """
    What a year leaves: its surplus (negative: a loss), and what stood in the funds before.

    carried_over is negative where an earlier loss is not covered yet.
    """

    year: int
    surplus: Won
    carried_over: Won
    voluntary_reserve: Won
    legal_reserve: Won
    members: tuple[MemberYear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """What one member would get."""

    member: int
    capital: Won
    patronage: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """
    What the assembly is asked to resolve. state is always "proposed".

    covered: what each fund gives to cover the loss; uncovered: the loss left to next year.
    """

    year: int
    state: str
    covered: Mapping[str, Won]
    uncovered: Won
    to_legal_reserve: Won
    dividends: tuple[Dividend, ...]
    carried_over: Won

    @property
    def capital(self) -> Won:
        """Give all capital dividends."""
        return Won(sum(dividend.capital for dividend in self.dividends))

    @property
    def patronage(self) -> Won:
        """Give all patronage dividends."""
        return Won(sum(dividend.patronage for dividend in self.dividends))


def close_year(books: YearBooks, rules: Rules) -> Proposal:
    """
    Propose what becomes of a year's result.

    An earlier loss that is still open is covered first. Surplus and what was carried over
    always equal reserve, dividends and what is carried over again. Raises Malformed for
    negative reserves or figures of a member.
    """
    _check(books)
    result = Won(books.surplus + min(0, books.carried_over))
    if result < 0:
        return _cover_loss(books, Won(-result), rules)
    free = Won(books.surplus + books.carried_over)
    reserve = _reserve(books, result, rules)
    kept = percent_up(result, rules.form["carry_over"]["basis_points"])
    can_be_paid = max(0, free - reserve - kept)
    dividends = _dividends(Won(can_be_paid), books.members, rules)
    paid = sum(dividend.capital + dividend.patronage for dividend in dividends)
    return Proposal(
        year=books.year,
        state="proposed",
        covered={},
        uncovered=Won(0),
        to_legal_reserve=Won(reserve),
        dividends=dividends,
        carried_over=Won(free - reserve - paid),
    )


def _check(books: YearBooks) -> None:
    funds = books.voluntary_reserve, books.legal_reserve
    figures = [number for member in books.members for number in (member.paid_in, member.use)]
    if min(*funds, *figures, 0) < 0:
        raise Malformed("settle.year_figures", year=books.year)
    if len({member.member for member in books.members}) != len(books.members):
        raise Malformed("settle.year_figures", year=books.year)


def _cover_loss(books: YearBooks, loss: Won, rules: Rules) -> Proposal:
    """Cover a loss out of the funds in the order of the law; what is left waits for next year."""
    covered: dict[str, Won] = {}
    for fund in rules.form["loss_order"]["order"]:
        covered[fund] = Won(min(loss, max(0, getattr(books, fund))))
        loss = Won(loss - covered[fund])
    return Proposal(
        year=books.year,
        state="proposed",
        covered=covered,
        uncovered=loss,
        to_legal_reserve=Won(0),
        dividends=(),
        carried_over=Won(max(0, books.carried_over) - covered["carried_over"]),
    )


def _reserve(books: YearBooks, result: Won, rules: Rules) -> int:
    """Give the statutory part, rounded up, but no more than the full reserve still misses."""
    rule = rules.form["reserve"]
    paid_in = sum(member.paid_in for member in books.members)
    missing = percent_up(Won(paid_in), rule["until_basis_points"]) - books.legal_reserve
    return max(0, min(percent_up(result, rule["basis_points"]), missing))


def _dividends(
    can_be_paid: Won, members: Sequence[MemberYear], rules: Rules
) -> tuple[Dividend, ...]:
    all_paid = percent_down(can_be_paid, rules.bylaws["dividend_part_basis_points"])
    use = {member.member: int(member.use) for member in members}
    if not any(use.values()):
        return ()
    capital = _capital(all_paid, members, rules)
    patronage = split_by_weight(Won(all_paid - sum(capital.values())), use)
    return tuple(
        Dividend(member=member, capital=capital[member], patronage=patronage[member])
        for member in sorted(use)
    )


def _capital(all_paid: Won, members: Sequence[MemberYear], rules: Rules) -> dict[int, Won]:
    """Give the capital dividends: the bylaws' rate under the law's, leaving patronage its part."""
    most = rules.form["capital_dividend"]["most_basis_points"]
    rate = min(rules.bylaws["capital_dividend_basis_points"], most)
    asked = {member.member: percent_down(member.paid_in, rate) for member in members}
    room = percent_down(all_paid, 10_000 - rules.form["patronage"]["least_basis_points"])
    whole = sum(asked.values())
    if whole <= room:
        return asked
    return {who: Won(won * room // whole) for who, won in asked.items()}
