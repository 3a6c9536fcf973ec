"""
Every POST of the API and of the portal, tried by those who have no part in the order.

The doors are found by asking the house for them. Whatever an outsider sends, nothing changes
that is not theirs, each refusal says why and what to do, and none is a fault of ours. What
they may do for themselves is listed here by hand: a new line in it is a decision.
"""

import pytest

from dure.kernel.actor import COOPERATIVE
from tests.cli.house import wait_until
from tests.journeys.doors import Ledger, api_posts, form_fields, made_up, portal_paths

OUTSIDERS = ("rival", "pretender", "clerk", "nobody")
THEIR_OWN = {  # what a member or a buyer may do for itself, by API
    "rival": {  # what it buys for its own work; its own calendar; how long its readings are kept
        "/api/v1/calendar-feed",
        "/api/v1/calendar-feed/revoke",
        "/api/v1/material-needs",
        "/api/v1/retention",
    },
    "pretender": {"/api/v1/enquiries"},  # a free request of its own
    "clerk": set(),
    "nobody": set(),
}
FOR_EVERYBODY = {"sign_in", "sign_in_as", "sign_out", "language", "home"}
SIGNED = {"log_cosignatures"}  # comes from no browser: its own signature says who speaks
REFUSED = (401, 403, 404)


@pytest.fixture(scope="module")
def ledger(reopened, visitors):
    return Ledger(reopened.home)


@pytest.fixture(scope="module")
def ids(ledger, visitors):
    """Give ids of rows that belong to none of the outsiders, nor to the clerk's own firm."""
    return ledger.ids(*(visitors[name].firm for name in OUTSIDERS))


@pytest.fixture(scope="module")
def posts(visitors, ids):
    described = visitors["office"].ask("/api/v1/openapi.json").json()
    return list(api_posts(described, ids))


class Books:
    """What stood in the database before somebody came, compared with what stands there after."""

    def __init__(self, ledger, office):
        self.ledger, self.office = ledger, office
        ledger.keep_time()
        self.rest()
        self.before = ledger.rows()

    def rest(self):
        """Wait until what was set going has taken effect."""
        wait_until(lambda: self.office.ask("/api/v1/status").json()["reactions"] == 0)

    def changed(self):
        """Name the rows that are not as they were."""
        self.rest()
        after = self.ledger.rows()
        return [key for key, said in self.before.items() if after.get(key) != said]

    def acted(self):
        """Name the firms in whose name something was done."""
        facts = {key for table, key in self.before if table == "journal_fact"}
        return self.ledger.actors_since(facts)


@pytest.fixture
def books(ledger, visitors):
    return Books(ledger, visitors["office"])


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_post_of_the_api_lets_an_outsider_change_what_is_not_theirs(
    visitors, posts, books, outsider
):
    somebody = visitors[outsider]

    answers = {path: somebody.tell(path, body) for path, body in posts}

    done = {path for path, answer in answers.items() if answer.is_success}
    assert THEIR_OWN[outsider] == done
    assert [] == books.changed()
    follows = {str(COOPERATIVE)} if done else set()
    assert books.acted() <= {somebody.firm} | follows
    assert [] == [(path, unclear(answer)) for path, answer in answers.items() if unclear(answer)]


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_what_is_there_answers_an_outsider_as_what_is_not(visitors, posts, outsider):
    somebody = visitors[outsider]

    differing = [
        (path, there.json(), nowhere.json())
        for path, body in posts
        if made_up(path) != path
        and (there := somebody.tell(path, body)).json()
        != (nowhere := somebody.tell(made_up(path), body)).json()
    ]

    assert [] == differing


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_no_form_of_the_portal_lets_an_outsider_change_what_is_not_theirs(
    visitors, ids, books, outsider
):
    somebody, fields = visitors[outsider], form_fields(ids)
    fields |= token_of(somebody)

    answers = {
        path: somebody.send(path, fields)
        for name, path in portal_paths(ids)
        if name not in FOR_EVERYBODY
    }

    assert [] == [
        (path, answer.status_code) for path, answer in answers.items() if answer.status_code >= 500
    ]
    assert [] == [
        (path, answer.status_code)
        for path, answer in answers.items()
        if made_up(path) != path
        and answer.status_code not in (*REFUSED, 405)
        and not (400 == answer.status_code == somebody.send(made_up(path), fields).status_code)
    ]
    assert [] == books.changed()
    assert books.acted() <= {somebody.firm}


@pytest.mark.parametrize("origin", [{}, {"Origin": "http://evil.example"}])
def test_a_form_that_is_not_from_our_page_is_refused_whoever_sends_it(visitors, ids, books, origin):
    office = visitors["office"]
    fields = form_fields(ids) | (token_of(office) if origin else {})

    answers = {
        path: office.browser.post(path, data=fields, headers=origin)
        for name, path in portal_paths(ids)
        if name not in SIGNED
    }

    assert {403} == {answer.status_code for answer in answers.values()}
    assert [] == books.changed()
    assert set() == books.acted()


def test_a_browsers_cookie_opens_nothing_of_the_api(visitors, posts, books):
    office = visitors["office"]

    answers = [
        office.browser.post(path, json=body, headers={"Idempotency-Key": f"cookie-{number}"})
        for number, (path, body) in enumerate(posts)
    ]

    assert {answer.status_code for answer in answers} <= {400, *REFUSED}
    assert [] == books.changed()
    assert set() == books.acted()


def token_of(visitor):
    """Give the token that our own forms carry for a visitor."""
    visitor.get("/sign-in/")
    return {"csrfmiddlewaretoken": visitor.browser.cookies["csrftoken"]}


def unclear(answer):
    """Say what a refusal lacks to be clear; nothing for a clear one."""
    if answer.is_success:
        return ""
    if answer.headers.get("Content-Type") != "application/problem+json":
        return f"{answer.status_code}, no problem: {answer.text[:200]}"
    said = answer.json()
    wanted = {"detail", "detail_ko"}
    if answer.status_code in REFUSED:
        wanted |= {"next", "next_ko"}
    return ", ".join(sorted(wanted - said.keys()))
