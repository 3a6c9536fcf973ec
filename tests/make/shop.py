"""A shop floor for tests: members with a press each, and job orders as the plan releases them."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random
from uuid import UUID

from dure.journal.services import record
from dure.kernel.actor import NOBODY, Actor
from dure.kernel.fact import FactKind
from dure.make import bridge, models
from dure.make.engine.manifest import Range
from dure.make.public import group_of
from dure.make.services.jobs import prepare_job
from dure.make.services.sealing import tell_sealed
from dure.members import public as members
from dure.members.services import join_firm
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.make.wire.payloads import born, message, payload
from tests.members.test_founding import firm

RELEASED = FactKind("JobOrderReleased", "job_order")
WITHDRAWN = FactKind("JobOrderWithdrawn", "job_order")
START_MS = int(AT.timestamp() * 1_000)


@dataclass(frozen=True)
class Shop:
    """A member, its owner and its API token."""

    firm: UUID
    number: int
    owner: Actor
    token: str
    press: UUID
    sign_in: dict


def shop(serial):
    joining = firm(serial).joining()
    with acting(OFFICE):
        joined = join_firm(joining, at=AT)
    with acting(NOBODY):
        owner = members.actor_for_token(sha256(joined.token.encode()).digest())
    with acting(owner):
        (press,) = members.equipment(joining.firm.id)
    ((email, password),) = joined.passwords.items()
    sign_in = {"email": email, "password": password}
    return Shop(joining.firm.id, joined.number, owner, joined.token, press.id, sign_in)


def released(at_shop, quantity=500, step="press", job_order=None):
    """Let the plan release a job order; gives the job that follows."""
    with acting(WORKER):
        fact = record(
            RELEASED,
            aggregate_id=job_order or new_id(),
            aggregate_version=2 if job_order else 1,
            at=AT,
            parties=[at_shop.firm],
            sets={
                "firm_id": at_shop.firm,
                "order_id": new_id(),
                "step": step,
                "unit": "ea",
                "quantity": quantity,
                "starts": AT,
                "ends": AT + timedelta(hours=4),
                "equipment_id": at_shop.press,
            },
        )
        return prepare_job(fact, AT)


def withdrawn(job):
    """Let the plan give a job's step to another firm; gives the fact."""
    return record(
        WITHDRAWN,
        aggregate_id=job.job_order_id,
        aggregate_version=2,
        at=AT,
        parties=[job.firm_id],
    )


def token(job):
    return bridge.job_token(job.id)


def lot_of(job):
    return models.Lot.objects.select_related("job").get(job_id=job.id)


class Press:
    """A member's press, whose readings are committed and told as ingest does it."""

    def __init__(self, at_shop, capture):
        self.shop, self.capture = at_shop, capture
        self.group = group_of(at_shop.number)
        self.seq, self.read = 0, 0
        births = born(self.group, device="PRESS-1", metrics=[("force", 7, "at rest")])
        self.commit(births)

    def commit(self, messages):
        lo = self.seq + 1
        numbered = []
        for each in messages:
            self.seq += 1
            numbered.append(each._replace(seq=self.seq))
        span = Range(epoch="e", lo=lo, hi=self.seq)
        self.capture.commit(numbered, {f"test/{self.group}": span})
        tell_sealed(self.capture.manifest)

    def says(self, values):
        topic = f"spBv1.0/{self.group}/DDATA/line-1/PRESS-1"
        messages = []
        for value in values:
            self.read += 1
            at = START_MS + self.read * 60_000
            body = payload((self.read + 1) % 256, [(None, 7, float(value))], at=at)
            messages.append(message(topic, body))
        self.commit(messages)


def steady(count, seed=1):
    chance = Random(seed)
    return [chance.uniform(99, 101) for _ in range(count)]
