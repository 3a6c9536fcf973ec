"""Visitors of a running house: they come in by its doors and follow every link they are shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NO_PAGES = ("/static/", "/sign-out", "/log/", "/api/")
ENDLESS = "/events/"  # an open stream of events never ends


@dataclass
class Visitor:
    """Somebody with a browser and, where the firm has one, a token."""

    name: str
    url: str
    token: str = ""
    browser: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.browser = httpx.Client(base_url=self.url, timeout=60)

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

    def follow_all_links(self) -> dict[str, httpx.Response]:
        """Follow every link from the first page on; gives the answer of each."""
        answers: dict[str, httpx.Response] = {}
        ahead = ["/"]
        while ahead:
            path = ahead.pop()
            if path in answers:
                continue
            answers[path] = self.get(path)
            ahead += [link for link in links(answers[path]) if link not in answers]
        return answers


def links(response: httpx.Response) -> Iterator[str]:
    """Give the links of a page that lead to other pages."""
    if "text/html" in response.headers.get("Content-Type", ""):
        for link in LINK.findall(response.text):
            path = link.replace("&amp;", "&")
            if not path.startswith(NO_PAGES) and ENDLESS not in path:
                yield path
