from datetime import timedelta
from decimal import Decimal

import pytest

from dure.buy import models, public
from dure.buy.bridge import show_round
from dure.buy.engine.form import replay
from dure.buy.schemas import SupplierOfferIn
from dure.buy.services import award_round, close_round, need_material, offer_materials
from dure.journal.public import facts_of
from dure.kernel.errors import Malformed, NotFound, Refused
from dure.kernel.quantity import Quantity
from dure.kernel.time import seoul_date
from dure.stack.tenancy import acting
from tests.buy.conftest import MEMBERS, SUPPLIER, SUPPLIER_A, SUPPLIER_B, owner
from tests.cast import AT, BUSAN, BUSAN_OWNER, OFFICE, RIVAL, RIVAL_OWNER, WORKER

pytestmark = pytest.mark.django_db

CLAY = {"code": "clay", "name": "백토"}


def needs(firm, kilograms, *, item="clay", by=20, unit="kg"):
    with acting(owner(firm)):
        return need_material(
            firm,
            {**CLAY, "code": item},
            Quantity(Decimal(kilograms), unit),
            by=seoul_date(AT) + timedelta(days=by),
            at=AT,
        )


def offers(supplier, *breaks, freight=30_000, item="clay", lead_days=3):
    line = {"item": item, "pack": "20", "unit": "kg"}
    line["breaks"] = [{"packs": packs, "price": price} for packs, price in breaks]
    lines = SupplierOfferIn.model_validate({"lead_days": lead_days, "lines": [line]}).lines
    with acting(OFFICE):
        return offer_materials(
            supplier,
            [line.plain() for line in lines],
            freight=freight,
            lead_days=lead_days,
            valid_until=None,
            at=AT,
        )


def the_round():
    return models.PurchaseRound.objects.get(state="open")


def close(react):
    react()
    with acting(OFFICE):
        row = close_round(the_round().id, AT)
    react()
    return row.id


def test_it_works(firms, react):
    offers(SUPPLIER_A, (1, 10_000), (10, 8_000))
    needs(BUSAN, "120")
    needs(RIVAL, "90.5")

    round_id = close(react)

    with acting(OFFICE):
        award = models.Award.objects.get(round_id=round_id)
        assert 11 * 8_000 + 30_000 == award.total == replay(bytes(award.decision)).total
        assert award.total == sum(
            row.pays for row in models.Allocation.objects.filter(round_id=round_id)
        )
        assert ["RoundOpened", "RoundClosed", "RoundAwarded"] == [
            fact.kind for fact in facts_of(round_id)
        ]


def test_a_member_sees_its_own_share_and_nothing_of_the_others(firms, react):
    offers(SUPPLIER_A, (1, 10_000), (10, 8_000))
    needs(BUSAN, "120")
    needs(RIVAL, "90.5")
    round_id = close(react)

    with acting(BUSAN_OWNER):
        row = models.PurchaseRound.objects.get(id=round_id)
        shown = show_round(row, BUSAN_OWNER, seoul_date(AT))
        assert [Decimal("120.000")] == [item.mine for item in shown.items]
        assert [None] == [item.pooled for item in shown.items]
        assert BUSAN == shown.allocation.member_id
        assert (None, (), ()) == (shown.award, shown.allocations, shown.purchase_orders)
        assert 1 == models.AllocationLine.objects.count() == models.MaterialNeed.objects.count()


def test_the_way_to_the_next_break_is_open_once_five_firms_need_an_item(firms, react):
    offers(SUPPLIER_A, (1, 10_000), (100, 8_000))
    for firm in MEMBERS[:4]:
        needs(firm, "100")
    react()

    with acting(RIVAL_OWNER):
        before = models.RoundItem.objects.get().missing_won
    needs(MEMBERS[4], "100")
    react()

    with acting(RIVAL_OWNER):
        line = models.RoundItem.objects.get()
    assert before is None
    assert (600_000, 50_000) == (
        line.missing_won,
        line.falls_won,
    )  # 75 packs more; 25 fall by 2,000


def test_what_nobody_offers_waits_for_the_next_round_with_its_reason(firms, react):
    offers(SUPPLIER_A, (1, 10_000))
    needs(BUSAN, "40")
    gold = needs(BUSAN, "1", item="gold")

    close(react)

    with acting(BUSAN_OWNER):
        gold.refresh_from_db()
        assert ("pooled", 2, "buy.nobody_offers") == (
            gold.state,
            gold.round.number,
            gold.reason["code"],
        )


def test_a_round_in_which_nothing_can_be_bought_stays_open(firms, react):
    needs(BUSAN, "40")
    react()

    with acting(OFFICE), pytest.raises(Refused, match=r"buy\.round_empty"):
        close_round(the_round().id, AT)


def test_a_round_closes_once_and_is_awarded_once(firms, react):
    offers(SUPPLIER_A, (1, 10_000))
    needs(BUSAN, "40")
    round_id = close(react)

    award_round(round_id, AT)

    with acting(OFFICE), pytest.raises(Refused, match=r"buy\.round_not_open"):
        close_round(round_id, AT)
    with acting(WORKER):
        assert 1 == models.Award.objects.count()


def test_a_newer_offer_replaces_the_older_one_for_an_item(firms, react):
    offers(SUPPLIER_A, (1, 9_000), freight=0)
    offers(SUPPLIER_A, (1, 9_500), freight=0)
    needs(BUSAN, "20")

    round_id = close(react)

    with acting(OFFICE):
        assert 9_500 == models.Award.objects.get(round_id=round_id).total


def test_a_supplier_sees_its_own_order_and_no_rival_offer(firms, react):
    offers(SUPPLIER_A, (1, 9_000))
    offers(SUPPLIER_B, (1, 9_500))
    needs(BUSAN, "20")
    close(react)

    with acting(SUPPLIER):
        assert [SUPPLIER_A] == [row.supplier_id for row in models.PurchaseOrder.objects.all()]
        assert [SUPPLIER_A] == [row.supplier_id for row in models.SupplierOffer.objects.all()]
        assert 0 == models.MaterialNeed.objects.count()


def test_settling_reads_a_round_as_money(firms, react):
    offers(SUPPLIER_A, (1, 10_000), freight=0)
    needs(BUSAN, "40")

    round_id = close(react)

    with acting(WORKER):
        part = public.awarded_round(round_id)
        assert [20_000] == [supplier.won for supplier in part.suppliers]
        assert [(BUSAN, 20_000, (0,))] == [
            (member.firm, member.pays, tuple(use.order for use in member.uses))
            for member in part.members
        ]
    with acting(BUSAN_OWNER), pytest.raises(NotFound):
        public.awarded_round(round_id)


def test_a_need_that_cannot_be_is_refused(firms):
    needs(BUSAN, "40")

    with pytest.raises(Refused, match=r"buy\.unit_differs"):
        needs(BUSAN, "4", unit="ea")
    with pytest.raises(Malformed, match=r"buy\.too_fine"):
        needs(BUSAN, "0.0001")
    with pytest.raises(Refused, match=r"buy\.need_by_past"):
        needs(BUSAN, "4", by=-1)


def test_an_offer_that_cannot_be_is_refused(firms):
    with pytest.raises(Malformed, match=r"buy\.breaks_do_not_fall"):
        offers(SUPPLIER_A, (1, 100), (5, 100))
    with pytest.raises(NotFound, match=r"buy\.no_supplier"):
        offers(BUSAN, (1, 100))
