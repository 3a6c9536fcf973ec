"""
Another order in the same home, after one that was broken off, played by a person at the browser.

What the person does is known from the pages alone, and is not always what the story expects.
"""

from tests.cli.house import dure
from tests.journeys.player import FAILED, INSPECTED


def test_another_order_in_the_same_home_works_too_although_one_was_broken_off(played):
    demo, _ = played

    assert 0 == demo.status, "".join(demo.said[-30:])
    assert 0 == demo.summary()["found"]["joined"]
    assert 500 == demo.summary()["move"]["accepted"]


def test_the_story_stops_at_each_decision_and_goes_on_by_what_was_done_on_the_page(played):
    demo, player = played

    assert ["declined", "accepted", "inspected", "released", "settled"] == [
        each for each in player.did if each != "accepted another"
    ]
    assert len(player.turns) == "".join(demo.said).count("Decided.")


def test_whoever_declines_is_asked_no_more_and_another_cup_maker_is(played):
    _, player = played

    first, second = player.turns[:2]
    assert first.what.split(" is offered ")[1] == second.what.split(" is offered ")[1] or (
        "accept it?" in second.what
    )
    assert first.email != second.email


def test_other_offers_may_be_answered_before_the_one_that_the_story_asks_for(played):
    _, player = played

    assert "accepted another" in player.did


def test_a_held_lot_is_not_released_before_somebody_looked_at_it(played):
    _, player = played

    (refusal,) = player.refusals
    assert 409 == refusal.status_code
    assert "검사" in refusal.text


def test_what_the_player_found_is_what_counts(played):
    demo, _ = played

    assert f"{FAILED} of {INSPECTED} fail the inspection" in "".join(demo.said)
    assert INSPECTED - FAILED == demo.summary()["make"]["made"]["fire"]["good"]


def test_the_audit_is_clean_after_a_broken_off_and_a_played_order(played):
    demo, _ = played

    audit = dure("audit", "--home", demo.home.path)

    assert 0 == audit.returncode, audit.stdout + audit.stderr
