"""What is kept of machines, and who writes it, through the doors: keys, files, by hand, rules."""

import io
from datetime import timedelta
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from dure.journal.public import now
from dure.make import public
from dure.make.engine.batch import key_id, proof_of_key, public_bytes
from dure.make.history.keys import Keys
from dure.stack.tenancy import acting
from tests.cast import AT
from tests.make.doors.callers import Caller, page, take_in

pytestmark = pytest.mark.django_db


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


def code_of(at_shop, at):
    with acting(at_shop.owner):
        return public.gateway_code(at_shop.firm, at)


def test_a_code_registers_a_gateway_and_opens_nothing_else(mine, rival, home):
    gateway, key = Caller(code_of(mine, now())), Ed25519PrivateKey.generate()

    made = registered(gateway, mine, key)

    assert 201 == made.status_code
    assert ["PRESS-1"] == [each["device"] for each in gateway.get("/machines").json()]
    assert [mine.press] == [UUID(each["id"]) for each in gateway.get("/machines").json()]
    closed = ("/lots", "/history", "/history.parquet", "/jobs", f"/machines/{mine.press}", "/firms")
    assert {401} == {gateway.get(path).status_code for path in closed}


def test_a_code_ends_after_an_hour_or_two_and_is_no_other_firms(mine, rival, home):
    mine_now, hour = code_of(mine, now()), timedelta(hours=1)
    old = [Caller(code_of(mine, now() - ago)).get("/gateway") for ago in (hour, 2 * hour)]
    stray = [mine_now[:-1] + "1", mine_now.replace("F002", "F003"), "F002", "F999-AAAA-AAAA-AAAA"]

    assert [200, 401] == [answer.status_code for answer in old]
    assert {401} == {Caller(each).get("/gateway").status_code for each in stray}


def put(at_shop, table, kind="application/vnd.apache.parquet"):
    sink = io.BytesIO()
    pq.write_table(pa.table(table), sink)
    head = {"Authorization": f"Bearer {at_shop.token}"}
    return Client().put("/api/v1/readings", sink.getvalue(), content_type=kind, headers=head)


def said(device="PRESS-1", values=(1.5, 2.5)):
    count = len(values)
    at = [1_795_000_000_000 + n for n in range(count)]
    return {"device": [device] * count, "metric": ["force"] * count, "at": at, "value": values}


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


def test_a_metric_of_all_machines_is_asked_for_at_once(mine, rival, capture):
    owner, other = Caller(mine.token), Caller(rival.token)
    put(mine, said(values=(1.5, 2.5, float("nan"))))
    take_in(capture)

    minutes = owner.get("/history/minutes", metric="force", hi_ms=1_795_000_060_000).json()
    (median,) = owner.get("/history/quantiles", metric="force", share=0.0).json()
    (last,) = owner.get("/history/last").json()

    assert [("PRESS-1", 1.5)] == [(each["device"], each["least"]) for each in minutes]
    assert ("PRESS-1", 1.5) == (median["device"], median["value"])
    assert ("force", 1_795_000_000_002, None) == (last["metric"], last["at"], last["value"])
    paths = ("/history/minutes?metric=force", "/history/quantiles?metric=force", "/history/last")
    assert [[], [], []] == [other.get(path).json() for path in paths]


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
