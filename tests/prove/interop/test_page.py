"""The page for buyers is a second verifier, in another language; the two agree on every bundle."""

import json
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from random import Random

import pytest

import dure
from dure.kernel.errors import DureError
from dure.prove.engine.bundle import check_bundle, read_bundle
from dure.prove.engine.policy import read_policy, write_policy
from tests.prove.bundles import LOG, POLICY, WITNESSES, bundle

PAGE = Path(dure.__file__).parent / "prove/static/prove/verify.html"
GOOD = write_policy(POLICY)

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="needs node")


@pytest.fixture
def judge(tmp_path):
    def judge(cases):
        asked = "".join(
            json.dumps({"bundle": b64encode(b).decode(), "policy": b64encode(p).decode()}) + "\n"
            for b, p in cases
        )
        done = subprocess.run(
            ["node", Path(__file__).with_name("judge.mjs"), PAGE, tmp_path / "verify.mjs"],
            input=asked, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return [json.loads(line) for line in done.stdout.splitlines()]

    return judge


def ours(data, policy=GOOD):
    try:
        return len(check_bundle(read_bundle(data), read_policy(policy)))
    except DureError:
        return None


def theirs(answer):
    return len(answer["facts"]) if "facts" in answer else None


def test_it_proves_what_we_prove(judge):
    (answer,) = judge([(bundle(), GOOD)])

    assert [1, 3] == [fact["index"] for fact in answer["facts"]]
    assert {"/kind": "LotShipped", "/payload/lot": "L-1", "/payload/quantity": 520} == (
        answer["facts"][0]["fields"]
    )
    assert ["w1", "w2", "w3", "w4", "w5"] == answer["facts"][0]["witnesses"]


def test_it_refuses_every_mutation_that_we_refuse(judge):
    chance, whole = Random(7), bundle()
    cases = []
    for _ in range(300):
        at = chance.randrange(len(whole))
        cut = whole[:at] + whole[at + chance.randrange(1, 60) :]
        flipped = whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        cases += [cut, flipped]

    answers = judge([(case, GOOD) for case in cases])

    assert [ours(case) for case in cases] == [theirs(answer) for answer in answers]
    assert {None} == {theirs(answer) for answer in answers}


@pytest.mark.parametrize(
    ("keys", "proven"),
    [((LOG, *WITNESSES), 2), ((LOG, *WITNESSES[:4]), None), (WITNESSES, None), ((LOG,), None)],
)
def test_it_counts_the_quorum_as_we_do(judge, keys, proven):
    data = bundle(keys=keys)

    (answer,) = judge([(data, GOOD)])

    assert proven == ours(data) == theirs(answer)


@pytest.mark.parametrize(
    "lines", [b"quorum none\n", b"", b"group g 1 nobody\nquorum g\n", b"quorum none\nquorum none\n"]
)
def test_it_reads_policies_as_we_do(judge, lines):
    policy = b"\n".join([*GOOD.splitlines()[:6], lines])

    (answer,) = judge([(bundle(), policy)])

    assert ours(bundle(), policy) == theirs(answer)


def test_it_opens_no_connection():
    page = PAGE.read_text()

    assert "default-src 'none'" in page
    assert not any(word in page for word in ("fetch(", "XMLHttpRequest", "src=", "http://"))
