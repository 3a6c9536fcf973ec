"""Who comes to the house after the order: its parties, and those who have no part in it."""

import json
import re

from dure.kernel.ids import check_digit
from tests.cli.house import Up
from tests.journeys.demo import Demo
from tests.journeys.visitors import Visitor

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def everybody(first: Demo, reopened: Up) -> dict[str, Visitor]:
    """
    Let everybody come in, by role, and each maker of the order by its firm's name.

    rival is a member without a part, pretender a second buyer, clerk a second account of a
    maker that is not its owner's, nobody has no account.
    """
    url = reopened.house.address
    firms = json.loads((first.home.secrets / "twin.json").read_text())
    found = {
        start.rstrip("@"): come_in(start.rstrip("@"), url, having(firms, start)[0], start)
        for start in ("office@", "buyer@", "supplier@", "auditor@")
    }
    names = {firm["id"]: firm["name"] for firm in found["office"].ask("/api/v1/firms").json()}
    makers = set(prices(first))
    for firm in having(firms, "owner@"):
        name = names[firm["firm"]]
        if name in makers:
            found[name] = come_in(name, url, firm, "owner@")
            found["clerk"] = found.get("clerk") or come_in("clerk", url, firm, "bookkeeper@")
        elif "rival" not in found and "auditor" not in str(firm["passwords"]):
            found["rival"] = come_in("rival", url, firm, "owner@")
    found["pretender"] = pretender(url, found["office"])
    found["nobody"] = Visitor("nobody", url)
    return found


def having(firms, start) -> list[dict]:
    """Give the firms that have somebody whose address begins so."""
    return [each for each in firms.values() if any(m.startswith(start) for m in each["passwords"])]


def come_in(name, url, firm, start) -> Visitor:
    """Sign in as the person of a firm whose address begins so; owners bring the firm's token."""
    mail = next(mail for mail in firm["passwords"] if mail.startswith(start))
    token = "" if start == "bookkeeper@" else firm["token"]
    visitor = Visitor(name, url, token, firm["firm"])
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
    joined = office.tell("/api/v1/firms", body)
    assert joined.status_code == 201, joined.text
    return come_in("pretender", url, joined.json(), "buyer@")


def ids(first: Demo) -> set[str]:
    """Give the ids of the order and of all that belongs to it."""
    return set(UUID.findall(json.dumps(first.summary())))


def prices(first: Demo) -> dict[str, set[str]]:
    """Give each maker's prices, as pages and as the API write them."""
    of: dict[str, set[str]] = {}
    for row in first.summary()["plan"]["job_orders"]:
        of.setdefault(row["firm"], set()).update({f"{row['price']:,}", f": {row['price']},"})
    return of
