"""The verifier as one file, in an environment that holds `cryptography` and nothing else."""

import shutil
import subprocess
import sys
import venv
from importlib.metadata import version

import pytest

from dure.cli.verifier import main, verifier
from dure.prove.engine.policy import write_policy
from tests.prove.bundles import POLICY, bundle

OFFLINE = """
import runpy, socket, sys
def no_network(*_, **__): raise AssertionError("it opened a connection")
socket.socket = no_network
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Make an environment that holds nothing but cryptography, from the usual index."""
    folder = tmp_path_factory.mktemp("bare")
    wanted = f"cryptography=={version('cryptography')}"
    python = folder / "bin/python"
    if shutil.which("uv"):
        venv.create(folder, with_pip=False)
        words = ["uv", "pip", "install", "--quiet", "--python", python, wanted]
    else:
        venv.create(folder, with_pip=True)
        words = [python, "-m", "pip", "install", "--quiet", wanted]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index to take cryptography from: {done.stderr[-200:]}")
    return python


@pytest.fixture
def files(tmp_path):
    (tmp_path / "lot.bundle").write_bytes(bundle(held="device"))
    (tmp_path / "policy").write_bytes(write_policy(POLICY))
    main([str(tmp_path / "dure-verify.pyz")])
    return tmp_path


def run(python, files, *flags):
    return subprocess.run(
        [python, *flags, "dure-verify.pyz", "lot.bundle", "--policy", "policy"],
        cwd=files, capture_output=True, text=True, env={"PYTHONUTF8": "1"}, check=False,
    )  # fmt: skip


def test_it_proves_a_bundle_with_the_network_off(bare, files):
    done = run(bare, files, "-I", "-c", OFFLINE)

    assert (0, "") == (done.returncode, done.stderr)
    assert "증명되었습니다 · Proven" in done.stdout
    assert "1 record(s) were signed by the member's own device." in done.stdout


def test_it_says_no_in_both_languages(bare, files):
    data = (files / "lot.bundle").read_bytes()
    (files / "lot.bundle").write_bytes(data.replace(b"dure.example/w/1", b"dure.example/w/8"))

    done = run(bare, files, "-I")

    assert 1 == done.returncode
    assert "증인 5곳 가운데 4곳만 공동서명하여 정족수에 못 미칩니다." in done.stdout
    assert "Only 4 of 5 witnesses cosigned: no quorum." in done.stdout


def test_without_cryptography_it_does_not_run(files):
    done = run(sys.executable, files, "-I", "-S")

    assert 1 == done.returncode
    assert "cryptography" in done.stderr


def test_it_is_the_same_bytes_every_time(tmp_path, monkeypatch):
    first = verifier()
    monkeypatch.chdir(tmp_path)

    main([])

    assert first == (tmp_path / "dure-verify.pyz").read_bytes()
