"""
The people of the cooperative at their doors: who may sign in, and what each firm's token opens.

Tokens and passwords are shown once, when a firm joins; they are kept in one file for the
next order in the same cooperative. A firm that joined but whose answer was lost joins
again with the same Idempotency-Key and gets the same answer.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dure.twin import bodies
from dure.twin.cooperative import Cooperative, Firm
from dure.twin.door import Caller, Door, Silence, insist


class Parked(Exception):
    """A reaction failed again and again: the house will not come to rest by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What one firm was handed when it joined."""

    firm: str
    token: str
    passwords: dict[str, str]


@dataclass(slots=True, kw_only=True)
class People:
    """Everybody of one cooperative, by business number."""

    coop: Cooperative
    door: Door
    file: Path
    _keys: dict[str, Keys] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.file.exists():
            said = json.loads(self.file.read_text(encoding="utf-8"))
            self._keys = {number: Keys(**keys) for number, keys in said.items()}

    @property
    def everybody(self) -> tuple[Firm, ...]:
        """The office, the members, the buyer and the suppliers."""
        return (self.coop.office, *self.coop.members, self.coop.buyer, *self.coop.suppliers)

    @property
    def founded(self) -> bool:
        """Say whether the cooperative's office has its token."""
        return self.coop.office.business_number in self._keys

    def keep(self, firm: Firm, keys: Keys) -> None:
        """Keep what a firm was handed, for this user's eyes only."""
        self._keys[firm.business_number] = keys
        said = {number: _plain(each) for number, each in self._keys.items()}
        handle, name = tempfile.mkstemp(dir=self.file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as draft:
            json.dump(said, draft, ensure_ascii=False, indent=1)
        os.replace(name, self.file)

    def join(self) -> Iterator[Firm]:
        """Let everybody join who has not yet; gives each firm as it joins."""
        for firm in self.everybody:
            if firm.business_number not in self._keys:
                said = self.office.post(
                    "/firms", bodies.firm(firm), key=f"join-{firm.business_number}"
                )
                keys = Keys(firm=said["firm"], token=said["token"], passwords=said["passwords"])
                self.keep(firm, keys)
                yield firm

    @property
    def office(self) -> Caller:
        """The cooperative's office at the door."""
        return self.at_door(self.coop.office)

    @property
    def buyer(self) -> Caller:
        """The buyer at the door."""
        return self.at_door(self.coop.buyer)

    def at_door(self, firm: Firm) -> Caller:
        """Give the door as a firm sees it."""
        return self.door.as_(self._keys[firm.business_number].token)

    def keys(self, firm: Firm) -> Keys:
        """Give what a firm was handed when it joined."""
        return self._keys[firm.business_number]

    def firm(self, firm_id: str) -> Firm:
        """Give the firm behind an id that Dure handed out."""
        return next(each for each in self.everybody if self.id_of(each) == firm_id)

    def id_of(self, firm: Firm) -> str:
        """Give the id that Dure handed out for a firm; empty before it joined."""
        keys = self._keys.get(firm.business_number)
        return keys.firm if keys else ""


@dataclass(slots=True, kw_only=True)
class House:
    """Dure as its office sees it: at rest or not, and what time it is there."""

    office: Caller
    patience: float = 120.0

    def now(self) -> datetime:
        """Give business time."""
        return datetime.fromisoformat(self.office.get("/clock")["now"])

    def wait_until(self, at: datetime) -> None:
        """Let business time pass; going back is not a thing that time does."""
        if at > self.now():
            self.office.post("/clock", {"now": at.isoformat()})

    def let_pass(self, **span: int) -> datetime:
        """Let so much business time pass, and say what time it is then."""
        at = self.now() + timedelta(**span)
        self.wait_until(at)
        return at

    def rest(self, *, logged: bool = True) -> dict[str, Any]:
        """
        Wait until nothing is pending; gives the last GET /status. Raises Parked, Silence.

        Without logged it is enough that all reactions took effect: the log follows.
        """

        def attempt() -> dict[str, Any] | None:
            status: dict[str, Any] = self.office.get("/status")
            if status["parked"]:
                raise Parked(f"{status['parked']} reactions failed five times: {status}")
            return status if at_rest(status, logged=logged) else None

        try:
            return insist(attempt, self.patience, "GET /status")
        except Silence as silence:
            raise Silence(f"{silence}; still {self.office.get('/status')}") from None


def at_rest(status: dict[str, Any], *, logged: bool = True) -> bool:
    """Say whether nothing is under way: no reaction waits and, if asked, no entry is unlogged."""
    counts = {what: count for what, count in status.items() if isinstance(count, int)}
    return not any(count for what, count in counts.items() if logged or what != "unlogged")


def _plain(keys: Keys) -> dict[str, Any]:
    return {"firm": keys.firm, "token": keys.token, "passwords": keys.passwords}
