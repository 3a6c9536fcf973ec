from dataclasses import replace
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dure.members.schemas import FirmIn
from dure.members.services import join_firm
from dure.sense import public
from dure.sense.engine.enquiry import EnquiryState
from dure.sense.schemas import ProductIn
from dure.sense.services import list_product
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE
from tests.members.test_founding import cooperative, firm
from tests.sense.products import step
from tests.sense.test_catalogue import TRAY

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

PDF = b"%PDF-1.7\nthe tray"
STEP = {"s0-name": "누르기", "s0-process": "press-forming", "s0-per_set": "1"}
CUP = TRAY | {
    "code": "CUP",
    "name": "컵",
    "lot_max": 400,
    "bill_of_process": [
        step("form", "ceramic-forming", "food-contact", [], "1") | {"scrap_basis_points": 300},
        step("glaze", "glazing", "food-contact", ["form"], "1")
        | {"name": "유약", "only": ["colour=black"], "rest_minutes": 90},
        step("print", "offset-printing", "general", [], "0.25"),
        step("pack", "kitting", "general", ["glaze", "print"], "1") | {"critical": True},
    ],
    "bill_of_materials": [
        {"material": name, "name": name, "unit": "kg", "per_set": "0.3", "step": "form"}
        for name in ("clay", "slip")
    ],
}
PROPOSED = {
    "code": "VASE",
    "name": "꽃병",
    "product_class": "general",
    "lot_min": "5",
    "lot_max": "300",
    "options": "색 = 백색, 청색",
    "rows": "4",
    **STEP,
    "s1-name": "칠하기",
    "s1-process": "painting",
    "s1-alternative": "powder-coating",
    "s1-per_set": "1",
}


@pytest.fixture
def browsers(cooperative):
    """Give browsers in which the office, a buyer, a member and a rival have signed in."""
    from dure.kernel.ids import check_digit

    nine = "113009801"
    buyer = {
        "business_number": nine + str(check_digit(nine)),
        "name": "한빛 카페",
        "kind": "buyer",
        "people": [{"email": "buyer@hanbit.example", "name": "한빛", "roles": ["buyer"]}],
    }
    with acting(OFFICE):
        hanbit = join_firm(FirmIn.model_validate(buyer).joining(), at=AT)
        member, rival = (join_firm(firm(serial).joining(), at=AT) for serial in (2, 3))
        list_product(ProductIn.model_validate(TRAY).product(), at=AT)
    people = {**hanbit.passwords, **member.passwords, **rival.passwords, **cooperative.passwords}
    names = {
        "buyer": "buyer@hanbit.example",
        "member": "owner@m2.example",
        "rival": "owner@m3.example",
        "office": "office@dure.example",
    }

    def signed_in(email):
        browser = Client()
        browser.post("/sign-in/", {"email": email, "password": people[email]})
        return browser

    return {name: signed_in(email) for name, email in names.items()}


def enquire(browsers, **change):
    said = {"text": "지름 300 쟁반", "quantity": "100", "due": "2030-12-24"}
    files = {"drawings": SimpleUploadedFile("받침.pdf", PDF)}
    page = browsers["buyer"].post("/needs/free/", {**said, **files, **change})
    return page["Location"]


def typed_in(context):
    """Give what a browser would send of a form as it came."""
    form, rows = context["form"], context["rows"]
    typed = {name: form.initial.get(name, "") for name in form.fields}
    typed |= {
        f"{row.prefix}-{name}": row.initial.get(name, "") for row in rows for name in row.fields
    }
    return typed | {"rows": len(rows)}


def said(response):
    return response.content.decode()


def test_a_free_request_goes_from_its_buyer_to_the_office_and_becomes_a_request(browsers):
    path = enquire(browsers)

    office = browsers["office"]
    page = said(office.get(path))
    assert "받침.pdf" in page
    assert "한빛 카페의 요청입니다" in page
    done = office.post(f"{path}answer/", {"do": "turn", "product": "TRAY"})

    assert 302 == done.status_code
    with acting(OFFICE):
        (turned,) = public.enquiries()
        assert EnquiryState.TURNED is turned.state
        assert date(2030, 12, 24) == public.request(turned.request).terms.due


def test_a_drawing_is_saved_and_never_shown(browsers):
    enquire(browsers)
    with acting(OFFICE):
        ((drawing,),) = (each.drawings for each in public.enquiries())

    given = browsers["office"].get(f"/needs/drawings/{drawing.id}/")

    assert PDF == given.content
    assert "application/octet-stream" == given["Content-Type"]
    assert given["Content-Disposition"].startswith("attachment")
    assert "nosniff" == given["X-Content-Type-Options"]
    assert "sandbox" in given["Content-Security-Policy"]
    assert 404 == browsers["rival"].get(f"/needs/drawings/{drawing.id}/").status_code
    assert 404 == browsers["rival"].get(f"/needs/free/{drawing.enquiry}/").status_code


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("page.html", b"<html>", "도면이 아닙니다"), ("a.dwg", PDF, "이름의 끝")],
)
def test_a_file_that_is_not_taken_leaves_no_request_behind(browsers, name, content, words):
    said_so = browsers["buyer"].post(
        "/needs/free/", {"text": "쟁반", "drawings": SimpleUploadedFile(name, content)}
    )

    assert 409 == said_so.status_code
    assert words in said(said_so)
    with acting(OFFICE):
        assert () == public.enquiries()


def test_what_is_missing_is_told_while_it_is_typed(browsers):
    told = browsers["buyer"].post("/needs/free/check/", {"text": "쟁반", "quantity": "5"})

    page = said(told)
    assert "완성도 15%" in page
    assert "수량이 없습니다" not in page
    assert "받고 싶은 날이 없습니다" in page


def test_a_member_proposes_and_the_office_lists(browsers):
    path = browsers["member"].post("/needs/propose/", PROPOSED)["Location"]

    assert 404 == browsers["rival"].get(path).status_code
    assert "꽃병" not in said(browsers["rival"].get("/needs/catalogue/"))
    listed = browsers["office"].post(f"{path}decide/", {"do": "list"})["Location"]

    page = said(browsers["buyer"].get(listed))
    assert "/needs/catalogue/VASE/" == listed
    assert "청색" in page
    assert "분체 도장" in page


def test_a_member_varies_what_another_proposed_and_what_no_form_shows_is_kept(browsers):
    with acting(OFFICE):
        list_product(ProductIn.model_validate(CUP).product(), at=AT)
    page = browsers["rival"].get("/needs/propose/?from=CUP")
    typed = typed_in(page.context) | {"code": "MUG", "name": "머그", "s1-name": "유약 두 번"}

    path = browsers["rival"].post("/needs/propose/", typed)["Location"]
    browsers["office"].post(f"{path}decide/", {"do": "list"})

    assert "바탕으로 합니다" in said(browsers["buyer"].get("/needs/catalogue/MUG/"))
    assert "머그" in said(browsers["buyer"].get("/needs/catalogue/CUP/"))
    with acting(OFFICE):
        cup, mug = public.product("CUP"), public.product("MUG")
    assert cup.options == mug.options
    assert cup.materials == mug.materials
    assert "유약 두 번" == mug.steps[1].name
    renamed = replace(cup.steps[1], name="유약 두 번", name_en="")
    assert (cup.steps[0], renamed, *cup.steps[2:]) == mug.steps


def test_processes_that_somebody_could_join_are_rows_to_begin_with(browsers):
    page = browsers["member"].get("/needs/propose/?process=glazing&process=kitting&process=no")

    begun = [row.initial.get("process") for row in page.context["rows"]]
    assert ["glazing", "kitting", None, None] == begun


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"s1-after": "7"}, "읽지 못했습니다"),
        ({"s1-only": "색=분홍"}, "맞는 고를 것이 없습니다"),
        ({"options": "색"}, "읽지 못했습니다"),
        ({"s0-name": "", "s1-name": ""}, "공정이 하나도 없습니다"),
        ({"s1-alternative": "zinc-plating"}, "단위가 다릅니다"),
        ({"code": "TRAY"}, "이미 등록되어 있습니다"),
    ],
)
def test_a_proposal_that_cannot_be_says_what_to_do_and_keeps_what_was_typed(
    browsers, change, words
):
    page = browsers["member"].post("/needs/propose/", PROPOSED | change)

    assert 409 == page.status_code
    assert words in said(page)
    assert "꽃병" in said(page)


def test_a_buyer_orders_a_variant_and_goes_on_from_it(browsers):
    buyer = browsers["buyer"]
    order = {"quantity": "20", "due": "2030-12-24", "option_colour": "black"}

    first = buyer.post("/needs/catalogue/TRAY/", order)["Location"].split("/")[2]
    page = said(buyer.get(f"/needs/catalogue/TRAY/?earlier={first}"))
    series = buyer.post("/needs/catalogue/TRAY/", order | {"quantity": "400", "earlier": first})[
        "Location"
    ].split("/")[2]

    assert "이어서 만듭니다" in page
    assert 'value="black" selected' in page
    with acting(OFFICE):
        assert first == str(public.request(series).earlier)


def test_a_request_asks_on_its_page_for_what_it_lacks_and_takes_it(browsers):
    buyer = browsers["buyer"]
    order = {"quantity": "20", "due": "2030-12-24", "option_colour": "black", "destination": "부산"}
    address = buyer.post("/needs/catalogue/TRAY/", order)["Location"]

    lacking = buyer.get(f"{address}complete/")
    answers = {"freight_terms": "collect", "deposit_percent": "0", "no_spares": "on"}
    back = buyer.post(f"{address}complete/", answers | {"destination": "서울"})

    assert f'href="{address}complete/"' in said(buyer.get(address))
    assert {"freight_terms", "inspection_standard", "deposit_percent", "no_spares"} == set(
        lacking.context["form"].fields
    )
    assert address == back["Location"]
    page = said(buyer.get(address))
    assert "90%" in page
    assert "부산" in page
    assert "색: 검정" in page
    assert 409 == buyer.post(f"{address}complete/", {}).status_code
    assert 404 == browsers["rival"].get(f"{address}complete/").status_code


def test_an_order_outside_the_lots_is_refused_on_the_page(browsers):
    order = {"quantity": "501", "due": "2030-12-24", "option_colour": "raw"}

    page = browsers["buyer"].post("/needs/catalogue/TRAY/", order)

    assert 409 == page.status_code
    assert "10세트부터 500세트까지" in said(page)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/needs/",
        "/needs/catalogue/",
        "/needs/catalogue/TRAY/",
        "/needs/propose/",
        "/needs/propose/row/?rows=4",
        "/needs/demand/",
    ],
)
def test_every_page_opens_for_the_office_in_both_languages(browsers, path, language):
    browsers["office"].cookies["dure_language"] = language

    assert 200 == browsers["office"].get(path).status_code
