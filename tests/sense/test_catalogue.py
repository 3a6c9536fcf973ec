from dataclasses import replace
from datetime import date

import pytest

from dure.journal.public import facts_about, facts_of
from dure.kernel.errors import NotFound, Refused
from dure.sense import public
from dure.sense.engine.proposal import ProposalState
from dure.sense.engine.request import Terms
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product, submit_request
from dure.sense.services.catalogue import decline_proposal, list_proposal, propose_product
from dure.stack.tenancy import acting
from tests.cast import (
    AT,
    BUSAN,
    BUSAN_OWNER,
    GIMHAE,
    GIMHAE_OWNER,
    HANBIT,
    HANBIT_BUYER,
    OFFICE,
    RIVAL_OWNER,
)
from tests.members.test_founding import cooperative
from tests.sense.products import step

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

TRAY = {
    "code": "TRAY",
    "name": "쟁반",
    "lot_min": 10,
    "lot_max": 500,
    "options": [
        {
            "code": "colour",
            "name": "색",
            "choices": [{"code": "raw", "name": "무도장"}, {"code": "black", "name": "검정"}],
        }
    ],
    "bill_of_process": [
        step("press", "press-forming", "general", [], "1"),
        step("coat", "painting", "general", ["press"], "1")
        | {"only": ["colour=black"], "alternatives": ["powder-coating"]},
    ],
}


UNCOATED = [TRAY["bill_of_process"][0]]


def product(**change):
    return ProductIn.model_validate(TRAY | change).product(proposed_by=BUSAN)


def propose():
    with acting(BUSAN_OWNER):
        return propose_product(product(), firm=BUSAN, at=AT)


def ask(quantity=100, **more):
    with acting(HANBIT_BUYER):
        terms = Terms(quantity=quantity, due=date(2026, 12, 24))
        return submit_request("TRAY", terms, buyer=HANBIT, at=AT, **more)


def test_it_works(cooperative):
    proposed = propose()

    with acting(OFFICE):
        list_proposal(proposed.id, at=AT)

    asked = ask(choices=["colour=black"])
    assert ("colour=black",) == asked.choices
    with acting(BUSAN_OWNER):
        assert public.product("TRAY").proposed_by == BUSAN
        assert ProposalState.LISTED is public.proposal(proposed.id).state
        kinds = [fact.kind for fact in facts_of(proposed.id)]
        assert ["ProductProposed", "ProductProposalListed"] == kinds


def test_a_product_comes_back_with_its_options_as_it_went_in(cooperative):
    whole = product()

    with acting(OFFICE):
        list_product(whole, at=AT)
        assert whole == public.product("TRAY")


def test_a_variant_of_anothers_product_keeps_its_credit_and_its_proposer_hears_of_it(cooperative):
    with acting(OFFICE):
        list_product(product(), at=AT)
    coated = product(code="TRAY-B", based_on="TRAY", options=[], bill_of_process=UNCOATED)
    with acting(GIMHAE_OWNER):
        proposed = propose_product(replace(coated, proposed_by=GIMHAE), firm=GIMHAE, at=AT)

    with acting(OFFICE):
        list_proposal(proposed.id, at=AT)

    with acting(BUSAN_OWNER):
        listed = public.product("TRAY-B")
        assert ("TRAY", GIMHAE) == (listed.based_on, listed.proposed_by)
        assert "ProductProposalListed" in [fact.kind for fact in facts_about(BUSAN)]


def test_what_differs_in_nothing_is_no_variant(cooperative):
    with acting(OFFICE):
        list_product(product(), at=AT)

    with acting(BUSAN_OWNER):
        with pytest.raises(Refused, match=r"sense\.nothing_new"):
            propose_product(product(code="TRAY-B", based_on="TRAY"), firm=BUSAN, at=AT)
        with pytest.raises(Refused, match=r"sense\.no_such_product"):
            propose_product(product(code="TRAY-B", based_on="NONE"), firm=BUSAN, at=AT)


def test_a_rival_does_not_learn_of_a_proposal(cooperative):
    proposed = propose()

    with acting(RIVAL_OWNER):
        assert () == public.proposals()
        with pytest.raises(NotFound):
            public.proposal(proposed.id)


def test_what_was_not_listed_says_why_and_is_decided(cooperative):
    proposed = propose()

    with acting(OFFICE):
        with pytest.raises(Refused, match=r"sense\.say_why"):
            decline_proposal(proposed.id, why=" ", at=AT)
        decline_proposal(proposed.id, why="안전 인증이 필요합니다", at=AT)

        assert public.proposal(proposed.id).why
        with pytest.raises(Refused, match=r"sense\.proposal_decided"):
            list_proposal(proposed.id, at=AT)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lot_min": 600}, "sense.impossible_lots"),
        ({"options": []}, "sense.no_such_option"),
    ],
)
def test_a_product_that_cannot_be_is_not_proposed(cooperative, change, code):
    with acting(BUSAN_OWNER), pytest.raises(Exception, match=code):
        propose_product(product(**change), firm=BUSAN, at=AT)


def test_an_alternative_counts_in_the_same_unit(cooperative):
    steps = [TRAY["bill_of_process"][0] | {"alternatives": ["zinc-plating"]}]

    with pytest.raises(Exception, match=r"sense\.alternative_unit"):
        product(bill_of_process=steps, options=[])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"quantity": 9}, "sense.lot"),
        ({"quantity": 501}, "sense.lot"),
        ({"choices": ["colour=pink"]}, "sense.no_such_choice"),
    ],
)
def test_an_order_of_what_is_not_offered_is_refused(cooperative, said, code):
    with acting(OFFICE):
        list_product(product(), at=AT)

    with pytest.raises(Refused, match=code):
        ask(**said)


def test_a_series_goes_on_from_its_prototype(cooperative):
    with acting(OFFICE):
        list_product(product(), at=AT)
        list_product(product(code="TRAY-2"), at=AT)
    prototype = ask(quantity=10, choices=["colour=black"])

    series = ask(quantity=400, earlier=prototype.id)

    with acting(HANBIT_BUYER):
        assert ("colour=black",) == series.choices
        assert [prototype.id] == [each.id for each in public.line_of(series.id)]
        with pytest.raises(Refused, match=r"sense\.earlier_other_product"):
            submit_request("TRAY-2", prototype.terms, buyer=HANBIT, at=AT, earlier=prototype.id)


def test_nobody_goes_on_from_anothers_order(cooperative):
    with acting(OFFICE):
        list_product(product(), at=AT)
    prototype = ask()

    with acting(OFFICE), pytest.raises(NotFound):
        submit_request("TRAY", prototype.terms, buyer=BUSAN, at=AT, earlier=prototype.id)
