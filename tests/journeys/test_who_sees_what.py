"""
Every page and every endpoint, asked for by everybody, after an order has gone its whole way.

Nothing may fail, nobody may meet a link that leads nowhere, and nobody may read what is
not theirs: not the Rival, not a buyer who only pretends, not a maker beside another.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.journeys.demo import Demo
from tests.journeys.doors import Ledger, fill
from tests.journeys.people import ids, prices
from tests.journeys.visitors import Visitor

OUTSIDERS = ("rival", "pretender", "nobody")
FORMS_ONLY = 405  # a form's address, which is followed here as if it were a link


@pytest.fixture(scope="module")
def pages(visitors) -> dict[str, dict[str, httpx.Response]]:
    """Give what each visitor meets by following links."""
    return {name: visitor.follow_links() for name, visitor in visitors.items()}


@pytest.fixture(scope="module")
def addresses(pages) -> list[str]:
    """Give every address that anybody followed."""
    return sorted({path for answers in pages.values() for path in answers})


@pytest.fixture(scope="module")
def everything(visitors, pages, addresses) -> dict[str, dict[str, httpx.Response]]:
    """Give what each visitor gets at every address that anybody was shown."""
    return {
        name: {path: pages[name].get(path) or visitor.get(path) for path in addresses}
        for name, visitor in visitors.items()
    }


def secrets(first: Demo) -> set[str]:
    """Give what only the order's parties know."""
    return ids(first).union(*prices(first).values())


def test_no_link_leads_nowhere(pages):
    lost = {
        (name, path): answer.status_code
        for name, answers in pages.items()
        for path, answer in answers.items()
        if answer.status_code not in (200, 302, FORMS_ONLY)
    }

    assert {} == lost


def test_no_address_fails_for_anybody(everything):
    failed = [
        (name, path, answer.status_code)
        for name, answers in everything.items()
        for path, answer in answers.items()
        if answer.status_code >= 500
    ]

    assert [] == failed


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_an_outsider_reads_nothing_of_the_order(first, everything, outsider):
    leaks = [
        (path, secret)
        for path, answer in everything[outsider].items()
        if "?t=" not in path  # the link of a passport opens it for whoever holds it
        for secret in secrets(first)
        if secret in told(answer, path)
    ]

    assert [] == leaks


def test_a_maker_reads_no_other_makers_price(first, everything):
    of = prices(first)

    leaks = [
        (maker, path, price)
        for maker, mine in of.items()
        for path, answer in everything[maker].items()
        for price in set().union(*of.values()) - mine
        if price in told(answer, path)
    ]

    assert [] == leaks


def test_the_buyer_reads_no_makers_price(first, everything):
    leaks = [
        (path, price)
        for path, answer in everything["buyer"].items()
        for price in set().union(*prices(first).values())
        if price in told(answer, path)
    ]

    assert [] == leaks


@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_the_api_tells_an_outsider_nothing_of_the_order(first, visitors, reopened, outsider):
    known = Ledger(reopened.home).ids(*(visitors[name].firm for name in OUTSIDERS))
    paths = endpoints(visitors["office"], known)
    answers = {path: visitors[outsider].ask(path) for path in paths}

    assert [] == [(path, each.text) for path, each in answers.items() if each.status_code >= 500]
    assert [] == [
        (path, secret)
        for path, answer in answers.items()
        for secret in secrets(first)
        if secret in told(answer, path)
    ]


def test_every_page_is_met_by_somebody(pages):
    """A page that nobody is ever led to is not part of the portal."""
    from django.urls import URLPattern, URLResolver, get_resolver, resolve

    def names(resolver):
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace != "api":
                    yield from names(pattern)
            elif isinstance(pattern, URLPattern):
                yield pattern.name

    met = {resolve(urlsplit(path).path).url_name for each in pages.values() for path in each}

    assert set() == set(names(get_resolver())) - met - APART


# Not met by following links: forms of states that have passed, files and streams, and the
# foreman's page, whose link is on paper alone.
APART = {
    None,
    "accept_offer",
    "accept_quote",
    "answer_change",
    "answer_enquiry",
    "answer_proposal",
    "answer_standing",
    "attach_drawing",
    "bank_file",
    "by_hand_at_job",
    "check_enquiry",
    "choose",
    "close_round",
    "complete_request",
    "connect_now",
    "counter_offer",
    "decide_proposal",
    "decline_offer",
    "drawing",
    "drawing_for",
    "enquiry",
    "export_history",
    "inspect_lot",
    "job",
    "log_checkpoint",
    "log_cosignatures",
    "log_pending",
    "log_policy",
    "log_statement",
    "log_tile",
    "machine_events",
    "moving_count",
    "moving_deliver",
    "moving_inspect",
    "moving_resolve",
    "moving_send",
    "payment_file",
    "plan_calendar",
    "plan_change",
    "plan_close_feed",
    "plan_give_back",
    "plan_incident_end",
    "plan_move",
    "plan_pin",
    "plan_proposal",
    "plan_quote",
    "plan_rush",
    "plan_scenario",
    "plan_wait",
    "plan_withdraw",
    "proposal",
    "propose_row",
    "release_lot",
    "release_money",
    "sign_out",
    "vote",
}


def told(answer: httpx.Response, path: str) -> str:
    """Give what an answer tells beyond the address that was asked for, which a page may repeat."""
    return answer.text.replace(path, "") if answer.status_code == 200 else ""


def endpoints(office: Visitor, known: dict[str, list[str]]) -> Iterator[str]:
    """Give every GET of the API, with ids of the order's rows where it takes one."""
    described = office.ask("/api/v1/openapi.json").json()
    for path, verbs in described["paths"].items():
        if "get" in verbs:
            yield from fill(path, r"\{(\w+)\}", known)
