"""A road between two members for tests: a potter whose cups go to a packer, and on to a buyer."""

from dataclasses import dataclass
from uuid import UUID

from django.test import Client

from dure.kernel.actor import NOBODY, Actor, Role
from dure.kernel.ids import FirmId
from dure.make import public as make
from dure.make.services.jobs import finish_job, start_job
from dure.make.services.lots import release_lot
from dure.move import models
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER
from tests.make.shop import Shop, lot_of, released, shop, token

BUYER = Actor(firm=FirmId(new_id()), role=Role.BUYER)


@dataclass(frozen=True)
class Road:
    """Cups of one order: made and released at the potter, awaited at the packer."""

    potter: Shop
    packer: Shop
    rival: Shop
    order: UUID
    lot: UUID
    job: UUID


def road(good=520, scrap=21):
    potter, packer, rival = shop(2), shop(3), shop(4)
    job = released(potter, quantity=541, step="fire")
    with acting(NOBODY):
        foreman = make.foreman_with(token(job))
    with acting(foreman):
        start_job(token(job), at=AT)
        finish_job(token(job), good=good, scrap=scrap, at=AT)
        lot = lot_of(job)
    with acting(potter.owner):
        release_lot(lot.id, at=AT)
    lay(job.order_id, "fire", potter, packer.firm, "assemble", 520)
    return Road(potter, packer, rival, job.order_id, lot.id, job.id)


def lay(order, step, giver, taker, to_step, quantity):
    with acting(WORKER):
        models.Route.objects.create(
            order_id=order,
            order_number=1,
            step=step,
            name="본소성한 컵",
            name_en="Fired cups",
            unit="ea",
            quantity=quantity,
            from_firm_id=giver.firm,
            to_firm_id=taker,
            to_step=to_step,
            ready_at=AT,
        )


def api(who, path, body=None, key="k"):
    """Ask the API as a firm: GET without a body, POST with one."""
    client = Client()
    headers = {"Authorization": f"Bearer {who.token}"}
    if body is None:
        return client.get(f"/api/v1{path}", headers=headers)
    headers["Idempotency-Key"] = key
    return client.post(
        f"/api/v1{path}", data=body, content_type="application/json", headers=headers
    )
