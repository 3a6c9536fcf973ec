"""
DURE_HOME: the one folder of one cooperative, its secrets, and the lock that one process holds.

    DURE_HOME/
      pg/       PostgreSQL's data            history/  machine readings, Parquet
      run/      sockets, logs, the lock      log/      the transparency log's tiles
      nats/     the broker's streams         files/    what people uploaded
      secrets/  passwords and keys, 0700; an environment variable DURE_SECRET_<NAME> overrides one
"""

import errno
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dure.kernel.errors import DureError, Refused, Unavailable

FOLDERS = ("pg", "run", "nats", "history", "log", "files", "secrets")
LONGEST_SOCKET_FOLDER = 80  # sun_path holds 104 bytes on macOS, 108 on Linux; the name takes 14
LEAST_ROOM = 128 << 20  # an empty database takes 56 MB
LOW_ROOM = 64 << 20  # what runs may stop storing below this
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def new_password() -> str:
    """Make a password of 256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder in which one cooperative lives. It exists once `prepare` has been called."""

    path: Path

    @property
    def pg(self) -> Path:
        """PostgreSQL's data folder."""
        return self.path / "pg"

    @property
    def run(self) -> Path:
        """Sockets, log lines and the lock: nothing that must survive."""
        return self.path / "run"

    @property
    def nats(self) -> Path:
        """The broker's streams."""
        return self.path / "nats"

    @property
    def history(self) -> Path:
        """Sealed segments of machine readings."""
        return self.path / "history"

    @property
    def log(self) -> Path:
        """The transparency log."""
        return self.path / "log"

    @property
    def files(self) -> Path:
        """Files that people gave or got."""
        return self.path / "files"

    @property
    def secrets(self) -> Path:
        """Passwords and keys; for this user's eyes only."""
        return self.path / "secrets"

    def has_room(self) -> bool:
        """Say whether the disk has room enough for what runs to go on storing."""
        return shutil.disk_usage(self.path).free >= LOW_ROOM

    def prepare(self) -> "Home":
        """
        Make the folders that are missing.

        Raises Refused where writing is forbidden, Unavailable where the disk is full.
        """
        with told_plainly(self.path):
            for name in FOLDERS:
                (self.path / name).mkdir(parents=True, exist_ok=True)
            for private in (self.secrets, self.pg):
                private.chmod(0o700)
            _check_room(self.run)
        return self

    def secret(self, name: str, make: Callable[[], str] = new_password) -> str:
        """Give the secret called name; make it at the first call. Two callers get the same one."""
        given = os.environ.get(f"DURE_SECRET_{name.upper()}")
        if given:
            return given
        path = self.secrets / name
        if not path.exists():
            with told_plainly(self.secrets):
                self.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
                _create_once(path, make())
        return path.read_text()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the home for this process alone; raises Refused while another one does."""
        with told_plainly(self.run), (self.run / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise Refused("stack.home_in_use", home=str(self.path)) from taken
            yield

    def is_held(self) -> bool:
        """Say whether a process holds this home now."""
        try:
            with (self.run / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def socket_folder(self) -> Path:
        """
        Give a folder for unix sockets whose path is short enough for one.

        It is run/, or, where the home lies too deep, a private folder beside the system's
        temporary files whose name is derived from the home.
        """
        run = self.run.absolute()
        if len(os.fsencode(run)) <= LONGEST_SOCKET_FOLDER:
            return run
        mark = sha256(os.fsencode(run)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"dure-{os.getuid()}-{mark}"

    def forget_sockets(self) -> None:
        """Remove the folder for sockets where it lies outside the home."""
        folder = self.socket_folder()
        if folder.parent != self.path.absolute():
            shutil.rmtree(folder, ignore_errors=True)


def dure_home() -> Home:
    """Give the home that DURE_HOME names; else /var/lib/dure as root, else ./.dure."""
    named = os.environ.get("DURE_HOME")
    if named:
        return Home(Path(named).expanduser().absolute())
    return Home(Path("/var/lib/dure") if os.geteuid() == 0 else Path(".dure").absolute())


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn the system's 'no space' and 'permission denied' under path into our own errors."""
    try:
        yield
    except OSError as problem:
        raise plainly(problem, path) from problem


def plainly(problem: OSError, path: Path) -> DureError:
    """Give our own error for a system's error that was met under path."""
    where = str(problem.filename or path)
    if problem.errno in _FULL:
        return Unavailable("stack.disk_full", path=where)
    if problem.errno in _FORBIDDEN:
        return Refused("stack.not_writable", path=where)
    return Unavailable("stack.disk_trouble", path=where, problem=problem.strerror or str(problem))


def replace_file(path: Path, text: str) -> None:
    """Write a file, for this user's eyes only, so that a reader sees the old text or the new."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(name, path)


def _check_room(folder: Path) -> None:
    """See that there is room and that we may write, so that it is told before anything starts."""
    if shutil.disk_usage(folder).free < LEAST_ROOM:
        raise OSError(errno.ENOSPC, "no space left", str(folder))
    with tempfile.TemporaryFile(dir=folder) as trial:
        trial.write(bytes(1 << 20))
        trial.flush()
        os.fsync(trial.fileno())


def _create_once(path: Path, text: str) -> None:
    """Write a file that is either whole or not there; the first of two writers wins."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w") as draft:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        os.unlink(name)
