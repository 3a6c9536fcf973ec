"""A member's own device signs for it: over HTTP, against the real doors of the house."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.conf import settings
from django.test import Client

from dure.journal import services as journal
from dure.journal.models import Fact, Outbox, Unsigned
from dure.journal.public import pending
from dure.kernel.canonical import canonical
from dure.kernel.entry import check_signature, entry_hash, from_text, parse, sign, to_text
from dure.kernel.errors import DureError, Malformed, Refused, Unavailable, Unproven
from dure.kernel.fact import FactKind
from dure.prove.bridge.log import read_pending
from dure.prove.engine.audit import Chains
from dure.prove.engine.device import Waiting, sign_all
from dure.prove.engine.roster import Roster
from dure.prove.engine.shard import place
from dure.prove.services.signing import sign_what_waits
from dure.prove.store.device import DeviceFolder
from dure.prove.wire.office import Office
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import AT, WORKER
from tests.make.shop import shop
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

PRESSED = FactKind("PartsPressed", "pressing", ("count",))
DECEMBER = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(cooperative):
    with acting(WORKER):
        journal.set_clock(AT)


@pytest.fixture
def mine(cooperative, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "HOME", replace(settings.HOME, path=tmp_path).prepare())
    return shop(2)


@pytest.fixture
def folder(tmp_path):
    return DeviceFolder(tmp_path / "device")


def through_the_doors(request):
    """Answer as the house does, in this process."""
    answer = Client().generic(
        request.method, request.url.path, request.content, "application/json",
        headers=dict(request.headers),
    )  # fmt: skip
    return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture
def office(mine):
    with httpx.Client(transport=httpx.MockTransport(through_the_doors)) as http:
        yield Office(http, "http://127.0.0.1", mine.token)


@pytest.fixture
def device(office, folder):
    """Give what lets the device sign what waits now; it was announced already."""

    def look():
        with folder.held():
            return sign_what_waits(office, folder)

    look()
    return look


def press(mine, at=AT):
    with acting(mine.owner):
        return journal.record(
            PRESSED, aggregate_id=new_id(), aggregate_version=1, at=at, payload={"count": 1}
        )


def entries_of(fact):
    with acting(WORKER):
        return [parse(bytes(row.entry)) for row in Outbox.objects.filter(fact_id=fact.id)]


def logged():
    """Every entry in the order in which the log takes them."""
    with acting(WORKER):
        return [waiting.line for waiting in read_pending(1_000)]


def wrong(lines):
    """What an audit finds in the chains and the keys of these entries."""
    chains, roster = Chains(), Roster()
    return [
        one.code
        for index, line in enumerate(lines)
        for one in [
            *chains.add(index, line), *roster.add(place(2026, index), parse(line), None)
        ]
    ]  # fmt: skip


def test_it_works(mine, device):
    fact = press(mine)
    assert [] == entries_of(fact)

    assert 1 == device()

    (entry,) = entries_of(fact)
    check_signature(entry)
    assert ("device", 1, "fact") == (entry.held, entry.seq, entry.kind)
    assert [] == wrong(logged())
    assert 0 == device()


def test_its_registration_begins_its_chain(mine, device):
    with acting(WORKER):
        fact = Fact.objects.filter(kind="KeyRegistered").order_by("id").last()

    (entry,) = entries_of(fact)

    assert ("device", 0, "key") == (entry.held, entry.seq, entry.kind)


def test_what_waits_for_a_device_is_told_as_not_yet_logged(mine, device):
    with acting(WORKER):
        before = pending()["unlogged"]

    press(mine)

    with acting(WORKER):
        assert before + 1 == pending()["unlogged"]


def test_the_server_signs_for_a_device_that_stays_away(mine, device):
    fact = press(mine)
    with acting(WORKER):
        assert 0 == journal.sign_for_the_absent(AT + timedelta(minutes=9))

        assert 1 == journal.sign_for_the_absent(AT + timedelta(minutes=10))

    assert ["custodian"] == [entry.held for entry in entries_of(fact)]
    assert 0 == device()
    later = press(mine)
    assert 1 == device()
    assert ["device"] == [entry.held for entry in entries_of(later)]
    assert [] == wrong(logged())


def test_a_device_that_never_signed_its_own_registration_does_not_sign(mine, office, folder):
    key = to_text(bytes([9]) * 32)
    office.ask("POST", "/device", {"public_key": key})
    fact = press(mine)

    with acting(WORKER):
        assert 2 == journal.sign_for_the_absent(AT + timedelta(minutes=10))

    assert ["custodian"] == [entry.held for entry in entries_of(fact)]
    assert ["custodian"] == [entry.held for entry in entries_of(press(mine))]
    assert [] == wrong(logged())


def test_an_answer_that_was_lost_is_asked_for_again(mine, device, office, folder, monkeypatch):
    fact = press(mine)
    ask = Office.ask

    def lost(self, verb, path, body=None):
        if path == "/device/entries":
            ask(self, verb, path, body)
            raise Unavailable("prove.office_away", url=self.url, problem="cut")
        return ask(self, verb, path, body)

    with monkeypatch.context() as cut:
        cut.setattr(Office, "ask", lost)
        with pytest.raises(Unavailable):
            device()

    assert 0 == device()
    assert 1 == len(entries_of(fact))
    assert [] == wrong(logged())


def test_what_was_signed_and_never_handed_in_is_handed_in_as_it_was(
    mine, device, office, folder, monkeypatch
):
    fact = press(mine)
    ask = Office.ask

    def cut_off(self, verb, path, body=None):
        if path == "/device/entries":
            raise Unavailable("prove.office_away", url=self.url, problem="cut")
        return ask(self, verb, path, body)

    with monkeypatch.context() as cut:
        cut.setattr(Office, "ask", cut_off)
        with pytest.raises(Unavailable):
            device()
    kept = folder.signed_by(folder.seed())[-1]
    press(mine)

    assert 2 == device()
    assert [kept] == [entry.line() for entry in entries_of(fact)]


def test_whose_line_came_too_late_begins_again_with_a_new_key(mine, device, folder, office):
    """The device signed, the server had signed in its place: that line will never be logged."""
    fact = press(mine)
    before = folder.seed()
    asked = office.ask("GET", "/device")
    late = sign_all(
        [
            Waiting(kind=each["kind"], body=each["body"].encode(), key=_key(each))
            for each in asked["waiting"]
        ],
        seed=before, firm=mine.owner.firm, signed=folder.signed_by(before),
    )  # fmt: skip
    folder.keep(before, late)
    with acting(WORKER):
        journal.sign_for_the_absent(AT + timedelta(minutes=10))

    with pytest.raises(Refused, match="nothing_to_sign"):
        device()
    press(mine)

    assert before != folder.seed()
    assert 2 == device()
    assert ["custodian"] == [entry.held for entry in entries_of(fact)]
    assert [] == wrong(logged())


def _key(waiting):
    return from_text(waiting["key"], 32)


def test_a_new_month_has_a_new_key_that_says_where_the_last_ended(mine, device, folder):
    press(mine)
    device()
    november = folder.seed()
    with acting(WORKER):
        journal.set_clock(DECEMBER)

    assert 1 == device()

    assert november != folder.seed()
    with acting(WORKER):
        row = Fact.objects.filter(kind="KeyRegistered").order_by("id").last()
        said = journal.bridge.read_fact(row).payload
    assert to_text(entry_hash(folder.signed_by(november)[-1])) == said["before_hash"]
    assert 1 == said["before_seq"]


def test_a_key_that_is_revoked_ends_with_its_own_word(mine, device, folder):
    with acting(mine.owner):
        journal.revoke_key(at=AT, reason="the machine is sold")
    fact = press(mine)

    with acting(WORKER):
        waits = Unsigned.objects.get()
    assert "revoke" == waits.kind
    assert ["custodian"] == [entry.held for entry in entries_of(fact)]


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: replace(entry, time=entry.time + timedelta(seconds=1)),
        lambda entry: replace(entry, held="custodian"),
        lambda entry: replace(entry, prev=bytes([1]) * 32),
        lambda entry: replace(entry, kind="revoke"),
        lambda entry: replace(entry, commit=bytes(32)),
        lambda entry: replace(entry, seq=entry.seq + 1),
    ],
    ids=["time", "holder", "prev", "kind", "commit", "seq"],
)
def test_a_line_that_is_not_what_was_asked_for_is_refused(mine, device, folder, office, change):
    fact = press(mine)
    asked = office.ask("GET", "/device")["waiting"][0]
    (line,) = sign_all(
        [Waiting(kind=asked["kind"], body=asked["body"].encode(), key=_key(asked))],
        seed=folder.seed(), firm=mine.owner.firm, signed=folder.signed_by(folder.seed()),
    )  # fmt: skip
    changed = sign(change(parse(line)), folder.seed()).line()

    with acting(mine.owner), pytest.raises(Refused):
        journal.take_signed([changed])
    with acting(mine.owner), pytest.raises((Unproven, Malformed)):
        journal.take_signed([line[:-10] + b"A" + line[-9:]])
    assert [] == entries_of(fact)
    with acting(mine.owner):
        assert 1 == journal.take_signed([line, line])


def test_a_rival_signs_nothing_of_another_firm(mine, device, folder):
    press(mine)
    rival = shop(3)
    lines = folder.signed_by(folder.seed())

    with acting(rival.owner), pytest.raises(Refused, match="not_your_device"):
        journal.take_signed(lines)


def test_a_weak_key_is_not_announced(mine, office):
    with pytest.raises(Refused, match="weak"):
        office.ask("POST", "/device", {"public_key": to_text(bytes([1]) + bytes(31))})


@pytest.mark.parametrize(
    "change",
    [
        {"actor_firm": "00000000-0000-7000-8000-000000000199"},
        {"kind": "KeyRegistered"},
        {"payload": {"public_key": "another"}},
    ],
)
def test_a_device_signs_nothing_but_its_firms_own_word(mine, change):
    body = {**press(mine).as_json(), **change}
    waiting = Waiting(kind="key", body=canonical(body), key=bytes(32))

    with pytest.raises(DureError, match=r"device_(not_ours|order)"):
        sign_all([waiting], seed=bytes(32), firm=mine.owner.firm, signed=[])


def test_one_device_is_one_process(folder):
    with folder.held(), pytest.raises(Refused, match="device_runs"), folder.held():
        pass


def test_a_torn_line_was_never_handed_in(folder, tmp_path):
    with folder.held():
        seed = folder.new_seed()
        folder.keep(seed, [b"first", b"second"])
        (file,) = (tmp_path / "device/signed").iterdir()
        file.write_bytes(file.read_bytes() + b"torn")

        folder.keep(seed, [b"third"])

    assert [b"first", b"second", b"third"] == folder.signed_by(seed)
