import re
from dataclasses import replace

import pytest

from dure.journal import services as journal
from dure.journal.models import FactKey
from dure.journal.public import device as asked_of_device
from dure.kernel.entry import public_key
from dure.kernel.errors import NotFound
from dure.kernel.fact import FactKind
from dure.prove import public, views
from dure.prove.bridge.log import write_approved
from dure.prove.engine.bundle import check_bundle, read_bundle
from dure.prove.engine.device import Waiting, sign_all
from dure.prove.engine.verdict import verdict
from dure.prove.services.approval import propose_revocation
from dure.prove.services.sequencer import Sequencer
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import (
    BUSAN,
    BUSAN_OWNER,
    GIMHAE,
    GIMHAE_OWNER,
    HANBIT_BUYER,
    OFFICE,
    RIVAL_AUDITOR,
    RIVAL_OWNER,
    STRANGER,
    WORKER,
)
from tests.prove.log import log_key, watched

pytestmark = pytest.mark.django_db

OPENED = FactKind("LotOpened", "lot", ("price",))
COUNTED = FactKind("LotCounted", "lot", ("good", "scrap"))
SHIPPED = FactKind("LotShipped", "shipment", ("unit",))
RECEIVED = FactKind("LotReceived", "shipment", ("counted",))


@pytest.fixture
def log(tmp_path, monkeypatch, at):
    monkeypatch.setenv("DURE_HOME", str(tmp_path))
    with watched(tmp_path) as (shards, policy, _), witnesses(policy) as known:
        yield Sequencer.open(log_key, shards, known, lambda: at)


@pytest.fixture
def lot(at):
    """A lot that Busan opened, counted and shipped to Gimhae, which counted it again."""
    lot, shipment = new_id(), new_id()

    def record(kind, aggregate, version, *, payload, sets=None, parties=()):
        journal.record(
            kind, aggregate_id=aggregate, aggregate_version=version, at=at,
            parties=parties, payload=payload, sets=sets or {},
        )  # fmt: skip

    with acting(BUSAN_OWNER):
        record(OPENED, lot, 1, payload={"price": 987_654})
        record(COUNTED, lot, 2, payload={"good": 520, "scrap": 3})
        record(SHIPPED, shipment, 1, payload={"unit": "ea"}, parties=[GIMHAE],
               sets={"lot_id": str(lot), "sent": 520})  # fmt: skip
    with acting(GIMHAE_OWNER):
        record(RECEIVED, shipment, 2, payload={"counted": 508})
    return lot


def test_it_works(log, lot):
    log.step()

    with acting(BUSAN_OWNER):
        shown = public.passport(lot)

    assert ["LotOpened", "LotCounted", "LotShipped", "LotReceived"] == [s.kind for s in shown.steps]
    assert [1, 1, 1, 2] == [step.maker for step in shown.steps]
    assert [{}, {"good": 520, "scrap": 3}, {"sent": 520, "unit": "ea"}, {"counted": 508}] == [
        step.values for step in shown.steps
    ]
    assert (4, 0) == (shown.proven, shown.pending)


def test_its_bundle_is_proven(log, lot):
    log.step()

    with acting(OFFICE):
        data = public.bundle(lot)

    facts = check_bundle(read_bundle(data), log.witnesses.policy)
    assert 4 == len(facts)
    assert 508 == facts[3].values["/payload/counted"]
    assert "custodian" == facts[0].entry.held


def test_a_bundle_that_was_checked_once_is_checked_anew_under_another_policy(log, lot):
    log.step()
    with acting(OFFICE):
        data = public.bundle(lot)
    first, again = public.verdict_on(data), public.verdict_on(data)

    believes = replace(log.witnesses.policy, witnesses={}, groups={}, quorum=None)
    log.shards.write_policy(believes)

    assert first is again
    assert first.last.witnesses
    assert () == public.verdict_on(data).last.witnesses


def test_its_bundle_says_where_its_keys_were_registered(log, lot):
    log.step()

    with acting(OFFICE):
        facts = check_bundle(read_bundle(public.bundle(lot)), log.witnesses.policy)

    assert {"custodian"} == {fact.key.held for fact in facts}
    assert 2 == len({fact.key.registered for fact in facts})
    assert {None} == {fact.key.revoked for fact in facts}


def test_a_key_that_was_revoked_later_is_told_by_its_bundle(log, lot, at):
    with acting(BUSAN_OWNER):
        journal.revoke_key(at=at, reason="the disk was stolen")
    log.step()

    with acting(OFFICE):
        facts = check_bundle(read_bundle(public.bundle(lot)), log.witnesses.policy)

    assert [True, True, True, False] == [fact.key.revoked is not None for fact in facts]


def test_a_key_that_a_quorum_revoked_is_told_by_its_bundle(log, lot):
    log.step()
    with acting(OFFICE):
        facts = check_bundle(read_bundle(public.bundle(lot)), log.witnesses.policy)
    with acting(WORKER):
        write_approved(propose_revocation(facts[0].entry.issuer, log_key()))
    log.step()

    with acting(OFFICE):
        facts = check_bundle(read_bundle(public.bundle(lot)), log.witnesses.policy)

    assert [True, True, True, False] == [fact.key.revoked is not None for fact in facts]


def test_a_key_whose_registration_is_lost_is_left_out(log, lot):
    with acting(WORKER):
        FactKey.objects.filter(fact__kind="KeyRegistered").delete()
    log.step()

    with acting(OFFICE):
        facts = check_bundle(read_bundle(public.bundle(lot)), log.witnesses.policy)

    assert [None] * 4 == [fact.key for fact in facts]


def test_what_a_members_own_device_signed_its_bundle_says(log, request, at):
    seed = bytes(range(32))
    with acting(BUSAN_OWNER):
        journal.announce_device(public_key(seed), at=at)
    lot = request.getfixturevalue("lot")
    with acting(BUSAN_OWNER):
        asked = asked_of_device(at).waiting
        waiting = [Waiting(kind=kind, body=body, key=key) for kind, body, key in asked]
        journal.take_signed(sign_all(waiting, seed=seed, firm=BUSAN, signed=[]))
    log.step()

    with acting(OFFICE):
        data = public.bundle(lot)

    facts = check_bundle(read_bundle(data), log.witnesses.policy)
    assert ["device", "device", "device", "custodian"] == [fact.key.held for fact in facts]
    said = verdict(facts, log.witnesses.policy).lines()
    assert "  ✓ 3건은 조합원 자신의 기기가 서명했습니다." in said


def test_neither_prices_nor_firms_leave_the_house(log, lot):
    log.step()

    with acting(OFFICE):
        data = public.bundle(lot)

    shown = b"".join(proof.proof.extra for proof in read_bundle(data))
    assert b"KeyRegistered" in shown
    assert b"before" not in shown
    assert b"987654" not in shown
    assert str(GIMHAE).encode() not in shown
    assert b"actor" not in shown


def test_what_is_not_final_waits(log, lot, at):
    log.step()
    with acting(BUSAN_OWNER):
        journal.record(
            COUNTED, aggregate_id=lot, aggregate_version=3, at=at, payload={"good": 1, "scrap": 0}
        )
        shown = public.passport(lot)

    assert (4, 1) == (shown.proven, shown.pending)


def test_before_the_first_final_checkpoint_there_is_no_bundle(log, lot):
    with acting(OFFICE), pytest.raises(NotFound, match="nothing_proven_yet"):
        public.bundle(lot)


@pytest.mark.parametrize("other", [RIVAL_OWNER, HANBIT_BUYER])
def test_who_does_not_see_the_lot_sees_no_passport(log, lot, other):
    with acting(other):
        for question in (public.passport, public.bundle, public.link_to_passport):
            with pytest.raises(NotFound):
                question(lot)


def test_whoever_holds_the_link_reads_the_page_and_gets_the_bundle(log, lot, client):
    log.step()
    with acting(BUSAN_OWNER):
        link = public.link_to_passport(lot)

    page = client.get(link)
    bundle = client.get(link.replace("/?", "/bundle?"))

    assert 200 == page.status_code
    assert "이 제품의 기록 4건은 적힌 뒤로 바뀌지 않았습니다." in page.text
    assert "증명되지 않은 것" in page.text
    assert "양품 520, 불량 3" in page.text
    assert "987" not in re.sub("<[^>]*>", "", page.text)  # ids in addresses may hold it
    assert 4 == len(check_bundle(read_bundle(bundle.content), log.witnesses.policy))


def test_the_page_speaks_english(log, lot, client):
    log.step()
    with acting(BUSAN_OWNER):
        link = public.link_to_passport(lot)
    client.cookies["dure_language"] = "en"

    page = client.get(link)

    assert "4 records of this product have not changed" in page.text
    assert "What this does not prove" in page.text
    assert "good 520, scrap 3" in page.text
    assert "건</dd>" not in page.text


def test_another_token_opens_nothing(log, lot, client):
    log.step()
    with acting(BUSAN_OWNER):
        link = public.link_to_passport(lot)

    assert 404 == client.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code
    assert 404 == client.get(f"/proof/lots/{lot}/").status_code
    assert 404 == client.get(f"/proof/lots/{lot}/bundle").status_code


def test_the_link_stays_the_same(log, lot):
    with acting(BUSAN_OWNER):
        first = public.link_to_passport(lot)
    with acting(GIMHAE_OWNER), pytest.raises(NotFound):
        public.link_to_passport(lot)
    with acting(OFFICE):
        assert first == public.link_to_passport(lot)


def test_the_log_is_served_as_files(log, lot, client):
    log.step()

    checkpoint = client.get("/log/2026/checkpoint")
    tile = client.get("/log/2026/tile/0/000.p/7")
    entries = client.get("/log/2026/tile/entries/000.p/7")

    assert bytes(log.folder.published()) == checkpoint.content
    assert "max-age=2" in checkpoint["Cache-Control"]
    assert "text/plain; charset=utf-8" == checkpoint["Content-Type"]
    assert 7 * 32 == len(tile.content)
    assert "immutable" in tile["Cache-Control"]
    assert "application/octet-stream" == tile["Content-Type"]
    assert b"custodian" in entries.content
    assert str(GIMHAE).encode() not in entries.content
    assert 404 == client.get("/log/2026/tile/0/001").status_code
    assert 400 == client.get("/log/2026/tile/0/1").status_code
    assert 405 == client.post("/log/2026/checkpoint").status_code


def test_the_state_of_the_log_names_its_witnesses(log, lot):
    log.step()

    with acting(OFFICE):
        state = public.log_state()

    assert (7, 7, 0, True) == (state.size, state.all_final, state.waiting, state.has_quorum)
    assert ("w1", "w2", "w3", "w4") == state.witnesses == state.cosigned


def log_page(rf, actor):
    request = rf.get("/proof/")
    request.actor, request.session = actor, {}
    with acting(actor):
        return views.log_page(request)


@pytest.mark.parametrize("actor", [OFFICE, RIVAL_AUDITOR, BUSAN_OWNER, HANBIT_BUYER])
def test_the_page_of_the_log_is_for_all_who_rely_on_it(log, lot, rf, actor):
    log.step()

    page = log_page(rf, actor).text

    assert "기록 7건이 증인 4곳의 서명 아래 있습니다." in page
    assert "dure.example/log" in page


def test_the_page_of_the_log_is_not_for_strangers(log, rf):
    with pytest.raises(NotFound):
        log_page(rf, STRANGER)
