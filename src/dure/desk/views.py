"""Papers and spreadsheets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dure.desk.engine.sheet import tables_of, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
