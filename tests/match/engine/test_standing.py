from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dure.match.engine.standing import LEAST_ORDERS, Made, Part, ideas, standing_groups

TODAY = date(2026, 11, 21)
FORMER, GLAZER, PACKER, PRINTER, RIVAL = 1, 2, 3, 4, 9
CUPS = (
    Part(process="ceramic-forming", firm=FORMER),
    Part(process="glazing", firm=GLAZER, after=("ceramic-forming",)),
    Part(process="kitting", firm=PACKER, after=("glazing",)),
)
BAGS = (
    Part(process="gravure-printing", firm=PRINTER),
    Part(process="kitting", firm=PACKER, after=("gravure-printing",)),
)


def made(product, parts, *, times, first=1, **more):
    said = {"on": TODAY, "on_time": True} | more
    return [
        Made(order=number, product=product, parts=parts, **said)
        for number in range(first, first + times)
    ]


def groups(history):
    return standing_groups(history, today=TODAY)


def test_who_made_three_orders_together_stands_with_what_shows_it():
    history = made("CUP", CUPS, times=3, pieces=100, failed=1)

    (group,) = groups(history)

    assert (FORMER, GLAZER, PACKER) == group.firms
    assert ("glazing",) == group.roles[GLAZER]
    assert ((1, 2, 3), ("CUP",)) == (group.orders, group.products)
    assert (3, 3, 300, 3) == (group.on_time, group.timed, group.pieces, group.failed)


def test_two_orders_are_no_habit():
    assert () == groups(made("CUP", CUPS, times=LEAST_ORDERS - 1))


def test_a_pair_inside_a_group_is_told_only_where_it_is_more():
    trio, pair = made("CUP", CUPS, times=4), made("RAW-CUP", CUPS[:2], times=1, first=5)
    often = made("RAW-CUP", CUPS[:2], times=9, first=5)

    assert [3] == [len(each.firms) for each in groups([*trio, *pair])]
    assert [2, 3] == sorted(len(each.firms) for each in groups([*trio, *often]))


def test_late_faulty_and_old_work_makes_a_group_weaker():
    def strength(**more):
        (group,) = groups(made("CUP", CUPS, times=3, **more))
        return group.strength

    assert strength() > strength(on_time=False)
    assert strength(pieces=100) > strength(pieces=100, failed=50)
    assert strength() > strength(on=TODAY - timedelta(days=365))


def test_two_groups_that_share_a_packer_could_offer_a_set_that_nobody_does():
    history = [*made("CUP", CUPS, times=3), *made("BAG", BAGS, times=3, first=4)]

    (idea,) = ideas(groups(history), history, [frozenset({"kitting", "glazing"})])

    assert {"CUP", "BAG"} == set(idea.products)
    assert ("kitting", PACKER) == (idea.at, idea.hinge)
    assert (FORMER, GLAZER, PACKER, PRINTER) == idea.firms
    assert "kitting" == idea.processes[-1]
    assert ("glazing", "kitting") in idea.links


def test_a_step_split_between_two_members_is_no_hindrance():
    split = (*CUPS, Part(process="glazing", firm=RIVAL, after=("ceramic-forming",)))
    history = [*made("CUP", split, times=3), *made("BAG", BAGS, times=3, first=4)]

    (idea,) = ideas(groups(history), history, [])

    assert ("kitting", PACKER) == (idea.at, idea.hinge)
    assert RIVAL in idea.firms


def test_what_the_catalogue_has_already_is_no_idea():
    history = [*made("CUP", CUPS, times=3), *made("BAG", BAGS, times=3, first=4)]
    gift_set = frozenset(part.process for part in (*CUPS, *BAGS)) | {"offset-printing"}

    assert () == ideas(groups(history), history, [gift_set])


def test_groups_without_a_common_member_have_no_idea_together():
    strangers = tuple(Part(process=part.process, firm=RIVAL, after=part.after) for part in BAGS)
    history = [*made("CUP", CUPS, times=3), *made("BAG", strangers, times=3, first=4)]

    assert () == ideas(groups(history), history, [])


def test_what_would_wait_for_itself_is_no_idea():
    there = (
        Part(process="painting", firm=FORMER),
        Part(process="assembly", firm=GLAZER, after=("painting",)),
        Part(process="washing", firm=GLAZER, after=("assembly",)),
    )
    back = (
        Part(process="assembly", firm=GLAZER),
        Part(process="painting", firm=PACKER, after=("assembly",)),
    )
    history = [*made("THERE", there, times=3), *made("BACK", back, times=3, first=4)]

    assert () == ideas(groups(history), history, [])


TEAMS = st.lists(st.frozensets(st.integers(1, 6), min_size=1, max_size=4), max_size=12)


@given(TEAMS)
def test_a_group_is_in_all_of_its_orders_and_no_other_member_is(teams):
    history = [
        made_by
        for number, team in enumerate(teams, start=1)
        for made_by in made(
            f"P{sorted(team)}",
            tuple(Part(process=f"process-{firm}", firm=firm) for firm in sorted(team)),
            times=1,
            first=number,
        )
    ]

    for group in groups(history):
        theirs = [teams[number - 1] for number in group.orders]

        assert len(theirs) >= LEAST_ORDERS
        assert set(group.firms) == frozenset.intersection(*theirs)
        assert len(theirs) == sum(set(group.firms) <= team for team in teams)
