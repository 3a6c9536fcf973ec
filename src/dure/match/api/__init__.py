"""Clusters over HTTP."""

from ninja import Router

from dure.match.api import clusters, standing, trust

router = Router(tags=["match"])
router.add_router("", clusters.router)
router.add_router("", standing.router)
router.add_router("", trust.router)
