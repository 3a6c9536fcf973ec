import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Malformed, Refused
from dure.members.engine.rulebook import check_shares, membership_rules

FRAMEWORK = membership_rules("framework")


def test_thirty_percent_is_allowed_and_one_share_more_is_not():
    check_shares(FRAMEWORK, {1: 30, 2: 20, 3: 20, 4: 20, 5: 10})

    with pytest.raises(Refused, match="제22조제2항"):
        check_shares(FRAMEWORK, {1: 31, 2: 20, 3: 20, 4: 20, 5: 9})


def test_the_cap_begins_when_the_founders_are_together():
    check_shares(FRAMEWORK, {1: 10, 2: 10, 3: 10, 4: 10})


def test_a_share_cap_can_be_broken_because_others_left():
    check_shares(FRAMEWORK, {1: 30, 2: 14, 3: 14, 4: 14, 5: 14, 6: 14})

    with pytest.raises(Refused, match=r"members\.share_cap"):
        check_shares(FRAMEWORK, {1: 30, 2: 14, 3: 14, 4: 14, 5: 14})


@given(st.lists(st.integers(1, 1000), min_size=5, max_size=40))
def test_who_passes_holds_no_more_than_the_cap(held):
    shares = dict(enumerate(held, 1))

    try:
        check_shares(FRAMEWORK, shares)
    except Refused:
        assert max(held) * 10 > sum(held) * 3
    else:
        assert max(held) * 10 <= sum(held) * 3


def test_an_unknown_legal_form_is_named():
    with pytest.raises(Malformed, match="guild"):
        membership_rules("guild")
