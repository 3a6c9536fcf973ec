"""
Every page and every endpoint, asked for by everybody, after an order has gone its whole way.

Nothing may fail, nobody may meet a link that leads nowhere, and nobody may read what is
not theirs: not the Rival, not a buyer who only pretends, not a maker beside another.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from dure.kernel.ids import check_digit
from tests.journeys.demo import Demo
from tests.journeys.visitors import Visitor

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FORMS_ONLY = 405  # a form's address, which is followed here as if it were a link


@pytest.fixture(scope="module")
def firms(first: Demo) -> dict[str, dict]:
    """Give each firm's id, token and passwords, as the twin keeps them."""
    return json.loads((first.home.secrets / "twin.json").read_text())


@pytest.fixture(scope="module")
def visitors(first: Demo, firms, reopened) -> Iterator[dict[str, Visitor]]:
    url = reopened.house.address
    found = {
        start.rstrip("@"): come_in(start.rstrip("@"), url, having(firms, start)[0], start)
        for start in ("office@", "buyer@", "supplier@", "auditor@")
    }
    numbers = {firm["id"]: firm["name"] for firm in found["office"].ask("/api/v1/firms").json()}
    makers = set(prices(first))
    for firm in having(firms, "owner@"):
        name = numbers[firm["firm"]]
        if name in makers:
            found[name] = come_in(name, url, firm, "owner@")
        elif "auditor" not in str(firm["passwords"]):
            found["rival"] = come_in("rival", url, firm, "owner@")
    found["pretender"] = pretender(url, found["office"])
    found["nobody"] = Visitor("nobody", url)
    yield found
    for visitor in found.values():
        visitor.leave()


def having(firms, start) -> list[dict]:
    """Give the firms that have somebody whose address begins so."""
    return [each for each in firms.values() if any(m.startswith(start) for m in each["passwords"])]


def come_in(name, url, firm, start) -> Visitor:
    mail = next(mail for mail in firm["passwords"] if mail.startswith(start))
    visitor = Visitor(name, url, firm["token"])
    visitor.sign_in(mail, firm["passwords"][mail])
    return visitor


def pretender(url, office) -> Visitor:
    """A second buyer, who asks for the same set to learn what others pay and take."""
    nine = "113009900"
    body = {
        "business_number": nine + str(check_digit(nine)),
        "name": "가짜 카페",
        "kind": "buyer",
        "people": [{"email": "buyer@fake.example", "name": "아무개", "roles": ["buyer"]}],
    }
    headers = {"Authorization": f"Bearer {office.token}", "Idempotency-Key": str(uuid4())}
    joined = httpx.post(f"{url}/api/v1/firms", json=body, headers=headers, timeout=60)
    assert joined.status_code == 201, joined.text
    return come_in("pretender", url, joined.json(), "buyer@")


@pytest.fixture(scope="module")
def pages(visitors) -> dict[str, dict[str, httpx.Response]]:
    """Give what each visitor meets by following links."""
    return {name: visitor.follow_links() for name, visitor in visitors.items()}


@pytest.fixture(scope="module")
def addresses(pages) -> list[str]:
    """Give every address that anybody followed."""
    return sorted({path for answers in pages.values() for path in answers})


@pytest.fixture(scope="module")
def everything(visitors, addresses) -> dict[str, dict[str, httpx.Response]]:
    """Give what each visitor gets at every address that anybody was shown."""
    return {
        name: {path: visitor.get(path) for path in addresses} for name, visitor in visitors.items()
    }


def ids(first: Demo) -> set[str]:
    """Give the ids of the order and of all that belongs to it."""
    return set(UUID.findall(json.dumps(first.summary())))


def prices(first: Demo) -> dict[str, set[str]]:
    """Give each maker's prices, as pages and as the API write them."""
    of: dict[str, set[str]] = {}
    for row in first.summary()["plan"]["job_orders"]:
        of.setdefault(row["firm"], set()).update({f"{row['price']:,}", f": {row['price']},"})
    return of


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


@pytest.mark.parametrize("outsider", ["rival", "pretender", "nobody"])
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


@pytest.mark.parametrize("outsider", ["rival", "pretender", "nobody"])
def test_the_api_tells_an_outsider_nothing_of_the_order(first, visitors, outsider):
    answers = {
        path: visitors[outsider].ask(path) for path in endpoints(visitors["office"], ids(first))
    }

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
    "answer_proposal",
    "bank_file",
    "choose",
    "close_round",
    "counter_offer",
    "decline_offer",
    "inspect_lot",
    "job",
    "log_checkpoint",
    "log_policy",
    "log_tile",
    "machine_events",
    "moving_count",
    "moving_deliver",
    "moving_inspect",
    "moving_resolve",
    "moving_send",
    "payment_file",
    "plan_proposal",
    "plan_quote",
    "release_lot",
    "release_money",
    "sign_out",
}


def told(answer: httpx.Response, path: str) -> str:
    """Give what an answer tells beyond the address that was asked for, which a page may repeat."""
    return answer.text.replace(path, "") if answer.status_code == 200 else ""


def endpoints(office: Visitor, known: set[str]) -> Iterator[str]:
    """Give every GET of the API, with every id of the order where it takes one."""
    described = office.ask("/api/v1/openapi.json").json()
    for path, verbs in described["paths"].items():
        if "get" in verbs and "{" not in path:
            yield path
        elif "get" in verbs and path.count("{") == 1:
            yield from (re.sub(r"\{[^}]+\}", each, path) for each in sorted(known))
