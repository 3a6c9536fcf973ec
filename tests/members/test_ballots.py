from datetime import timedelta

import pytest
from django.test import Client

from dure.journal.models import BusinessTime
from dure.journal.public import facts_of
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.members import models, public
from dure.members.engine.ballot import BallotState, Tally, is_carried
from dure.members.engine.rulebook import membership_rules
from dure.members.services import cast_vote, close_ballots, join_firm, open_ballot, seat_person
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.members.test_founding import cooperative, firm

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]
FIGURE = "fair_share_basis_points"
AFTER = AT + timedelta(days=8)


@pytest.fixture
def three(cooperative):
    """Let three members join; gives their owners."""
    with acting(OFFICE):
        joined = [firm(serial).joining() for serial in (2, 3, 4)]
        for each in joined:
            join_firm(each, at=AT)
    return [Actor(firm=one.firm.id, role=Role.OWNER, person=one.people[0].id) for one in joined]


def put_to_the_vote(actor, value=300, **more):
    with acting(actor):
        return open_ballot(FIGURE, value, firm=actor.firm, at=AT, **more)


def say(actor, ballot, *, is_for, at=AT):
    with acting(actor):
        cast_vote(ballot, firm=actor.firm, is_for=is_for, at=at)


def close(at=AFTER):
    with acting(WORKER):
        return close_ballots(at)


def test_it_works(three):
    ballot = put_to_the_vote(three[0], why="고르게")
    say(three[0], ballot, is_for=True)
    say(three[1], ballot, is_for=False)
    say(three[1], ballot, is_for=True)
    assert 0 == close(AT + timedelta(days=7))

    assert 1 == close()

    with acting(three[2]):
        (found,) = public.ballots(FIGURE)
        assert (BallotState.CARRIED, Tally(members=3, votes_for=2, votes_against=0)) == (
            found.state,
            found.tally,
        )
        assert 300 == public.bylaws().fair_share_basis_points
    with acting(OFFICE):
        bylaws = facts_of(models.Bylaws.objects.get().id)
        assert ["BylawsAdopted", "BylawChanged"] == [fact.kind for fact in bylaws]
        assert {FIGURE: 300} == bylaws[-1].sets


def test_too_few_votes_change_nothing(three):
    ballot = put_to_the_vote(three[0])
    say(three[0], ballot, is_for=True)

    close()

    with acting(OFFICE):
        assert BallotState.LOST is public.ballots()[0].state
        assert 1_000 == public.bylaws().fair_share_basis_points


@pytest.mark.parametrize(
    ("members", "yes", "no", "carried"),
    [(3, 2, 0, True), (4, 2, 0, False), (5, 2, 1, True), (10, 4, 2, True), (10, 5, 3, False)],
)
def test_more_than_half_take_part_and_two_thirds_agree(members, yes, no, carried):
    tally = Tally(members=members, votes_for=yes, votes_against=no)

    assert carried == is_carried(tally, membership_rules("framework"))


def test_how_a_rival_voted_is_not_to_be_seen(three):
    ballot = put_to_the_vote(three[0])
    say(three[0], ballot, is_for=False)

    with acting(three[1]):
        assert not models.Vote.objects.exists()
        assert {} == public.votes(three[0].firm)
        assert public.ballots()[0].tally is None


@pytest.mark.parametrize(
    ("value", "days", "code"),
    [(6_000, 7, "ballot_range"), (1_000, 7, "ballot_same"), (300, 6, "ballot_days")],
)
def test_what_makes_no_sense_is_not_put_to_the_vote(three, value, days, code):
    with pytest.raises(Refused, match=rf"members\.{code}"):
        put_to_the_vote(three[0], value, days=days)


def test_one_vote_on_a_figure_at_a_time_and_none_on_what_is_no_figure(three):
    put_to_the_vote(three[0])

    with pytest.raises(Refused, match=r"members\.ballot_open"):
        put_to_the_vote(three[1], 500)
    with acting(three[0]), pytest.raises(Malformed):
        open_ballot("legal_form", 1, firm=three[0].firm, at=AT)


def test_only_members_vote_and_only_in_time(three):
    ballot = put_to_the_vote(three[0])

    with acting(OFFICE):
        with pytest.raises(Refused, match=r"members\.only_members_vote"):
            cast_vote(ballot, firm=COOPERATIVE, is_for=True, at=AT)
        with pytest.raises(NotFound):
            cast_vote(three[0].firm, firm=three[0].firm, is_for=True, at=AT)
    with pytest.raises(Refused, match=r"members\.ballot_closed"):
        say(three[0], ballot, is_for=True, at=AFTER)


def browser_of(actor):
    browser = Client()
    session = browser.session
    session.update({"person": str(actor.person), "firm": str(actor.firm), "role": actor.role.value})
    session.save()
    return browser


def test_a_vote_is_opened_and_cast_on_the_page_in_two_taps(three):
    with acting(OFFICE):
        BusinessTime.objects.update_or_create(id=True, defaults={"now": AT})
    browser = browser_of(three[0])
    assert "지금 열린 투표가 없습니다." in browser.get("/members/ballots/").content.decode()

    asked = {"parameter": FIGURE, "percent": "2.5", "why": "", "days": "7"}
    assert 302 == browser.post("/members/ballots/open/", asked).status_code
    page = browser.get("/members/ballots/").content.decode()
    assert "조합원 투표가 1건 열려 있습니다." in page
    assert "10% → 2.5%" in page
    ballot = browser.get("/members/ballots/").context["waiting"][0][0]
    voted = browser.post(f"/members/ballots/{ballot.id}/vote/", {"vote": "for"})

    assert 302 == voted.status_code
    with acting(three[0]):
        assert {ballot.id: True} == public.votes(three[0].firm)
    assert 409 == browser.post("/members/ballots/open/", asked | {"percent": "3"}).status_code
    assert 400 == browser.post("/members/ballots/open/", {"percent": "x"}).status_code


def test_an_owner_who_sits_in_the_office_is_recused_for_the_own_firm_alone(three):
    with acting(OFFICE):
        email = models.Person.objects.get(id=three[0].person).email
        seat_person(email, Role.OFFICE, at=AT)
        with pytest.raises(Refused, match=r"members\.seated_already"):
            seat_person(email, Role.OFFICE, at=AT)
        with pytest.raises(Refused, match=r"members\.role_at_kind"):
            seat_person(email, Role.OWNER, at=AT)
        with pytest.raises(NotFound):
            seat_person("nobody@nowhere.example", Role.OFFICE, at=AT)
    director = Actor(firm=COOPERATIVE, role=Role.OFFICE, person=three[0].person)

    with acting(director):
        own = public.recused_for(director, [three[0].firm, three[1].firm])
        other = public.recused_for(director, [three[1].firm, COOPERATIVE])

    assert own is not None
    assert (three[0].firm, None) == (own.id, other)
