"""
Every page and every endpoint, asked for by everybody, after an order has gone its whole way.

Nothing may fail, nobody may meet a link that leads nowhere, and nobody may read what is
not theirs: not the Rival, not a buyer who only pretends, not a maker beside another.
"""

import json
import re
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from dure.kernel.ids import check_digit
from tests.journeys.conftest import Told
from tests.journeys.visitors import Visitor

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FORMS_ONLY = 405  # a form's address, which is followed here as if it were a link


@pytest.fixture(scope="module")
def visitors(told: Told, house) -> dict[str, Visitor]:
    url = house.house.address
    people = told.people()
    firms = {firm["firm"]: firm for firm in people.values()}
    makers = {row["firm_id"] for row in told.stage("plan")["job_orders"]}
    idle = sorted(set(members(firms)) - makers)
    cast = {"office": office(firms), "buyer": by_mail(firms, "buyer@")}
    cast |= {f"maker {n}": (firms[maker], "owner@") for n, maker in enumerate(sorted(makers))}
    cast |= {"rival": (firms[idle[0]], "owner@"), "auditor": by_mail(firms, "auditor@")}
    cast["supplier"] = by_mail(firms, "supplier@")
    found = {name: come_in(name, url, firm, mail) for name, (firm, mail) in cast.items()}
    found["pretender"] = pretender(url, found["office"])
    found["nobody"] = Visitor("nobody", url)
    return found


def members(firms):
    return [
        key for key, firm in firms.items() if any("owner@" in mail for mail in firm["passwords"])
    ]


def office(firms):
    return by_mail(firms, "office@")


def by_mail(firms, start):
    return next(
        (firm, start)
        for firm in firms.values()
        if any(mail.startswith(start) for mail in firm["passwords"])
    )


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
def pages(visitors):
    """Give what each visitor meets by following links."""
    return {name: visitor.follow_all_links() for name, visitor in visitors.items()}


@pytest.fixture(scope="module")
def addresses(pages) -> list[str]:
    """Give every address that anybody was shown."""
    return sorted({path for answers in pages.values() for path in answers})


def ours(told: Told) -> set[str]:
    """Give the ids of the order and all that belongs to it, from the summary."""
    return set(UUID.findall(json.dumps(told.said["stages"]))) - {
        row["firm_id"] for row in told.stage("plan")["job_orders"]
    }


def prices(told: Told) -> dict[str, set[str]]:
    """Give each maker's prices, as pages and as the API write them."""
    of: dict[str, set[str]] = {}
    for row in told.stage("plan")["job_orders"]:
        of.setdefault(row["firm_id"], set()).update({f"{row['price']:,}", f": {row['price']},"})
    return of


def test_no_link_leads_nowhere(pages):
    lost = {
        (name, path): answer.status_code
        for name, answers in pages.items()
        for path, answer in answers.items()
        if answer.status_code not in (200, 302, FORMS_ONLY)
    }

    assert {} == lost


def test_no_address_fails_for_anybody(visitors, addresses):
    failed = [
        (name, path, answer.status_code)
        for name, visitor in visitors.items()
        for path in addresses
        if (answer := visitor.get(path)).status_code >= 500
    ]

    assert [] == failed


@pytest.mark.parametrize("outsider", ["rival", "pretender", "nobody"])
def test_an_outsider_reads_nothing_of_the_order(told, visitors, addresses, outsider):
    secrets = ours(told) | {price for each in prices(told).values() for price in each}

    leaks = [
        (path, secret)
        for path in addresses
        for text in [visible(visitors[outsider].get(path), path)]
        for secret in secrets
        if secret in text
    ]

    assert [] == leaks


def test_a_maker_reads_no_other_makers_price(told, visitors, addresses):
    of = prices(told)

    leaks = []
    for name, visitor in visitors.items():
        mine = next((firm for firm in of if visitor.token == token_of(told, firm)), None)
        if mine is None:
            continue
        others = set().union(*(each for firm, each in of.items() if firm != mine)) - of[mine]
        for path in addresses:
            text = visitor.get(path).text
            leaks += [(name, path, price) for price in others if price in text]

    assert [] == leaks


def test_the_buyer_reads_no_makers_price(told, visitors, addresses):
    steps = set().union(*prices(told).values())

    leaks = [
        (path, price)
        for path in addresses
        for text in [visitors["buyer"].get(path).text]
        for price in steps
        if price in text
    ]

    assert [] == leaks


@pytest.mark.parametrize("outsider", ["rival", "pretender", "nobody"])
def test_the_api_tells_an_outsider_nothing_of_the_order(told, visitors, outsider):
    secrets = ours(told) | {price for each in prices(told).values() for price in each}

    leaks = []
    for path in endpoints(visitors["office"], sorted(ours(told))):
        answer = visitors[outsider].ask(path)
        assert answer.status_code < 500, (path, answer.text)
        text = visible(answer, path)
        leaks += [(path, secret) for secret in secrets if secret in text]

    assert [] == leaks


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


def token_of(told: Told, firm_id: str) -> str:
    return next(firm["token"] for firm in told.people().values() if firm["firm"] == firm_id)


def visible(answer: httpx.Response, path: str) -> str:
    """Give what an answer tells beyond the address that was asked for, which a page may repeat."""
    return answer.text.replace(path, "") if answer.status_code == 200 else ""


def endpoints(office: Visitor, ids: list[str]):
    """Give every GET of the API, with every id of the order where it takes one."""
    described = office.ask("/api/v1/openapi.json").json()
    for path, verbs in described["paths"].items():
        if "get" not in verbs:
            continue
        if "{" not in path:
            yield path
        elif path.count("{") == 1:
            yield from (re.sub(r"\{[^}]+\}", each, path) for each in ids)
