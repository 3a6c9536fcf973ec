"""Who sits in the office and owns a maker decides nothing of its plan for the co-op."""

from datetime import timedelta

import pytest

from dure.kernel.errors import Refused
from dure.plan.services import changing, incidents, pinning
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.members.directors import director_of, page_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "조합을 대신해 결정하지 못합니다"


def test_own_work_is_neither_pinned_moved_rushed_nor_changed(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)
    director = director_of(story.press.firm.id)
    with acting(OFFICE):
        draft = pinning.move(
            painted.id, machine=painted.equipment, starts=painted.starts + 2 * HOUR, at=AT
        )
        both = pinning.move(
            pressed.id, machine=pressed.equipment, starts=pressed.starts + HOUR, at=AT
        )
    own_too = [
        lambda: pinning.pin(pressed.id, is_pinned=True, at=AT),
        lambda: pinning.move(
            pressed.id, machine=pressed.equipment, starts=pressed.starts + HOUR, at=AT
        ),
        lambda: incidents.rush(order.id, until=AT + 5 * HOUR, at=AT),
        lambda: changing.approve_change(both.id, AT),
        lambda: changing.refuse_change(both.id, AT),
    ]

    for decide in own_too:
        with acting(director), pytest.raises(Refused, match=r"members\.recused"):
            decide()
    with acting(director):
        pinning.pin(painted.id, is_pinned=True, at=AT)
        assert {"paint"} == {move["step"] for move in draft.moves}


def test_what_the_recused_may_not_press_is_not_there_and_why_is_said(story):
    order = story.ordered()
    pressed, painted = story.job_orders(order)
    with acting(OFFICE):
        draft = pinning.move(
            pressed.id, machine=pressed.equipment, starts=pressed.starts + HOUR, at=AT
        )
    own, free = director_of(story.press.firm.id), director_of(order.buyer)
    addresses = (f"/plan/orders/{order.id}/", f"/plan/changes/{draft.id}/", "/plan/board/")

    for address in addresses:
        shown, whole = page_of(own, address), page_of(free, address)
        assert (WHY in shown, WHY in whole) == (True, False)
    rush, change, board = (page_of(own, address) for address in addresses)
    assert "rush" not in rush
    assert "approve" not in change
    assert f"{pressed.id}/pin/" not in board
    assert f"{painted.id}/pin/" in board
