from dataclasses import replace
from datetime import date

import pytest

from dure.kernel.errors import Refused
from dure.sense.engine.product_classes import product_classes
from dure.sense.engine.request import (
    FreightTerms,
    InspectionStandard,
    Terms,
    check_terms,
    completed,
    completeness,
    freight_terms,
    missing,
)

TODAY = date(2026, 11, 23)
WHOLE = {
    "quantity": 500,
    "due": date(2026, 12, 24),
    "spare_quantity": 20,
    "freight_terms": FreightTerms.DELIVERED,
    "inspection_standard": InspectionStandard.SAMPLE,
    "deposit_percent": 30,
    "destination": "서울 영등포구 문래동",
}


def test_a_whole_request_is_complete_and_allowed():
    check_terms(Terms(**WHOLE), today=TODAY)

    assert 100 == completeness(Terms(**WHOLE))
    assert () == missing(Terms(**WHOLE))


def test_what_is_missing_is_asked_for_and_lowers_the_score():
    bare = Terms(quantity=500, due=date(2026, 12, 24))

    assert 50 == completeness(bare)
    assert "sense.missing_destination" == missing(bare)[0].code
    assert 5 == len(missing(bare))


def test_what_was_missing_can_be_said_and_what_was_said_stays():
    some = replace(Terms(**WHOLE), destination="", deposit_percent=None)

    found = completed(some, Terms(quantity=1, due=date.max, destination="제주", deposit_percent=0))

    assert replace(Terms(**WHOLE), destination="제주", deposit_percent=0) == found
    again = Terms(quantity=9, due=date.max, destination="부산", deposit_percent=90)
    with pytest.raises(Refused, match=r"sense\.nothing_said"):
        completed(found, again)


def test_spares_can_be_declined_afterwards_but_not_added():
    bare = replace(Terms(**WHOLE), spare_quantity=None)

    assert 0 == completed(bare, replace(bare, spare_quantity=0)).spare_quantity
    with pytest.raises(Refused, match=r"sense\.spare_afterwards"):
        completed(bare, replace(bare, spare_quantity=5))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": 0}, "sense.quantity"),
        ({"quantity": -5}, "sense.quantity"),
        ({"spare_quantity": -1}, "sense.spare_quantity"),
        ({"spare_quantity": 501}, "sense.spare_quantity"),
        ({"quantity": 10_000_001}, "sense.too_many"),
        ({"due": TODAY}, "sense.due_in_past"),
        ({"due": date(2026, 11, 1)}, "sense.due_in_past"),
        ({"deposit_percent": 101}, "sense.deposit"),
        ({"deposit_percent": -1}, "sense.deposit"),
    ],
)
def test_an_impossible_request_is_refused_with_its_reason(change, code):
    with pytest.raises(Refused) as refused:
        check_terms(Terms(**{**WHOLE, **change}), today=TODAY)

    assert code == refused.value.reason.code


def test_unknown_terms_are_refused_and_the_known_ones_named():
    with pytest.raises(Refused) as refused:
        freight_terms("by drone")

    assert "delivered, collect, ex_works" == refused.value.reason.parameters["known"]


def test_every_class_that_asks_for_a_licence_names_its_article():
    for each in product_classes().values():
        assert bool(each.licences) == bool(each.law) == bool(each.law_en)
