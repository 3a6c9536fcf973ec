"""Our log, judged by checkers in two other languages that share no code with us."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.prove.log import LOG, log_of, served

HERE = Path(__file__).parent
GOPATH = Path("/usr/share/gocode")  # where Debian keeps golang-golang-x-mod-dev


@pytest.fixture(scope="session")
def checkers(tmp_path_factory):
    """Give the command of each checker that this machine can run."""
    found = {}
    if shutil.which("node"):
        found["node"] = ["node", str(HERE / "check_log.mjs")]
    if shutil.which("go") and (GOPATH / "src/golang.org/x/mod/sumdb").exists():
        folder = tmp_path_factory.mktemp("go")
        made = folder / "check_log"
        subprocess.run(
            ["go", "build", "-o", made, HERE / "check_log.go"],
            env={
                **os.environ,
                "GO111MODULE": "off",
                "GOPATH": str(GOPATH),
                "GOCACHE": str(folder / "cache"),
                "GOFLAGS": "",
                "CGO_ENABLED": "0",
            },
            check=True,
        )
        found["go"] = [str(made)]
    return found


@pytest.fixture(params=["go", "node"])
def verdict(request, checkers):
    """Ask one checker about a log; gives what it says."""
    if request.param not in checkers:
        pytest.skip(
            f"no {request.param} here: apt-get install nodejs golang-go golang-golang-x-mod-dev"
        )

    def verdict(source):
        words = [*checkers[request.param], str(source), str(LOG.verifier)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "" == done.stderr
        return done.stdout.strip()

    return verdict


@pytest.mark.parametrize("sizes", [(1,), (2, 3), (256,), (257,), (3, 700), (65_536,), (66_000,)])
def test_it_accepts_our_log(tmp_path, verdict, sizes):
    log_of(tmp_path, *sizes)

    assert f"OK {sizes[-1]}" == verdict(tmp_path)


def test_it_refuses_a_flipped_byte_in_any_file_and_names_the_file(tmp_path, verdict):
    folder = log_of(tmp_path, 600)
    names = [tile.path for tile in folder.tiles()]

    for name in [*names, "checkpoint"]:
        path = tmp_path / name
        sound = path.read_bytes()
        path.write_bytes(sound[:20] + bytes([sound[20] ^ 1]) + sound[21:])
        said = verdict(tmp_path)
        path.write_bytes(sound)
        assert said.startswith("WRONG"), name
        assert name == said.removeprefix("WRONG ") or "entries" in name
    assert "OK 600" == verdict(tmp_path)


def test_it_reads_our_log_over_http(tmp_path, verdict):
    log_of(tmp_path, 3, 700)

    with served(tmp_path) as url:
        said = verdict(url)

    assert "OK 700" == said
