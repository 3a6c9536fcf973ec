"""Where everything hangs."""

from django.urls import include, path

from dure.project import health
from dure.project.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", health.alive),
    path("metrics", health.metrics),
    path("readyz", health.ready),
    path("", include("dure.desk.urls")),
    path("", include("dure.make.urls")),
    path("", include("dure.match.urls")),
    path("", include("dure.members.urls")),
    path("", include("dure.portal.urls")),
    path("", include("dure.prove.urls")),
    path("buying/", include("dure.buy.urls")),
    path("needs/", include("dure.sense.urls")),
    path("money/", include("dure.settle.urls")),
    path("plan/", include("dure.plan.urls")),
    path("moving/", include("dure.move.urls")),
]

handler403 = "dure.portal.views.not_allowed"
handler404 = "dure.portal.views.not_found"
handler500 = "dure.portal.views.fault"
