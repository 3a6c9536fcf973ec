"""A cooperative with an office, a member and a buyer, whose people can sign in."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from dure.kernel.ids import check_digit
from dure.members.schemas import FirmIn
from dure.members.services import found_cooperative, join_firm
from dure.stack.tenancy import acting
from tests.cast import OFFICE


def firm(serial, kind, name, name_en, *people, **more):
    nine = f"11300{serial:04d}"
    body = {
        "business_number": nine + str(check_digit(nine)),
        "name": name,
        "name_en": name_en,
        "kind": kind,
        "people": [
            {"email": f"{role}@{serial}.example", "name": "김민준", "roles": roles}
            for role, roles in people
        ],
    }
    return FirmIn.model_validate(body | more)


def found(at):
    """Found it; give each person's password by e-mail."""
    office = firm(1, "cooperative", "구로 두레 협동조합", "Guro Dure", ("office", ["office"]))
    member = firm(
        2, "member", "구로도예공방", "Guro Ceramics", ("owner", ["owner", "auditor"]), shares=20
    )
    buyer = firm(3, "buyer", "한빛카페", "Hanbit Café", ("buyer", ["buyer"]))
    passwords = found_cooperative(office.joining(), legal_form="framework", at=at).passwords
    with acting(OFFICE):
        for joining in (member, buyer):
            passwords |= join_firm(joining.joining(), at=at).passwords
    return passwords


@pytest.fixture
def passwords(db, at):
    cache.clear()
    return SimpleNamespace(of=found(at))


@pytest.fixture
def portal(settings, request):
    """Serve the portal, and a sample page, on loopback."""
    settings.ROOT_URLCONF = "tests.portal.pages"
    folder = str(Path(__file__).parent / "templates")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder]}]
    return request.getfixturevalue("served")
