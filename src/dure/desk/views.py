"""Papers and spreadsheets."""

from collections.abc import Callable
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from dure.desk.engine.sheet import tables_of, workbook
from dure.kernel.actor import Role
from dure.make import public as make
from dure.members import public as members
from dure.plan import public as plan
from dure.sense import public as sense
from dure.stack.tenancy import actor_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def job_order(request: HttpRequest, job_order_id: UUID) -> HttpResponse:
    """Show the job order as it hangs at the machine: one page of A4 with the foreman's QR code."""
    actor_of(request).must_be(Role.OFFICE, Role.OWNER, Role.BOOKKEEPER)
    sheet = make.job_sheet(job_order_id)
    shown = {
        "job": sheet.job,
        "door": request.build_absolute_uri(sheet.path),
        "firm": members.firm(sheet.job.firm),
        "machine": _machine(sheet.job),
    }
    return render(request, "desk/job_order.html", shown)


@require_safe
def confirmation(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show an order as it is confirmed to its buyer: on paper, or as the text of an e-mail."""
    actor_of(request).must_be(Role.OFFICE, Role.BUYER)
    order = plan.order(order_id)
    asked = sense.request(order.request)
    door = request.build_absolute_uri(f"/plan/orders/{order.id}/")
    shown = {"order": order, "asked": asked, "buyer": members.firm(order.buyer), "door": door}
    text = render_to_string("desk/confirmation.txt", shown, request)
    subject, _, body = text.partition("\n")
    mail = f"mailto:?subject={quote(subject)}&body={quote(body.strip())}"
    return render(request, "desk/confirmation.html", shown | {"mail": mail})


def sheet_on_request(
    next_door: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer any page's address with `?sheet=xlsx` by that page's tables as a workbook."""

    def through(request: HttpRequest) -> HttpResponseBase:
        response = next_door(request)
        is_wished = request.method == "GET" and request.GET.get("sheet") == "xlsx"
        is_page = "html" in response.headers.get("Content-Type", "")
        if not (is_wished and is_page and response.status_code == 200):
            return response
        assert isinstance(response, HttpResponse), "pages are not streamed"
        book = workbook(tables_of(response.content.decode()))
        name = request.path.strip("/").replace("/", "-") or "dure"
        disposition = f'attachment; filename="{name}.xlsx"'
        return HttpResponse(book, content_type=XLSX, headers={"Content-Disposition": disposition})

    return through


def _machine(job: make.Job) -> make.Machine | None:
    return next((one for one in make.machines() if one.id == job.equipment), None)
