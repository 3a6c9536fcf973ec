"""Plans over HTTP: orders and their job orders, and what changes them."""

from ninja import Router

from dure.plan.api import changes, orders

router = Router(tags=["plan"])
router.add_router("", orders.router)
router.add_router("", changes.router)
