"""A log with its witnesses, for tests: real folders, real servers, no process."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.keys import SignatureType, SigningKey, signing_key
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import Group, Policy
from dure.prove.store.folder import LogFolder, Shards
from dure.prove.store.witness import WitnessFolder
from dure.prove.wire.server import witness_server

YEAR = 2026


def log_key(year=YEAR):
    return signing_key(f"dure.example/log/{year}", SignatureType.ED25519, bytes([year % 256]) * 32)


LOG = signing_key("dure.example/log", SignatureType.ED25519, bytes([200]) * 32)
SHARDS = tuple(log_key(year).verifier for year in (YEAR, YEAR + 1))


@dataclass
class Here:
    """One witness on a port of this machine."""

    folder: WitnessFolder
    key: SigningKey
    now: int = 1_796_000_000
    url: str = ""
    asked: list[bytes] = field(default_factory=list)

    @contextmanager
    def serving(self):
        server = witness_server(("127.0.0.1", 0), answer=self._answer, latest=self.folder.latest)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        with server:
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def _answer(self, request):
        self.asked.append(request)
        return self.folder.answer(request, self.now)


def witness(path: Path, number: int) -> Here:
    """Make a witness that watches the log; a number above 50 makes it an ML-DSA-44 one."""
    kind = SignatureType.ML_DSA_44 if number > 50 else SignatureType.COSIGNATURE
    key = signing_key(f"dure.example/witness/{number}", kind, bytes([number]) * 32)
    folder = path / f"witness-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    return Here(
        WitnessFolder(folder, [key], {log.name: [log] for log in (LOG.verifier, *SHARDS)}), key
    )


@contextmanager
def watched(path: Path, *, numbers=(1, 2, 3, 4), quorum=3):
    """Run witnesses over a log's folder; gives its shards, its policy and the witnesses."""
    folder = Shards(path / "log")
    folder.path.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        here = [stack.enter_context(witness(path, number).serving()) for number in numbers]
        names = {f"w{number}": each for number, each in zip(numbers, here, strict=True)}
        policy = Policy(
            logs=SHARDS,
            witnesses={name: each.key.verifier for name, each in names.items()},
            groups={"quorum": Group(quorum, tuple(names))},
            quorum="quorum",
            urls={each.key.verifier: each.url for each in here},
        )
        folder.write_policy(policy)
        yield folder, policy, here


@contextmanager
def served(folder, *, posted=lambda body: None):
    """Serve a log's folder as plain files; gives its address."""

    class Door(SimpleHTTPRequestHandler):
        def do_POST(self):
            posted(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Door, directory=folder)) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def log_of(path, *sizes, word="entry"):
    """Make the folder of a log that grew through these sizes, its last checkpoint published."""
    folder, edge = LogFolder(path), EMPTY
    for size in sizes:
        edge, tiles = grow(edge, [f"{word} {n}".encode() for n in range(edge.size, size)])
        folder.write(tiles)
    checkpoint = Checkpoint(origin=LOG.verifier.name, size=edge.size, root=edge.root())
    folder.publish(sign_note(checkpoint.text(), LOG))
    return folder
