"""Where everything hangs."""

from django.urls import path

from dure.project import health
from dure.project.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
]
