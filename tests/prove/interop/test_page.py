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
from dure.portal.engine.korean import LANGUAGES
from dure.portal.words import say
from dure.prove.engine.bundle import check_bundle, read_bundle
from dure.prove.engine.policy import read_policy, write_policy
from dure.prove.engine.verdict import verdict
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


@pytest.mark.parametrize("held", ["device", "custodian"])
@pytest.mark.parametrize("keys", [(LOG, *WITNESSES), (LOG,)])
def test_it_says_what_dure_verify_says(judge, held, keys):
    data = bundle(held=held, keys=keys)
    policy = GOOD if keys[1:] else GOOD.replace(b"quorum members", b"quorum none")
    believed = read_policy(policy)
    ours = verdict(check_bundle(read_bundle(data), believed), believed)

    (answer,) = judge([(data, policy)])

    assert [list(said) for said in ours.proven] == answer["proven"]
    assert [list(said) for said in ours.not_proven] == answer["notProven"]
    assert [line for fact in ours.facts for line in fact.lines()] == [
        line
        for fact in answer["read"]
        for line in [fact["head"], *(f"    {name} = {value}" for name, value in fact["fields"])]
    ]


def test_it_refuses_in_the_words_of_dure_verify(judge):
    whole = bundle()
    text = whole.decode()
    at = text.index("\nindex 1\n") + len("\nindex 1\n") + 4
    letter = "A" if text[at] != "A" else "B"
    cases = [
        (f"{text[:at]}{letter}{text[at + 1 :]}".encode(), GOOD),
        (bundle(keys=(LOG, *WITNESSES[:3])), GOOD),
        (bundle(keys=tuple(WITNESSES)), GOOD),
        (whole, GOOD.replace(b"log ", b"# ")),
        (whole.replace(b"dure.example/w/1", b"dure.example/w/7"), GOOD),
    ]

    answers = judge(cases)

    assert [refusal(*case) for case in cases] == [
        (answer["ko"], answer["problem"]) for answer in answers
    ]


def refusal(data, policy):
    with pytest.raises(DureError) as refused:
        check_bundle(read_bundle(data), read_policy(policy))
    reasons = [refused.value.reason, refused.value.__cause__.reason]
    return tuple(" ".join(say(reason, language) for reason in reasons) for language in LANGUAGES)


def test_it_opens_no_connection():
    page = PAGE.read_text()

    assert "default-src 'none'" in page
    assert not any(word in page for word in ("fetch(", "XMLHttpRequest", "src=", "http://"))
