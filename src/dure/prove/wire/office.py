"""The cooperative's server, as a program of a member's own machine asks it: its API, in JSON."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import httpx

from dure.kernel.errors import Refused, Unavailable


@dataclass(frozen=True, slots=True)
class Office:
    """The server of the cooperative, asked with the owner's token."""

    http: httpx.Client
    url: str
    token: str

    def ask(self, verb: str, path: str, body: object = None) -> Any:
        """Ask one question; raises Refused with what it said, Unavailable where it is away."""
        head = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": token_hex(16)}
        url = f"{self.url.rstrip('/')}/api/v1{path}"
        try:
            answer = self.http.request(verb, url, json=body, headers=head)
        except httpx.HTTPError as away:
            raise Unavailable("prove.office_away", url=self.url, problem=str(away)) from away
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            problem = f"HTTP {answer.status_code}"
            raise Unavailable("prove.office_away", url=self.url, problem=problem)
        if answer.is_error:
            raise Refused("prove.office_refuses", url=self.url, **_problem(answer))
        return answer.json() if answer.content else None


def _problem(answer: httpx.Response) -> dict[str, str]:
    """Read problem+json (RFC 9457); what is none is shown as it came."""
    try:
        said = answer.json()
        return {"code": str(said["type"]), "said": str(said["detail"])}
    except (ValueError, KeyError, TypeError):
        return {"code": "", "said": answer.text[:300]}
