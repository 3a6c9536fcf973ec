"""
The twin's way through the HTTP door: patient with a server that restarts, deaf to nothing it says.

A POST carries an Idempotency-Key that does not change while it is tried again, so that
an answer lost on the way is fetched and not done twice. A killed process shows as a
refused connection or a 502, 503 or 504 for a moment; the door waits for it to come back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from time import monotonic, sleep
from typing import Any, TypeVar

import httpx

RESTARTING = frozenset({502, 503, 504})
PAUSE = 0.05
LONGEST_PAUSE = 1.0

Answer = TypeVar("Answer")
Params = dict[str, str | int] | None


class Problem(Exception):
    """Dure said no: the problem+json it answered with, in its own words."""

    def __init__(self, asked: str, answer: httpx.Response) -> None:
        self.asked = asked
        self.status = answer.status_code
        self.body = _json(answer)
        self.code = str((self.body.get("reason") or {}).get("code", ""))
        super().__init__(f"{asked}: {self.status} {self.body or answer.text[:500]}")


class Silence(Exception):
    """Dure did not come back, or did not come to rest, within the twin's patience."""


@dataclass(slots=True, kw_only=True)
class Door:
    """
    The API of one Dure, as nobody in particular; `as_` gives it with somebody's token.

    `run` begins every Idempotency-Key, so two runs never share one. `patience` is how many
    seconds of wall time a restart may take before the twin gives up.
    """

    url: str
    run: str
    patience: float = 120.0
    _client: httpx.Client = field(init=False)
    _keys: Iterator[int] = field(default_factory=lambda: count(1), init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30.0)

    def as_(self, token: str) -> "Caller":
        """Give the same door as seen by whoever holds token."""
        return Caller(self, token)

    def next_key(self) -> str:
        """Give an Idempotency-Key that this run has not used yet."""
        return f"{self.run}-{next(self._keys)}"

    def fetch(self, path: str) -> bytes:
        """Give what is published to everybody outside the API, such as the log's policy."""

        def attempt() -> bytes | None:
            try:
                answer = self._client.get(f"{self.url}{path}")
            except httpx.TransportError:
                return None
            return answer.content if answer.is_success else None

        return insist(attempt, self.patience, f"GET {path}")

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: object, params: Params
    ) -> Any:
        """Send one request until it is answered; raises Problem for a no, Silence for no answer."""

        def attempt() -> httpx.Response | None:
            try:
                answer = self._client.request(
                    method, path, headers=headers, json=body, params=params
                )
            except httpx.TransportError:
                return None
            return None if answer.status_code in RESTARTING else answer

        answer = insist(attempt, self.patience, f"{method} {path}")
        if answer.is_error:
            raise Problem(f"{method} {path}", answer)
        return answer.content if _is_bytes(answer) else answer.json()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody at the door: one token."""

    door: Door
    token: str

    def get(self, path: str, **params: str | int) -> Any:
        """Ask a question; gives JSON values, or bytes where the answer is no JSON."""
        return self.door.ask("GET", path, self._headers, None, params)

    def post(self, path: str, body: object = None, *, key: str = "") -> Any:
        """Do something once, however often it has to be tried; key makes it once for ever."""
        headers = {**self._headers, "Idempotency-Key": key or self.door.next_key()}
        return self.door.ask("POST", path, headers, {} if body is None else body, None)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def insist(attempt: Callable[[], Answer | None], patience: float, what: str) -> Answer:
    """Try again, ever more slowly, until there is an answer; raises Silence after patience."""
    give_up = monotonic() + patience
    pause = PAUSE
    while (answer := attempt()) is None:
        if monotonic() > give_up:
            raise Silence(f"{what}: no answer within {patience:.0f} s")
        sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return answer


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {"answer": body}


def _is_bytes(answer: httpx.Response) -> bool:
    return "json" not in answer.headers.get("content-type", "")
