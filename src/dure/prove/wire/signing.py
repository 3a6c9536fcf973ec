"""A device that signs for its firm, towards the server: it asks what waits, signs, hands in."""

from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from uuid import UUID

import httpx

from dure.kernel.entry import from_text, public_key, to_text
from dure.kernel.errors import Refused, Unavailable
from dure.prove.engine.device import Waiting, sign_all
from dure.prove.store.device import DeviceFolder

SIGNED_ELSEWHERE = "urn:dure:journal.nothing_to_sign"


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


def sign_what_waits(office: Office, folder: DeviceFolder) -> int:
    """
    Sign what waits for this device, durably, and hand it in; gives how many were taken.

    Announces the device in a new month, and with a new key where the server has signed in the
    place of this one meanwhile. Raises Unproven for what the device must not sign.
    """
    asked = office.ask("GET", "/device")
    seed = folder.seed()
    if seed is None or asked["public_key"] != to_text(public_key(seed)):
        seed, asked = _announced(office, folder, seed)
    signed = folder.signed_by(seed)
    late = signed[asked["next_seq"] :]  # signed, and perhaps never handed in
    new = sign_all(
        [_waiting(item) for item in asked["waiting"][len(late) :]],
        seed=seed,
        firm=UUID(asked["firm"]),
        signed=signed,
    )
    if new:
        folder.keep(seed, new)
    if not (lines := [*late, *new]):
        return 0
    try:
        body = {"lines": [line.decode() for line in lines]}
        return int(office.ask("POST", "/device/entries", body)["taken"])
    except Refused as refused:
        if refused.reason.parameters["code"] == SIGNED_ELSEWHERE:
            _announced(office, folder, seed)  # this chain has a line that the log will not have
        raise


def _announced(office: Office, folder: DeviceFolder, seed: bytes | None) -> tuple[bytes, Any]:
    """Announce a key: the one in use where it has signed nothing yet, else a new one."""
    if seed is None or folder.signed_by(seed):
        seed = folder.new_seed()
    return seed, office.ask("POST", "/device", {"public_key": to_text(public_key(seed))})


def _problem(answer: httpx.Response) -> dict[str, str]:
    """Read problem+json (RFC 9457); what is none is shown as it came."""
    try:
        said = answer.json()
        return {"code": str(said["type"]), "said": str(said["detail"])}
    except (ValueError, KeyError, TypeError):
        return {"code": "", "said": answer.text[:300]}


def _waiting(item: dict[str, Any]) -> Waiting:
    return Waiting(kind=item["kind"], body=item["body"].encode(), key=from_text(item["key"], 32))
