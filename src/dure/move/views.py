"""The pages of Move: what to count, what to send, what differs, what was delivered."""

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dure.journal.public import now
from dure.kernel.actor import Role
from dure.kernel.errors import Malformed
from dure.move import bridge, forms, services
from dure.move.engine.shipment import Bearer, Cause
from dure.stack.tenancy import actor_of, current_actor


def moving(request: HttpRequest) -> HttpResponse:
    """Show what waits for one's hands: to count, to send, to settle, to inspect."""
    board = bridge.read_board(current_actor())
    shown = {
        "board": board,
        "causes": [(cause.value, *words) for cause, words in forms.CAUSES.items()],
        "bearers": [(bearer.value, *words) for bearer, words in forms.BEARERS.items()],
        "done": request.GET.get("done", ""),
    }
    return render(request, "move/moving.html", shown)


@require_POST
def count(request: HttpRequest, shipment_id: UUID) -> HttpResponse:
    """Take the count of what arrived."""
    actor_of(request).must_be(Role.OWNER)
    said = _said(forms.Count, request)
    row = services.receive_shipment(shipment_id, said["counted"], at=now())
    return _done("difference" if row.counted != row.sent else "counted")


@require_POST
def send(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """Send part of a lot to its next firm."""
    actor_of(request).must_be(Role.OWNER)
    services.ship_lot(lot_id, _said(forms.Send, request)["quantity"], at=now())
    return _done("sent")


@require_POST
def resolve(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Settle a difference between two firms."""
    actor_of(request).must_be(Role.OWNER, Role.OFFICE)
    said = _said(forms.Resolve, request)
    services.resolve_difference(
        case_id,
        cause=Cause(said["cause"]),
        bearer=Bearer(said["bearer"]),
        note=said["note"],
        at=now(),
    )
    return _done("resolved")


@require_POST
def deliver(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Hand the finished order to the buyer."""
    actor_of(request).must_be(Role.OWNER)
    services.deliver_order(order_id, at=now())
    return _done("delivered")


@require_POST
def inspect(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Take the buyer's inspection."""
    actor_of(request).must_be(Role.BUYER)
    said = _said(forms.Inspect, request)
    services.inspect_delivery(order_id, at=now(), **said)
    return _done("inspected")


def _said(form: type[django_forms.Form], request: HttpRequest) -> dict[str, Any]:
    given = form(request.POST)
    if not given.is_valid():
        raise Malformed("move.form", field=", ".join(sorted(given.errors)))
    return given.cleaned_data


def _done(what: str) -> HttpResponse:
    return redirect(f"{reverse('moving')}?done={what}")
