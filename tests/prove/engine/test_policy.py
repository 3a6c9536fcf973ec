import pytest

from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.keys import SignatureType, read_verifier_key, signing_key
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import check_final, read_grammar, read_policy, write_policy

LOG = signing_key("dure.example/log", SignatureType.ED25519, bytes(32))
WITNESSES = [
    signing_key(f"w.example/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32) for n in range(1, 5)
]
OUTSIDER = signing_key("university.example", SignatureType.ML_DSA_44, bytes([9]) * 32)
TEXT = Checkpoint(origin="dure.example/log", size=7, root=bytes(32)).text()


def policy_text(*lines):
    keys = [f"log {LOG.verifier}"]
    keys += [f"witness m{n} {key.verifier}" for n, key in enumerate(WITNESSES, start=1)]
    keys.append(f"witness uni {OUTSIDER.verifier}")
    return "".join(f"{line}\n" for line in [*keys, *lines]).encode()


MEMBERS_AND_OUTSIDER = policy_text(
    "group members 3 m1 m2 m3 m4", "group outsiders any uni", "group both all members outsiders",
    "quorum both",
)  # fmt: skip


def cosigned(*keys):
    return sign_note(TEXT, LOG, *keys, time=1_796_000_000)


def test_three_of_four_members_and_an_outsider_are_a_quorum():
    found = check_final(cosigned(*WITNESSES[:3], OUTSIDER), read_policy(MEMBERS_AND_OUTSIDER))

    assert {"m1", "m2", "m3", "uni"} == set(found.witnesses)
    assert 7 == found.checkpoint.size


@pytest.mark.parametrize("keys", [[], WITNESSES, [*WITNESSES[:2], OUTSIDER], [OUTSIDER]])
def test_fewer_are_none(keys):
    with pytest.raises(Unproven, match="no_quorum"):
        check_final(cosigned(*keys), read_policy(MEMBERS_AND_OUTSIDER))


def test_one_witness_signing_twice_is_one_witness():
    with pytest.raises(Unproven, match="no_quorum"):
        check_final(
            cosigned(WITNESSES[0], WITNESSES[0], WITNESSES[0], OUTSIDER),
            read_policy(MEMBERS_AND_OUTSIDER),
        )


def test_witnesses_without_the_log_prove_nothing():
    with pytest.raises(Unproven, match="unsigned"):
        check_final(
            sign_note(TEXT, *WITNESSES, OUTSIDER, time=1), read_policy(MEMBERS_AND_OUTSIDER)
        )


def test_a_log_that_no_line_names_is_unknown():
    other = Checkpoint(origin="rival.example", size=7, root=bytes(32)).text()

    with pytest.raises(Unproven, match="unknown_log"):
        check_final(sign_note(other, LOG), read_policy(MEMBERS_AND_OUTSIDER))


def test_a_policy_goes_through_text_unchanged():
    policy = read_policy(MEMBERS_AND_OUTSIDER)

    assert policy == read_policy(write_policy(policy))


def test_the_published_policies_get_their_verdicts(vectors):
    for case in vectors.json("policy/formats_policies.json"):
        try:
            grammar = read_grammar(case["policy"].encode(), read_verifier_key)
        except Malformed:
            assert case["want"] == "error", case["name"]
        else:
            assert case["want"] == "ok", case["name"]
            if case["threshold"]:
                assert case["threshold"] == grammar.groups["g1"].threshold


def test_the_policies_of_sigsum_are_read_with_their_bare_keys(vectors):
    for path in vectors.files("policy/*.builtin-policy"):
        grammar = read_grammar(path.read_bytes(), bytes.fromhex)

        assert "quorum-rule" == grammar.quorum
        assert len(grammar.witnesses) >= 3


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum nobody"],
        ["quorum none", "quorum none"],
        ["group g 0 m1", "quorum g"],
        ["group g 2 m1", "quorum g"],
        ["group g 01 m1", "quorum g"],
        ["group g 1", "quorum g"],
        ["group g 1 g", "quorum g"],
        ["group g 2 m1 m1", "quorum g"],
        ["group g 1 m1", "group h 1 m1", "quorum h"],
        ["group m1 1 m2", "quorum m1"],
        ["group all 1 m2", "quorum all"],
        ["quorum m1 m2"],
        ["wish m1"],
        [f"witness again {WITNESSES[0].verifier}", "quorum m1"],
        [f"witness log {LOG.verifier}", "quorum m1"],
        [f"log {WITNESSES[0].verifier}", "quorum m1"],
        [f"log {LOG.verifier}", "quorum m1"],
        ["quorum m1\r"],
        ["log nonsense", "quorum m1"],
    ],
)
def test_a_policy_that_could_be_misread_is_refused(lines):
    with pytest.raises(Malformed):
        read_policy(policy_text(*lines))
