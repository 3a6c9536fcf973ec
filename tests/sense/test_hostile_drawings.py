"""Drawings that mean harm: bombs, scripts, two kinds in one, names that lead elsewhere."""

import json
import zipfile
from functools import cache
from io import BytesIO
from itertools import count
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dure.kernel.ids import check_digit
from dure.members.schemas import FirmIn
from dure.members.services import join_firm
from dure.sense import models
from dure.sense.engine.drawings import LARGEST_BYTES, LONGEST_NAME
from dure.stack.tenancy import acting
from tests.cast import AT, OFFICE, WORKER
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

KEYS = count()
EMAIL, NINE = "buyer@hanbit.example", "113009801"
BUYER = {
    "business_number": NINE + str(check_digit(NINE)),
    "name": "한빛 카페",
    "kind": "buyer",
    "people": [{"email": EMAIL, "name": "한빛", "roles": ["buyer"]}],
}
SCRIPT = b"<script>fetch('/money/')</script>"


@cache
def bomb():
    """Give a 3MF archive of some kilobytes that would unfold to more than a request may weigh."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3D/3dmodel.model", bytes(2 * LARGEST_BYTES))
    return packed.getvalue()


TAKEN = {  # what begins as a drawing is kept as it came, whatever else it is
    "bomb.3mf": bomb,
    "also-a-page.pdf": lambda: b"%PDF-1.7\n<html><body>" + SCRIPT,
    "also-an-archive.png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(64) + b"PK\x03\x04" + bytes(64),
    "entities.step": lambda: b"ISO-10303-21;\n" + b'<!DOCTYPE a [<!ENTITY b "&b;&b;">]>',
}
REFUSED = {
    "drawing.svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
    "drawing.png": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
    "page.pdf": lambda: b"<html>" + SCRIPT + b"%PDF-1.7",
    "archive.zip": bomb,
    "macro.pdf.exe": lambda: b"%PDF-1.7",
}


class Doors:
    """A buyer at both doors: the browser and the API."""

    def __init__(self):
        with acting(OFFICE):
            joined = join_firm(FirmIn.model_validate(BUYER).joining(), at=AT)
        self.browser = Client()
        self.browser.post("/sign-in/", {"email": EMAIL, "password": joined.passwords[EMAIL]})
        self.token = joined.token
        body = json.dumps({"text": "지름 300 쟁반"})
        self.enquiry = self.api("post", "/enquiries", body, "application/json").json()["id"]

    def api(self, verb, path, body, kind="application/octet-stream"):
        key = {"Idempotency-Key": f"hostile-{next(KEYS)}"}
        headers = {"Authorization": f"Bearer {self.token}", **key}
        ask = getattr(Client(), verb)
        return ask(f"/api/v1{path}", body, content_type=kind, headers=headers)

    def by_api(self, name, content):
        path = f"/enquiries/{self.enquiry}/drawings/{quote(name, safe='')}"
        return self.api("put", path, content)

    def by_browser(self, name, content):
        files = {"drawings": SimpleUploadedFile(name, content)}
        return self.browser.post(f"/needs/free/{self.enquiry}/attach/", files)


@pytest.fixture
def doors(cooperative):
    return Doors()


def kept():
    with acting(WORKER):
        return [(row.name, len(row.content.content)) for row in models.Drawing.objects.all()]


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_is_never_unfolded_nor_shown(doors, name):
    content = TAKEN[name]()

    assert 302 == doors.by_browser(name, content).status_code

    assert [(name, len(content))] == kept()
    with acting(WORKER):
        (drawing,) = models.Drawing.objects.all()
    api = Client().get(
        f"/api/v1/drawings/{drawing.id}", headers={"Authorization": f"Bearer {doors.token}"}
    )
    for answer in (doors.browser.get(f"/needs/drawings/{drawing.id}/"), api):
        assert content == answer.content
        assert "application/octet-stream" == answer["Content-Type"]
        assert answer["Content-Disposition"].startswith("attachment;")
        assert "nosniff" == answer["X-Content-Type-Options"]
        assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_drawing_leaves_nothing_at_either_door(doors, name):
    content = REFUSED[name]()

    answers = doors.by_browser(name, content), doors.by_api(name, content)

    assert [409, 409] == [answer.status_code for answer in answers]
    assert [] == kept()


def test_a_name_with_a_way_in_it_loses_the_way(doors):
    assert 302 == doors.by_browser("../../../etc/cron.d/x.pdf", b"%PDF-1.7\n...").status_code
    assert 404 == doors.by_api("../../../etc/cron.d/x.pdf", b"%PDF-1.7\n...").status_code

    assert [("x.pdf", 12)] == kept()


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("..\\..\\windows\\x.pdf", "x.pdf"),
        ('a";\r\nSet-Cookie: b=c;.pdf', "a_;_Set-Cookie_ b=c;.pdf"),
    ],
)
def test_a_name_leads_nowhere_and_writes_no_header(doors, given, called):
    answer = doors.by_api(given, b"%PDF-1.7\n...")

    assert 201 == answer.status_code
    assert called == answer.json()["name"]
    saved = doors.browser.get(f"/needs/drawings/{answer.json()['id']}/")
    assert "Set-Cookie" not in saved.headers
    assert "/" not in saved["Content-Disposition"]


def test_a_name_of_ten_megabytes_is_refused_or_cut(doors):
    long = "x" * (10 << 20) + ".pdf"

    browser, api = doors.by_browser(long, b"%PDF-1.7\n1"), doors.by_api(long, b"%PDF-1.7\n2")

    assert all(answer.status_code < 500 for answer in (browser, api))
    assert all(len(name) <= LONGEST_NAME for name, _ in kept())


def test_a_file_beyond_the_bound_is_refused_at_either_door(doors):
    content = b"%PDF-1.7\n".ljust(LARGEST_BYTES + 1)

    answers = doors.by_browser("large.pdf", content), doors.by_api("large.pdf", content)

    assert all(answer.status_code in (409, 413) for answer in answers)
    assert [] == kept()
