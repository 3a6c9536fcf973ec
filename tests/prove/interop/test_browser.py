"""The page for buyers, opened from a file in a browser that has no network."""

from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import dure
from dure.prove.engine.bundle import check_bundle, read_bundle
from dure.prove.engine.policy import write_policy
from dure.prove.engine.verdict import verdict
from tests.prove.bundles import LOG, POLICY, bundle
from tests.prove.interop.test_page import LATTICE, MIXED

PAGE = Path(dure.__file__).parent / "prove/static/prove/verify.html"
pytestmark = pytest.mark.browser


@pytest.fixture
def judged(chromium, tmp_path):
    """Hand the page a bundle and the policy, as a buyer does; gives what it then says."""
    chromium.execute_cdp_cmd("Network.enable", {})
    without_network = {"offline": True, "latency": 0, "downloadThroughput": 0}
    chromium.execute_cdp_cmd(
        "Network.emulateNetworkConditions", {**without_network, "uploadThroughput": 0}
    )
    chromium.get_log("browser")

    def judged(data, policy=POLICY):
        chromium.get(PAGE.as_uri())
        for name, content in (("bundle", data), ("policy", write_policy(policy))):
            (tmp_path / name).write_bytes(content)
            chromium.find_element(By.ID, name).send_keys(str(tmp_path / name))
        box = chromium.find_element(By.ID, "verdict")
        return WebDriverWait(chromium, 20).until(lambda _: box.text)

    yield judged
    chromium.execute_cdp_cmd("Network.disable", {})


def test_it_gives_the_verdict_of_dure_verify(judged, chromium):
    expected = verdict(check_bundle(read_bundle(bundle()), POLICY), POLICY)

    said = judged(bundle())

    assert "✓ 증명되었습니다 · Proven" in said
    for words in (*expected.proven, *expected.not_proven):
        assert all(sentence in said for sentence in words)
    assert "/payload/quantity 520" in said
    assert [] == chromium.get_log("browser")


def test_it_refuses_a_tampered_bundle(judged):
    whole = bundle().decode()
    at = whole.index("\nindex 3\n") + len("\nindex 3\n") + 4
    tampered = whole[:at] + ("A" if whole[at] != "A" else "B") + whole[at + 1 :]

    said = judged(tampered.encode())

    assert "✗ 증명되지 않았습니다 · NOT proven" in said
    assert "3번째 기록이 증명되지 않습니다. 이 기록은 체크포인트에 들어 있지 않습니다." in said
    assert "Record 3 is not proven. The checkpoint does not hold this record." in said


@pytest.mark.parametrize(
    ("count", "words"), [(2, "✓ 증명되었습니다"), (1, "✗ 증명되지 않았습니다")]
)
def test_it_counts_cosignatures_that_outlast_quantum_computers(judged, count, words):
    said = judged(bundle(keys=(LOG, *LATTICE[:count])), MIXED)

    assert words in said
