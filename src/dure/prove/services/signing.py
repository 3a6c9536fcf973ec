"""
A member's own device signs for it: asks the server what waits, signs, keeps, hands in.

Needs neither Django nor a database: it runs at the member's, as `dure sign`.
"""

from typing import Any
from uuid import UUID

from dure.kernel.entry import from_text, public_key, to_text
from dure.kernel.errors import Refused
from dure.prove.engine.device import Waiting, sign_all
from dure.prove.store.device import DeviceFolder
from dure.prove.wire.office import Office

SIGNED_ELSEWHERE = "urn:dure:journal.nothing_to_sign"


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


def _waiting(item: dict[str, Any]) -> Waiting:
    return Waiting(kind=item["kind"], body=item["body"].encode(), key=from_text(item["key"], 32))
