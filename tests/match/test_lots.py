import pytest

from dure.kernel.errors import NotFound
from dure.match import models, public, services
from dure.match.engine.cluster import ClusterState, OfferState
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product
from dure.stack.tenancy import acting
from tests.cast import AT, HANBIT, HANBIT_BUYER, OFFICE, WORKER
from tests.match.houses import TRAY, House, ask_for_trays, maker, owner, take_cheapest
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]


@pytest.fixture
def house(cooperative):
    return House()


def list_tray(*, critical):
    press, paint = TRAY["bill_of_process"]
    steps = {"bill_of_process": [press | {"critical": critical}, paint]}
    with acting(OFFICE):
        list_product(ProductIn.model_validate(TRAY | steps).product(), at=AT)


def chosen(house, quantity):
    request = ask_for_trays(quantity)
    house.settle()
    return request, take_cheapest(house, request)


def offered(joining):
    with acting(owner(joining)):
        return [(each.step, each.quantity) for each in public.offers(joining.firm.id)]


def accept(house, joining):
    with acting(owner(joining)):
        services.accept_step(public.offers(joining.firm.id)[0].id, at=AT)
    house.settle()


def test_a_critical_step_is_given_to_two_firms(house):
    list_tray(critical=True)
    first, second = maker(2, "press-forming", 100), maker(3, "press-forming", 120)
    paint = maker(4, "painting", 200)

    request, cheap = chosen(house, 101)

    assert {"press": 2} == cheap.lots
    assert ["press.1", "press.2", "paint"] == [step for step, _ in cheap.steps]
    assert [("press.1", 51)] == offered(first)
    assert [("press.2", 50)] == offered(second)
    assert [("paint", 101)] == offered(paint)
    for joining in (first, second, paint):
        accept(house, joining)
    with acting(OFFICE):
        cluster = public.cluster_of(request.id)
        assert ClusterState.FORMED is cluster.state
        assert {first.firm.id, second.firm.id, paint.firm.id} == set(cluster.members)
    with acting(WORKER):
        assert ("press.1", "press.2") == public.need(request.id).step("paint").after


def test_a_critical_step_that_only_one_firm_can_do_says_so(house):
    list_tray(critical=True)
    maker(2, "press-forming", 100)
    maker(3, "painting", 200)

    request = ask_for_trays()
    house.settle()

    with acting(HANBIT_BUYER):
        (reason,) = public.blocking(request.id)
    assert "match.too_few_firms_blocks" == reason.code
    assert {"step": "press", "firms": 1, "least": 2} == reason.parameters


def test_a_lot_too_large_for_one_is_split_by_as_few_as_can_be(house):
    list_tray(critical=False)
    small = [maker(2 + at, "press-forming", 100 + at, lot_max=60) for at in range(3)]
    maker(9, "painting", 200)

    _, cheap = chosen(house, 100)

    assert {"press": 2} == cheap.lots
    assert [[("press.1", 50)], [("press.2", 50)], []] == [offered(each) for each in small]


def test_a_lot_that_is_declined_goes_to_a_firm_that_has_no_other_lot_of_the_step(house):
    list_tray(critical=True)
    first, second = maker(2, "press-forming", 100), maker(3, "press-forming", 120)
    third = maker(4, "press-forming", 150)
    maker(5, "painting", 200)
    request, _ = chosen(house, 100)

    with acting(owner(second)):
        services.decline_step(public.offers(second.firm.id)[0].id, at=AT)
    house.settle()

    assert [("press.2", 50)] == offered(third)
    with acting(owner(third)):
        services.decline_step(public.offers(third.firm.id)[0].id, at=AT)
    house.settle()
    assert [("press.1", 50)] == offered(first)
    with acting(HANBIT_BUYER):
        assert public.cluster_of(request.id) is None


def test_each_lot_has_a_name_of_its_own(house):
    list_tray(critical=True)
    maker(2, "press-forming", 100)
    maker(3, "press-forming", 120)
    maker(4, "painting", 200)

    request, cheap = chosen(house, 100)

    with acting(HANBIT_BUYER):
        assert ["press.1", "press.2", "paint"] == [step for step, _ in cheap.steps]
        row = models.Alternative.objects.get(id=cheap.id)
    assert {"press": 2} == row.lots
    with acting(WORKER):
        assert "(1/2)" in public.need(request.id).step("press.1").name


def test_what_nobody_asked_for_is_not_there(house):
    with acting(WORKER), pytest.raises(NotFound):
        public.need(HANBIT)


def test_an_answer_to_one_lot_leaves_the_other_standing(house):
    list_tray(critical=True)
    first, second = maker(2, "press-forming", 100), maker(3, "press-forming", 120)
    maker(4, "press-forming", 150)
    maker(5, "painting", 200)
    chosen(house, 100)
    accept(house, first)

    with acting(owner(second)):
        services.decline_step(public.offers(second.firm.id)[0].id, at=AT)
    house.settle()

    with acting(owner(first)):
        assert OfferState.ACCEPTED is public.offers(first.firm.id)[0].state
