"""Visitors of a running house: they come in by its doors and use what the pages show them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin
from uuid import uuid4

import httpx

LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)')
NO_PAGES = ("/static/", "/sign-out", "/log/", "/api/")
ENDLESS = "/events/"  # an open stream of events never ends
OF_A_KIND = 2  # addresses that differ by their ids alone: so many of each are followed
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\?.*")


@dataclass
class Form:
    """A form of a page that is posted: where to, and what stands in it already."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = said.get("method", "get").lower() == "post"
            if self.is_inside:
                self.forms.append(Form(said.get("action", "")))
        elif self.is_inside and tag in ("input", "select", "textarea") and "name" in said:
            self.forms[-1].fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False


def forms_of(page: httpx.Response) -> list[Form]:
    """Give the forms of a page that post something."""
    reader = _Forms()
    reader.feed(page.text)
    return reader.forms


@dataclass
class Visitor:
    """Somebody with a browser and, where the firm has one, a token."""

    name: str
    url: str
    token: str = ""
    firm: str = ""
    browser: httpx.Client = field(init=False)
    machine: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Have a browser, and a program that brings the firm's token and no cookies."""
        alone = httpx.Limits(max_keepalive_connections=0)
        self.browser = httpx.Client(base_url=self.url, timeout=60, limits=alone)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        self.machine = httpx.Client(base_url=self.url, timeout=60, limits=alone, headers=headers)

    def sign_in(self, email: str, password: str) -> None:
        page = self.get("/sign-in/")
        response = self.fill(page, "", email=email, password=password)
        assert response.status_code == 302, f"{self.name} was not let in: {response.status_code}"

    def get(self, path: str) -> httpx.Response:
        return self.browser.get(path)

    def fill(self, page: httpx.Response, action: str, **fields: object) -> httpx.Response:
        """Fill in and send the form of a page that leads to an address ending with action."""
        found = [form for form in forms_of(page) if form.action.endswith(action)]
        assert found, f"{self.name} finds no form for {action!r} at {page.url}"
        form = next((each for each in found if fields.keys() <= each.fields.keys()), None)
        assert form, f"no form for {action!r} takes {sorted(fields)}"
        filled = {**form.fields, **{name: str(value) for name, value in fields.items()}}
        return self.send(urljoin(str(page.url), form.action), filled)

    def send(self, path: str, fields: dict[str, str]) -> httpx.Response:
        """Send a form's fields as a browser does."""
        return self.browser.post(path, data=fields, headers={"Referer": self.url})

    def ask(self, path: str) -> httpx.Response:
        """Ask the API a question."""
        return self.machine.get(path)

    def tell(self, path: str, body: object = None) -> httpx.Response:
        """Do something by the API."""
        return self.machine.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})

    def follow_links(self) -> dict[str, httpx.Response]:
        """Follow the links from the first page on, a few of each kind; gives what each answered."""
        answers: dict[str, httpx.Response] = {}
        kinds: Counter[str] = Counter()
        ahead = ["/"]
        while ahead:
            path = ahead.pop(0)
            kind = IDS.sub("#", path)
            if path in answers or kinds[kind] == OF_A_KIND:
                continue
            kinds[kind] += 1
            answers[path] = self.get(path)
            ahead += links(answers[path])
        return answers

    def leave(self) -> None:
        """Close the browser, and the program."""
        self.browser.close()
        self.machine.close()


def links(response: httpx.Response) -> Iterator[str]:
    """Give the links of a page that lead to other pages, and where it sends the visitor on."""
    if "Location" in response.headers:
        yield response.headers["Location"]
    if "text/html" in response.headers.get("Content-Type", ""):
        for link in LINK.findall(response.text):
            path = link.replace("&amp;", "&")
            if not path.startswith(NO_PAGES) and ENDLESS not in path:
                yield path
