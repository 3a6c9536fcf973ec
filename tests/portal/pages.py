"""The project's addresses, and one page of our own that uses every part of the frame."""

from django.shortcuts import render
from django.urls import include, path

SPEC = {
    "description": "가마 두께 관리도",
    "height": 200,
    "data": {"values": [{"at": f"2026-12-0{n}T09:00", "mm": 3 + n / 100} for n in range(1, 9)]},
    "mark": {"type": "line", "point": True, "color": "var(--pine)"},
    "encoding": {
        "x": {"field": "at", "type": "temporal", "title": "시각"},
        "y": {"field": "mm", "type": "quantitative", "title": "두께 (mm)"},
    },
}


def sample(request):
    rows = [{"firm": "구로도예공방", "count": 508, "won": 3_240_000}] * 3
    return render(request, "sample.html", {"spec": SPEC, "rows": rows})


urlpatterns = [path("sample/", sample), path("", include("dure.project.urls"))]

handler404 = "dure.portal.views.not_found"
