"""Visitors of a running house: they come in by its doors and follow the links they are shown."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NO_PAGES = ("/static/", "/sign-out", "/log/", "/api/")
ENDLESS = "/events/"  # an open stream of events never ends
OF_A_KIND = 3  # addresses that differ by their ids alone: so many of each are followed
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\?.*")


@dataclass
class Visitor:
    """Somebody with a browser and, where the firm has one, a token."""

    name: str
    url: str
    token: str = ""
    browser: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        alone = httpx.Limits(max_keepalive_connections=0)
        self.browser = httpx.Client(base_url=self.url, timeout=60, limits=alone)

    def sign_in(self, email: str, password: str) -> None:
        form = FORM_TOKEN.search(self.browser.get("/sign-in/").text)
        fields = {"csrfmiddlewaretoken": form[1], "email": email, "password": password, "next": ""}
        response = self.browser.post("/sign-in/", data=fields, headers={"Referer": self.url})
        assert response.status_code == 302, f"{self.name} was not let in: {response.status_code}"

    def get(self, path: str) -> httpx.Response:
        return self.browser.get(path)

    def ask(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=60)

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
        """Close the browser."""
        self.browser.close()


def links(response: httpx.Response) -> Iterator[str]:
    """Give the links of a page that lead to other pages, and where it sends the visitor on."""
    if "Location" in response.headers:
        yield response.headers["Location"]
    if "text/html" in response.headers.get("Content-Type", ""):
        for link in LINK.findall(response.text):
            path = link.replace("&amp;", "&")
            if not path.startswith(NO_PAGES) and ENDLESS not in path:
                yield path
