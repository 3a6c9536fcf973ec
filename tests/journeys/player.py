"""Somebody who plays: hears where the story stops, signs in as printed, and decides on the page."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from dure.stack.home import Home
from tests.journeys.visitors import Visitor, forms_of, links

TURN = re.compile(r"Your turn: (.+)")
OPEN = re.compile(r"^\s*Open (\S+)$")
SIGN_IN = re.compile(r"sign in as (\S+) with (\S+)")
INSPECTED, FAILED = 540, 25


@dataclass
class Turn:
    """Where the story stops: what there is to decide, at which page, as whom."""

    what: str
    address: str = ""
    email: str = ""
    password: str = ""

    @contextmanager
    def visitor(self) -> Iterator[tuple[Visitor, httpx.Response]]:
        """Come in as the terminal says, and open the page that it names."""
        parts = urlsplit(self.address)
        somebody = Visitor(self.email, f"{parts.scheme}://{parts.netloc}")
        somebody.sign_in(self.email, self.password)
        try:
            yield somebody, somebody.get(parts.path)
        finally:
            somebody.leave()


@dataclass
class Player:
    """
    Plays a whole order, not always as the story expects.

    Asked for the first time, it answers an offer to somebody else, whom it plays as well,
    and declines its own; later it tries to release a held lot that nobody looked at.
    """

    home: Home
    turns: list[Turn] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    refusals: list[httpx.Response] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Listen to a line of the story, and act when it has said all of a turn."""
        if found := TURN.search(line):
            self.turns.append(Turn(found[1].strip()))
        elif found := OPEN.search(line):
            self.turns[-1].address = found[1]
        elif found := SIGN_IN.search(line):
            self.turns[-1].email, self.turns[-1].password = found[1], found[2]
            self._play(self.turns[-1])

    def _play(self, turn: Turn) -> None:
        with turn.visitor() as (somebody, page):
            self._way(turn)(turn, somebody, page)

    def _way(self, turn: Turn) -> Callable[[Turn, Visitor, httpx.Response], None]:
        if "accept it?" in turn.what:
            return self._accept if "declined" in self.did else self._decline
        if "Look at all" in turn.what:
            return self._inspect
        return self._settle if "settlement" in turn.what else self._release

    def _decline(self, turn: Turn, somebody: Visitor, page: httpx.Response) -> None:
        self._accept_another(somebody)
        self._answer(somebody, page, offered(page, turn), "decline")
        self.did.append("declined")

    def _accept(self, turn: Turn, somebody: Visitor, page: httpx.Response) -> None:
        self._answer(somebody, page, offered(page, turn), "accept")
        self.did.append("accepted")

    def _accept_another(self, somebody: Visitor) -> None:
        """Sign in as another member who is asked just now, and accept what is offered first."""
        firms = {each["firm"]: each for each in json.loads(self.people.read_text()).values()}
        mails = {firm: next(iter(each["passwords"])) for firm, each in firms.items()}
        (office,) = [firm for firm, mail in mails.items() if mail.startswith("office@")]
        clerk = Visitor("office", somebody.url, firms[office]["token"])
        asked = [
            step["firm"]
            for cluster in clerk.ask("/api/v1/clusters").json()
            for step in clerk.ask(f"/api/v1/clusters/{cluster['id']}").json()["assignments"]
            if step["state"] == "offered" and mails[step["firm"]] != somebody.name
        ]
        clerk.leave()
        mail, url = mails[asked[0]], urlsplit(somebody.url)
        turn = Turn("", f"{url.scheme}://{url.netloc}/clusters/", mail)
        turn.password = firms[asked[0]]["passwords"][mail]
        with turn.visitor() as (another, page):
            self._answer(another, page, offers(page)[0], "accept")
        self.did.append("accepted another")

    @property
    def people(self) -> Path:
        """Where the twin keeps who may sign in."""
        return self.home.secrets / "twin.json"

    def _answer(self, somebody: Visitor, page: httpx.Response, offer: str, answer: str) -> None:
        assert 302 == somebody.fill(page, f"/offers/{offer}/{answer}/").status_code

    def _inspect(self, turn: Turn, somebody: Visitor, page: httpx.Response) -> None:
        assert str(INSPECTED) in turn.what
        token = forms_of(page)[-1].fields["csrfmiddlewaretoken"]
        path = urlsplit(turn.address).path
        fields = {"csrfmiddlewaretoken": token}
        self.refusals.append(somebody.send(f"{path}release/", fields))
        noted = somebody.fill(page, "/inspect/", inspected=INSPECTED, failed=FAILED)
        assert 302 == noted.status_code
        self.did.append("inspected")

    def _release(self, turn: Turn, somebody: Visitor, page: httpx.Response) -> None:
        assert 302 == somebody.fill(page, "/release/").status_code
        self.did.append("released")

    def _settle(self, turn: Turn, somebody: Visitor, page: httpx.Response) -> None:
        orders = [link for link in links(page) if re.fullmatch(r"/money/[0-9a-f-]{36}/", link)]
        pages = [somebody.get(order) for order in dict.fromkeys(orders)]
        (open_one,) = [each for each in pages if any("release" in f.action for f in forms_of(each))]
        assert 302 == somebody.fill(open_one, "/release/").status_code
        self.did.append("settled")


def offers(page: httpx.Response) -> list[str]:
    """Give the ids of the offers that wait on a page, in order."""
    return re.findall(r"/offers/([0-9a-f-]{36})/accept/", page.text)


def offered(page: httpx.Response, turn: Turn) -> str:
    """Give the id of the offer that a turn speaks of, by its name in quotes."""
    found = re.search(r"offered '(.+?)'", turn.what)
    assert found, turn.what
    cards = page.text.split('<section class="card">')[1:]
    card = next(each for each in cards if f"<h2>{found[1]}" in each)
    (offer,) = re.findall(r"/offers/([0-9a-f-]{36})/accept/", card)
    return offer
