"""The shop floor through its doors: HTTP as a machine's owner, a foreman, a rival and nobody."""

import asyncio
import io
import json
from dataclasses import replace
from itertools import count

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client

from dure.kernel.reason import Reason
from dure.make import public
from dure.make.consumers.capture import Capture
from dure.make.engine.batch import key_id, proof_of_key, public_bytes
from dure.make.engine.health import THE_HOUSE
from dure.make.engine.host import Host
from dure.make.history import inbox
from dure.make.history.keys import Keys
from dure.make.history.manifest import open_manifest
from dure.make.services.watch import declare_characteristic
from dure.make.views import changes
from dure.stack.tenancy import acting
from tests.cast import AT
from tests.make.services.test_watch import Press, steady
from tests.make.shop import lot_of, released, shop, token
from tests.make.wire.payloads import message
from tests.members.test_founding import cooperative

pytestmark = pytest.mark.django_db
__all__ = ["cooperative"]

KEYS = count()


class Caller:
    """Somebody at the API."""

    def __init__(self, token=None):
        self.head = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **asked):
        return Client().get(f"/api/v1{path}", asked, headers=self.head)

    def post(self, path, **body):
        return Client().post(
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**self.head, "Idempotency-Key": f"key-{next(KEYS)}"},
        )


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "HOME", replace(settings.HOME, path=tmp_path).prepare())
    return settings.HOME


@pytest.fixture
def mine(cooperative, home):
    return shop(2)


@pytest.fixture
def rival(mine):
    return shop(3)


@pytest.fixture
def capture(home):
    with open_manifest(home.history) as manifest:
        yield Capture.recalled(manifest, Host())


@pytest.fixture
def job(mine):
    return released(mine)


def page(at_shop):
    return signed_in(**at_shop.sign_in)


def signed_in(*, email, password):
    client = Client()
    client.post("/sign-in/", {"email": email, "password": password})
    return client


def test_a_foreman_without_an_account_does_the_job_by_its_token(mine, job):
    foreman = Caller()
    way = f"/jobs/{token(job)}"

    answers = [
        foreman.post(f"{way}/start"),
        foreman.post(f"{way}/count", good=300, scrap=4),
        foreman.post(f"{way}/finish", good=200, scrap=1),
    ]

    assert [200] * 3 == [answer.status_code for answer in answers]
    assert (500, 5, "finished") == tuple(answers[2].json()[k] for k in ("good", "scrap", "state"))
    (shown,) = Caller(mine.token).get("/jobs").json()
    assert token(job) == shown["token"]


def test_the_same_count_sent_twice_counts_once(job):
    way = f"/api/v1/jobs/{token(job)}"
    head = {"Idempotency-Key": "once"}
    Caller().post(f"/jobs/{token(job)}/start")

    for _ in range(2):
        answer = Client().post(
            f"{way}/count", '{"good": 5}', content_type="application/json", headers=head
        )

    assert 5 == answer.json()["good"]


@pytest.mark.parametrize("wrong", ["x" * 24, "short"])
def test_a_wrong_token_is_not_found(job, wrong):
    answer = Caller().post(f"/jobs/{wrong}/start")

    assert answer.status_code in (401, 404)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"good": -1}, "make.negative_count"),
        ({"good": 5_000}, "make.count_beyond_plan"),
        ({"good": "many"}, "project.field"),
        ({"good": 10**12}, "project.field"),
    ],
)
def test_a_count_that_cannot_be_is_refused_with_its_reason(job, body, code):
    Caller().post(f"/jobs/{token(job)}/start")

    answer = Caller().post(f"/jobs/{token(job)}/count", **body)

    assert 400 <= answer.status_code < 500
    assert code == answer.json()["reason"]["code"]


def test_the_owner_inspects_and_releases(mine, job):
    foreman, owner = Caller(), Caller(mine.token)
    foreman.post(f"/jobs/{token(job)}/start")
    foreman.post(f"/jobs/{token(job)}/finish", good=500, scrap=0)
    (lot,) = owner.get("/lots").json()

    inspected = owner.post(f"/lots/{lot['id']}/inspect", inspected=500, failed=10)
    done = owner.post(f"/lots/{lot['id']}/release")

    assert (490, "released") == (inspected.json()["good"], done.json()["state"])


def test_a_rival_and_nobody_find_nothing(mine, rival, job):
    Caller().post(f"/jobs/{token(job)}/start")
    Caller().post(f"/jobs/{token(job)}/finish", good=1)
    with acting(mine.owner):
        lot = lot_of(job)
    other = Caller(rival.token)

    assert [] == other.get("/lots").json()
    assert 404 == other.get(f"/lots/{lot.id}").status_code
    assert 404 == other.post(f"/lots/{lot.id}/release").status_code
    assert 404 == other.get(f"/machines/{mine.press}").status_code
    assert 404 == other.get(f"/machines/{mine.press}/readings").status_code
    assert Caller().get("/lots").status_code in (401, 404)
    assert Caller().get("/machines").status_code in (401, 404)


def test_the_gateway_tells_only_the_owner_how_to_connect(mine, rival):
    own, theirs = (Caller(each.token).get("/gateway").json() for each in (mine, rival))

    assert ("F002", "F003") == (own["group"], theirs["group"])
    assert own["password"] != theirs["password"]
    assert Caller().get("/gateway").status_code in (401, 404)


def test_a_machines_readings_and_its_unread_messages(mine, capture):
    press = Press(mine, capture)
    press.says([1.5, float("nan"), 2.5])
    press.commit([message(f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1", b"\xff")])
    owner = Caller(mine.token)

    found = owner.get(f"/machines/{mine.press}/readings", metric="force").json()
    (held,) = owner.get("/quarantine").json()
    machine = owner.get(f"/machines/{mine.press}").json()

    assert [1.5, None, 2.5] == [row["value"] for row in found][-3:]
    assert "make.not_sparkplug" == held["code"]
    assert ("PRESS-1", True, 2.5) == (
        machine["device"],
        machine["is_online"],
        machine["values"][0]["value"],
    )


def test_a_characteristic_is_declared_over_http(mine):
    owner = Caller(mine.token)

    made = owner.post("/characteristics", device="PRESS-1", metric="force", unit="kN")
    again = owner.post("/characteristics", device="PRESS-1", metric="force")

    assert (201, 409) == (made.status_code, again.status_code)


def test_the_pages_show_a_held_lot_a_ringed_point_and_what_to_do(mine, capture, job, react):
    press = Press(mine, capture)
    with acting(mine.owner):
        declare_characteristic(device="PRESS-1", metric="force", unit="kN", at=AT)
    Caller().post(f"/jobs/{token(job)}/start")
    press.says([*steady(20), 130])
    react()
    client = page(mine)
    with acting(mine.owner):
        lot = lot_of(job)

    making = client.get("/making/").content.decode()
    machine = client.get(f"/making/machines/{mine.press}/").content.decode()
    shown = client.get(f"/making/lots/{lot.id}/").content.decode()

    assert "경보가 1건 울렸습니다" in making
    assert "규칙 1: 한계를 벗어남" in making
    assert f'data-live="/making/machines/{mine.press}/events/"' in machine
    assert '"rule": 1' in machine.replace("&quot;", '"')
    assert json.dumps("관리 상한")[1:-1] in machine
    assert "보류되어 있습니다. 검사가 필요합니다." in shown


def test_the_owner_inspects_and_releases_on_the_page(mine, job):
    Caller().post(f"/jobs/{token(job)}/start")
    Caller().post(f"/jobs/{token(job)}/finish", good=500)
    client = page(mine)
    with acting(mine.owner):
        lot = lot_of(job)

    wrong = client.post(f"/making/lots/{lot.id}/inspect/", {"inspected": "많이", "failed": 1})
    client.post(f"/making/lots/{lot.id}/inspect/", {"inspected": 500, "failed": 2})
    client.post(f"/making/lots/{lot.id}/release/")

    assert 400 == wrong.status_code
    with acting(mine.owner):
        assert (498, "released") == (public.lot(lot.id).good, public.lot(lot.id).state)


def test_the_foreman_starts_counts_and_finishes_by_thumb(mine, job):
    client, way = Client(), f"/job/{token(job)}/"

    assert "500개를 만들 차례입니다" in client.get(way).content.decode()
    client.post(way, {"do": "start"})
    client.post(way, {"do": "count", "good": "120", "scrap": ""})
    assert "380개 남았습니다" in client.get(way).content.decode()
    client.post(way, {"do": "finish", "good": 380, "scrap": 2})

    assert "수고하셨습니다" in client.get(way).content.decode()
    assert 400 == client.post(way, {"do": "dance"}).status_code
    with acting(mine.owner):
        assert (500, 2) == (public.job(job.id).good, public.job(job.id).scrap)


def test_a_stray_qr_code_shows_nothing(job):
    answer = Client().get(f"/job/{'x' * 24}/")

    assert "PRESS" not in answer.content.decode()
    assert answer.status_code in (302, 404)


@pytest.mark.parametrize("path", ["", "quarantine/", "machines/{press}/", "machines/{press}/now/"])
def test_pages_are_for_those_who_work_there(mine, rival, path):
    way = f"/making/{path}".format(press=mine.press)

    assert 200 == page(mine).get(way).status_code
    assert (404 if "machines" in path else 200) == page(rival).get(way).status_code
    assert 302 == Client().get(way).status_code


def test_an_unread_message_shows_with_what_to_do(mine, capture):
    press = Press(mine, capture)
    press.commit([message(f"spBv1.0/{press.group}/DDATA/line-1/PRESS-1", b"\xff")])

    shown = page(mine).get("/making/quarantine/").content.decode()

    assert "1건을 읽지 못해 따로 두었습니다" in shown
    assert "게이트웨이가 Sparkplug B로 보내는지 확인하세요" in shown


def test_the_office_alone_sees_what_went_wrong_in_the_house_itself(cooperative, mine, capture):
    ((email, password),) = cooperative.passwords.items()
    office = signed_in(email=email, password=password)
    capture.reading.host.tally.note(THE_HOUSE, "", Reason("make.broker_cut"), 5_000, 3)
    capture.commit([], {})

    shown = office.get("/making/").content.decode()

    assert "두레 자체의 탈" in shown
    assert "메시지 서버와의 연결이 끊겼습니다" in shown
    assert "두레 자체의 탈" not in page(mine).get("/making/").content.decode()


def test_events_come_at_once_and_end(mine, tmp_path):
    path = tmp_path / "latest.json"
    path.write_text("{}")

    async def listen():
        return [event async for event in changes(path, looks=1)]

    (event,) = asyncio.run(listen())
    assert f"data: {path.stat().st_mtime_ns}\n\n" == event
    response = page(mine).get(f"/making/machines/{mine.press}/events/")
    assert "text/event-stream" == response["Content-Type"]


def registered(owner, mine, key):
    group = owner.get("/gateway").json()["group"]
    body = {"public_key": public_bytes(key).hex(), "proof": proof_of_key(group, key).hex()}
    return owner.post("/gateway/keys", **body, name="site")


def test_a_gateways_key_is_registered_where_ingest_reads_it_and_taken_back(mine, home, react):
    owner, key = Caller(mine.token), Ed25519PrivateKey.generate()

    made = registered(owner, mine, key)
    again = registered(owner, mine, key)
    react()

    assert (201, made.json()["id"]) == (again.status_code, again.json()["id"])
    which = key_id(public_bytes(key))
    assert public_bytes(key) == Keys(home.history).find("F002", which)
    assert Keys(home.history).find("F003", which) is None
    assert 200 == owner.post(f"/gateway/keys/{made.json()['id']}/revoke").status_code
    react()
    assert Keys(home.history).find("F002", which) is None


def test_a_key_is_registered_by_whoever_holds_it_and_nobody_else(mine, rival, home):
    owner, other = Caller(mine.token), Caller(rival.token)
    key = Ed25519PrivateKey.generate()
    made = registered(owner, mine, key)
    body = {"public_key": public_bytes(key).hex(), "proof": proof_of_key("F002", key).hex()}

    assert 422 == other.post("/gateway/keys", **body).status_code
    assert [] == other.get("/gateway/keys").json()
    assert 404 == other.post(f"/gateway/keys/{made.json()['id']}/revoke").status_code
    assert 400 == owner.post("/gateway/keys", public_key="x" * 64, proof="y" * 128).status_code


def put(at_shop, table, kind="application/vnd.apache.parquet"):
    sink = io.BytesIO()
    pq.write_table(pa.table(table), sink)
    head = {"Authorization": f"Bearer {at_shop.token}"}
    return Client().put("/api/v1/readings", sink.getvalue(), content_type=kind, headers=head)


def said(device="PRESS-1", values=(1.5, 2.5)):
    count = len(values)
    at = [1_795_000_000_000 + n for n in range(count)]
    return {"device": [device] * count, "metric": ["force"] * count, "at": at, "value": values}


def take_in(capture):
    capture.take_in(list(inbox.waiting(capture.manifest.folder, capture.batches.ends)))


def test_a_parquet_file_becomes_history_and_leaves_again_whole(mine, capture):
    owner = Caller(mine.token)

    answer = put(mine, said())
    again = put(mine, said())
    take_in(capture)

    assert (202, 2) == (answer.status_code, answer.json()["rows"])
    assert answer.json() == again.json()
    found = owner.get(f"/machines/{mine.press}/readings", metric="force").json()
    assert [1.5, 2.5] == [row["value"] for row in found]
    whole = b"".join(owner.get("/history.parquet").streaming_content)
    assert [1.5, 2.5] == pq.read_table(io.BytesIO(whole)).column("value").to_pylist()
    series = owner.get(f"/machines/{mine.press}/series", metric="force").json()
    assert (2, [1.5, 2.5]) == (series["readings"], [value for _, value in series["points"]])


def test_nobody_writes_or_takes_another_members_history(mine, rival, capture):
    put(mine, said())
    take_in(capture)
    other = Caller(rival.token)

    assert 404 == put(mine, said("OTHER-1")).status_code
    assert 404 == other.post(f"/machines/{mine.press}/readings", metric="x", value=1).status_code
    assert 404 == other.get(f"/machines/{mine.press}/series", metric="force").status_code
    whole = b"".join(other.get("/history.parquet").streaming_content)
    assert 0 == pq.read_table(io.BytesIO(whole)).num_rows
    assert Client().put("/api/v1/readings", b"x").status_code in (401, 404)


def test_what_is_written_by_hand_says_so(mine, capture):
    owner = Caller(mine.token)

    owner.post(f"/machines/{mine.press}/readings", metric="state", value="setup")
    owner.post(f"/machines/{mine.press}/readings", metric="ph", value=7.1, grade="laboratory")
    take_in(capture)

    found = owner.get(f"/machines/{mine.press}/readings").json()
    assert {("state", None, "setup", "hand"), ("ph", 7.1, None, "laboratory")} == {
        (row["metric"], row["value"], row["text"], row["grade"]) for row in found
    }


def test_a_member_sets_how_long_its_readings_are_kept_over_http(mine, rival, capture):
    owner = Caller(mine.token)
    put(mine, said())
    take_in(capture)

    before = owner.get("/history").json()
    after = owner.post("/retention", days=366).json()

    assert (2, None, None) == (before["rows"], before["days"], before["begins"])
    assert (366, 1_795_000_000_000) == (after["days"], after["since_ms"])
    assert after["begins"] > AT.date().isoformat()
    assert 400 == owner.post("/retention", days=3).status_code
    assert (0, None) == tuple(
        Caller(rival.token).get("/history").json()[k] for k in ("rows", "days")
    )
    assert 400 <= Caller().post("/retention", days=366).status_code < 500


def test_a_member_sets_how_long_its_readings_are_kept_on_the_page(mine, capture):
    put(mine, said())
    take_in(capture)
    client = page(mine)

    before = client.get("/making/kept/").content.decode()
    wrong = client.post("/making/kept/", {"days": 1})
    client.post("/making/kept/", {"days": 366})
    after = client.get("/making/kept/").content.decode()
    client.post("/making/kept/", {"days": ""})

    assert "값 2개를 모두, 기한 없이 보관하고 있습니다" in before
    assert 400 == wrong.status_code
    assert "값 2개를 366일 동안 보관합니다" in after
    assert "기한 없이" in client.get("/making/kept/").content.decode()
