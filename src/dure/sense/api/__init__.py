"""Needs over HTTP."""

from ninja import Router

from dure.sense.api import asking, offering

router = Router(tags=["sense"])
router.add_router("", asking.router)
router.add_router("", offering.router)
