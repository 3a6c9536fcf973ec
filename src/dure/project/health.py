"""Is it alive, is it ready, how does it fare: for supervisors, load balancers and Prometheus."""

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse

from dure.stack.metrics import jobs_waiting, metrics_page

LOOPBACK = ("127.0.0.1", "::1")


def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Say that this process reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ready\n", content_type="text/plain")


def metrics(request: HttpRequest) -> HttpResponse:
    """Give the metrics, to this machine only: how busy the house is, rivals need not know."""
    if request.META.get("REMOTE_ADDR") not in LOOPBACK:
        raise Http404
    page = metrics_page(settings.HOME, jobs_waiting())
    return HttpResponse(page, content_type="text/plain; version=0.0.4")
