import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dure.settle import public
from dure.settle.services import close_year
from dure.stack.tenancy import acting
from tests.buy.test_pages import as_, text
from tests.cast import AT, BUSAN_OWNER, HANBIT_BUYER, OFFICE, RIVAL_AUDITOR, RIVAL_OWNER
from tests.settle.test_money import FUNDS, HEADER, released, settled

pytestmark = pytest.mark.django_db
__all__ = ["as_"]


def test_it_works(as_):
    order_id = released()

    page = text(as_(OFFICE).get(f"/money/{order_id}/"))

    assert "수주 12호는 5,000,000원에 팔아 조합원에게 3,000,000원을 나눕니다." in page
    assert "533 외주가공비" in page
    assert "404 제품매출" in page


def test_a_member_reads_its_share_its_day_and_how_it_was_computed(as_):
    order_id = released()

    page = text(as_(BUSAN_OWNER).get(f"/money/{order_id}/"))

    assert "우리 몫은 2,200,000원, 받는 날은 2026년 12월 31일(목)입니다." in page
    assert "하도급법 제13조" in page
    assert "1,100,000" not in page
    assert "2026년 12월 31일(목)" in text(as_(BUSAN_OWNER).get("/money/"))


def test_the_buyer_reads_its_invoice_and_no_share(as_):
    order_id = released()

    page = text(as_(HANBIT_BUYER).get(f"/money/{order_id}/"))

    assert "수주 12호의 계산서 초안입니다." in page
    assert "5,500,000원" in page
    assert "2,200,000" not in page


def test_a_rival_finds_nothing(as_):
    order_id = released()

    assert 404 == as_(RIVAL_OWNER).get(f"/money/{order_id}/").status_code
    assert "아직 정산된 주문이 없습니다." in text(as_(RIVAL_OWNER).get("/money/"))


def test_the_auditor_reads_the_whole_settlement(as_):
    order_id = released()

    assert "5,000,000원에 팔아" in text(as_(RIVAL_AUDITOR).get(f"/money/{order_id}/"))


def test_the_office_releases_makes_the_file_and_hands_in_the_bank_s(as_):
    order_id = settled()
    office = as_(OFFICE)

    office.post(f"/money/{order_id}/release/")
    bank = HEADER + "2026-12-31,110-1,-2200000,S12-1\n2026-12-31,110-1,1,X\n"
    upload = SimpleUploadedFile("bank.csv", bank.encode())
    page = text(office.post("/money/bank-file/", {"movements": upload}))

    assert "1건이 은행에서 확인되었습니다." in page
    assert "X" in page
    with acting(OFFICE):
        states = [payment.state for payment in public.settlement(order_id).payments]
    assert ["confirmed", "scheduled", "scheduled"] == states


def test_a_bank_file_sent_twice_by_one_tap_too_many_counts_once(as_):
    order_id = settled()
    office = as_(OFFICE)
    office.post(f"/money/{order_id}/release/")

    def send(amount):
        bank = HEADER + f"2026-12-31,110-1,{amount},S12-1\n"
        upload = SimpleUploadedFile("bank.csv", bank.encode())
        return office.post("/money/bank-file/", {"movements": upload, "idempotency_key": "k1"})

    first, again, another = send(-2_200_000), send(-2_200_000), send(-1)

    assert "1건이 은행에서 확인되었습니다." in text(first)
    assert text(first) == text(again)
    assert 409 == another.status_code


def test_nothing_due_this_week_is_said(as_):
    released()

    answer = as_(OFFICE).post("/money/payment-file/")

    assert 409 == answer.status_code
    assert "이체할 지급 건이 없습니다." in answer.content.decode()


def test_a_member_cannot_release(as_):
    order_id = settled()

    assert 404 == as_(BUSAN_OWNER).post(f"/money/{order_id}/release/").status_code


def test_office_and_auditor_read_the_years_close_and_a_member_its_dividend(as_):
    released()
    with acting(OFFICE):
        close_year(2026, FUNDS, AT)

    office, auditor, member = (
        text(as_(who).get("/money/")) for who in (OFFICE, RIVAL_AUDITOR, BUSAN_OWNER)
    )

    assert "2026년 결산안" in office
    assert "2,000,000원" in office
    assert "2026년 결산안" in auditor
    assert "2026년 결산안" not in member
    assert "480,000원" in member


def test_firms_are_called_by_their_names(as_):
    order_id = released()

    page = text(as_(OFFICE).get(f"/money/{order_id}/"))

    assert 2 <= page.count("업체 1")
