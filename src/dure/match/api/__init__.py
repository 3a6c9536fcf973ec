"""Clusters over HTTP."""

from ninja import Router

from dure.match.api import clusters

router = Router(tags=["match"])
router.add_router("", clusters.router)
