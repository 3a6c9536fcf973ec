import pytest
from django.test import Client
from django.utils.html import strip_tags

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return Client(raise_request_exception=False)


def come_in(browser, passwords, who, **more):
    return browser.post("/sign-in/", {"email": who, "password": passwords.of[who], **more})


def test_it_works(browser, passwords):
    answer = come_in(browser, passwords, "office@1.example")

    assert (302, "/") == (answer.status_code, answer["Location"])
    page = browser.get("/").content.decode()
    assert "구로 두레 협동조합 · 사무국" in strip_tags(page)
    assert 'href="/money/"' in page


def test_somebody_with_two_roles_chooses_one_and_comes_back_to_the_page(browser, passwords):
    answer = come_in(browser, passwords, "owner@2.example", next="/language-free/")
    assert "/sign-in/as/?next=/language-free/" == answer["Location"]
    choice = browser.get(answer["Location"])
    keys = [key for key, _, _ in choice.context["choices"]]

    chosen = browser.post(answer["Location"], {"as": keys[0], "next": "/"})

    assert 2 == len(keys)
    assert "/" == chosen["Location"]
    assert "구로도예공방 · 감사" in strip_tags(browser.get("/").content.decode())


def test_another_role_can_be_taken_on_later(browser, passwords):
    come_in(browser, passwords, "owner@2.example")
    keys = [key for key, _, _ in browser.get("/sign-in/as/").context["choices"]]
    browser.post("/sign-in/as/", {"as": keys[0]})

    browser.post("/sign-in/as/", {"as": keys[1]})

    assert "구로도예공방 · 대표" in strip_tags(browser.get("/").content.decode())


def test_nobody_takes_on_a_role_that_is_not_theirs(browser, passwords):
    come_in(browser, passwords, "owner@2.example")
    other = "019a0000-0000-7000-8000-000000000000 office"

    assert 404 == browser.post("/sign-in/as/", {"as": other}).status_code


def test_a_wrong_password_is_said_kindly_and_lets_nobody_in(browser, passwords):
    answer = browser.post("/sign-in/", {"email": "office@1.example", "password": "guess"})

    assert 401 == answer.status_code
    assert "이메일이나 비밀번호가 맞지 않습니다." in answer.content.decode()
    assert "/sign-in/" == browser.get("/")["Location"]


def test_after_five_wrong_tries_the_door_rests(browser, passwords):
    for _ in range(5):
        browser.post("/sign-in/", {"email": "office@1.example", "password": "guess"})

    answer = come_in(browser, passwords, "office@1.example")

    assert 429 == answer.status_code
    assert "10분 뒤에" in answer.content.decode()
    elsewhere = Client(REMOTE_ADDR="10.0.0.9")
    assert 302 == come_in(elsewhere, passwords, "office@1.example").status_code


def test_signing_out_forgets_who_was_here(browser, passwords):
    come_in(browser, passwords, "office@1.example")

    browser.post("/sign-out/")

    assert "/sign-in/" == browser.get("/")["Location"]


def test_the_way_back_never_leads_elsewhere(browser, passwords):
    answer = come_in(browser, passwords, "buyer@3.example", next="https://elsewhere.example/")

    assert "/" == answer["Location"]


def test_english_is_one_tap_away_and_remembered(browser, passwords):
    browser.post("/language/", {"language": "en", "next": "/sign-in/"})

    page = browser.get("/sign-in/").content.decode()

    assert '<html lang="en">' in page
    assert "Where many factories work as one company." in page


def test_a_missing_page_says_what_to_do(browser):
    answer = browser.get("/nowhere/at/all/")

    assert 404 == answer.status_code
    assert "이런 페이지가 없거나" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused_with_words(passwords):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/sign-in/", {"email": "office@1.example", "password": "x"})

    assert 403 == answer.status_code
    assert "너무 오래 열려" in answer.content.decode()


def test_a_stray_token_is_refused_as_a_problem(browser, passwords):
    answer = browser.get("/api/v1/status", headers={"Authorization": "Bearer stray"})

    assert 401 == answer.status_code
    assert "project.unknown_token" == answer.json()["reason"]["code"]


def test_a_page_with_a_table_comes_as_a_spreadsheet(browser, passwords):
    come_in(browser, passwords, "office@1.example")

    answer = browser.get("/?sheet=xlsx")

    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content.startswith(b"PK")


def test_paper_names_the_latest_checkpoint(browser, passwords):
    from dure.prove.store.folder import shards

    folder = shards().shard(2026).path
    folder.mkdir(parents=True, exist_ok=True)
    signed = "guro.example/log\n41\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAAAAAA\n"
    (folder / "checkpoint").write_text(signed, encoding="utf-8")

    page = strip_tags(browser.get("/sign-in/").content.decode())

    (folder / "checkpoint").unlink()
    assert "체크포인트 41 · AAAAAAAA" in page
