"""
Whom the broker hung up on, and why: it tells its system account, and we count it for the member.

    $SYS.ACCOUNT.M-F001.DISCONNECT  {"client":{"acc":"M-F001","client_id":"F001-line-1",…},
                                     "reason":"Maximum Message Payload Exceeded",…}

What it hangs up on never reaches a stream: without this only the node's will would show.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from dure.kernel.errors import Unavailable
from dure.kernel.reason import Reason
from dure.make.wire.nats import Nats
from dure.stack.broker import SYSTEM, group_of_account
from dure.stack.home import Home
from dure.stack.nats import nats_url

SUBJECT = "$SYS.ACCOUNT.*.DISCONNECT"
WHY = {
    "Maximum Message Payload Exceeded": "make.too_large",
    "Protocol Violation": "make.not_mqtt",
}
log = logging.getLogger(__name__)


@dataclass(slots=True)
class HangUps:
    """The broker's words on who it hung up on. A broker that has none for us says nothing."""

    home: Home
    _nats: Nats | None = None
    _heard: list[tuple[str, Reason]] = field(default_factory=list)

    def __enter__(self) -> Self:
        parts = urlsplit(nats_url(self.home, SYSTEM))
        assert parts.hostname, "an address of the broker names a host"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        try:
            self._nats = Nats(parts.hostname, parts.port or 4222, user=user, password=password)
        except Unavailable as closed:  # somebody else's broker: it keeps this to itself
            log.info("the broker does not say whom it hangs up on: %s", closed)
        else:
            self._nats.subscribe(SUBJECT)
        return self

    def __exit__(self, *_: object) -> None:
        if self._nats is not None:
            self._nats.close()

    @property
    def is_open(self) -> bool:
        """Say whether the broker tells us."""
        return self._nats is not None

    def fileno(self) -> int:
        """Give the descriptor that is readable when the broker said something."""
        assert self._nats is not None, "ask is_open first"
        return self._nats.fileno()

    def heed(self) -> None:
        """Take in what was said; raises Lost when the broker is gone."""
        assert self._nats is not None, "ask is_open first"
        said = (hung_up(json.loads(each.payload)) for each in self._nats.deliveries(0))
        self._heard += [each for each in said if each is not None]

    def take(self) -> list[tuple[str, Reason]]:
        """Hand over the group and the reason of each since the last call."""
        heard, self._heard = self._heard, []
        return heard


def hung_up(event: Mapping[str, Any]) -> tuple[str, Reason] | None:
    """Read one event: whose machine was hung up on, and why; None where that is no trouble."""
    client, code = event.get("client", {}), WHY.get(event.get("reason", ""))
    group = group_of_account(client.get("acc", ""))
    if code is None or group is None:
        return None
    return group, Reason(code, {"client": str(client.get("client_id", ""))[:64]})
