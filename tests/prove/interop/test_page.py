"""The page for buyers is a second verifier, in another language; the two agree on every bundle."""

import json
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import dure
from dure.kernel.commitment import disclose
from dure.kernel.errors import DureError
from dure.portal.engine.korean import LANGUAGES
from dure.portal.words import say
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure
from dure.prove.engine.keys import SignatureType, VerifierKey, signing_key
from dure.prove.engine.note import Note
from dure.prove.engine.policy import Group, read_policy, write_policy
from dure.prove.engine.verdict import verdict
from tests.prove.bundles import (
    KEY,
    LOG,
    POLICY,
    RECORD,
    WITNESSES,
    bundle,
    fact_entry,
    proof_of,
)

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

    assert [3, 5] == [fact["index"] for fact in answer["facts"]]
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


@pytest.mark.parametrize("registered", [True, False])
@pytest.mark.parametrize("held", ["device", "custodian"])
@pytest.mark.parametrize("keys", [(LOG, *WITNESSES), (LOG,)])
def test_it_says_what_dure_verify_says(judge, held, keys, registered):
    data = bundle(held=held, keys=keys, registered=registered)
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


LATTICE = [
    signing_key(f"dure.example/m/{n}", SignatureType.ML_DSA_44, bytes([n]) * 32)
    for n in range(1, 4)
]
MIXED = replace(
    POLICY,
    witnesses={f"m{n}": key.verifier for n, key in enumerate(LATTICE, start=1)},
    groups={"members": Group(2, ("m1", "m2", "m3"))},
)


@pytest.mark.parametrize("count", [3, 2, 1])
def test_it_counts_cosignatures_that_outlast_quantum_computers(judge, count):
    data = bundle(keys=(LOG, *LATTICE[:count]))
    policy = write_policy(MIXED)

    (answer,) = judge([(data, policy)])

    assert (2 if count > 1 else None) == ours(data, policy) == theirs(answer)


def test_it_refuses_every_changed_one_of_them(judge):
    chance, policy = Random(11), write_policy(MIXED)
    note = proof_of([b"entry"], 0, (LOG, *LATTICE[:2])).checkpoint
    log, first, second = note.signatures
    cases = []
    for at in [*range(8, 41), 600, 1_200, *range(2_340, 2_428), *chance.sample(range(2_428), 20)]:
        value = bytearray(first.value)
        value[at] ^= 1 << chance.randrange(8)
        cases.append(with_note(Note(note.text, (log, replace(first, value=bytes(value)), second))))

    answers = judge([(case, policy) for case in cases])

    assert [ours(case, policy) for case in cases] == [theirs(answer) for answer in answers]
    assert {None} == {theirs(answer) for answer in answers}


def with_note(note):
    entry = fact_entry()
    proof = replace(proof_of([entry], 0), checkpoint=note)
    return bytes(with_disclosure(proof, entry, disclose(RECORD, KEY, ["/kind"])))


def test_it_refuses_weak_keys_as_we_do(judge):
    weak = VerifierKey(LOG.verifier.name, SignatureType.ED25519, bytes([1]) + bytes(31))
    policy = GOOD.replace(str(LOG.verifier).encode(), str(weak).encode())

    (answer,) = judge([(bundle(), policy)])

    assert ours(bundle(), policy) is None is theirs(answer)


def test_it_refuses_in_the_words_of_dure_verify(judge):
    whole = bundle()
    text = whole.decode()
    at = text.index("\nindex 3\n") + len("\nindex 3\n") + 4
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
