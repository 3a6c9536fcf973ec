"""
Children: programs of ours that die with us, and without root's rights where they need none.

A child gets a parent-death signal on Linux. It follows the thread that spawned it, so spawn
from the main thread. As root, a server runs as an unprivileged user; folders that this user
could not reach by path (a home under /root, say) are handed over as open descriptors and
named /proc/self/fd/N.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dure.kernel.errors import Unavailable

USERS = ("dure", "nobody")
PLAIN = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """The user as whom a server runs: ourselves, or, when we are root, one who may do little."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Say whether this is somebody else than ourselves."""
        return self.uid != os.geteuid()

    def can_reach(self, path: Path) -> bool:
        """Say whether the user can walk down to path (judged by owner, group and mode bits)."""
        return all(self._may_enter(folder) for folder in path.absolute().parents)

    def own(self, *paths: Path) -> None:
        """Give paths, and all under them, to the user. Nobody else may be at work in them."""
        if not self.is_other:
            return
        for path in paths:
            os.chown(path, self.uid, self.gid)
            for folder, folders, files in os.walk(path):
                for name in folders + files:
                    os.chown(os.path.join(folder, name), self.uid, self.gid, follow_symlinks=False)

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid == self.gid:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)


def unprivileged() -> Unprivileged:
    """Choose as whom servers run: ourselves; as root dure where there is one, or nobody."""
    if os.geteuid() != 0:
        return Unprivileged(os.geteuid(), os.getegid())
    for name in USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Unprivileged(found.pw_uid, found.pw_gid)
    raise Unavailable("stack.no_user", users=", ".join(USERS))


@dataclass(slots=True)
class Reach:
    """Paths as an unprivileged child can open them. Descriptors stay open until `close`."""

    user: Unprivileged
    descriptors: dict[Path, int] = field(default_factory=dict)

    def path(self, goal: Path) -> str:
        """Name a folder or program for the child: by path, or, where closed, by a descriptor."""
        if not self.user.is_other or self.user.can_reach(goal):
            return str(goal)
        if goal not in self.descriptors:
            self.descriptors[goal] = os.open(goal, os.O_PATH)
        return f"/proc/self/fd/{self.descriptors[goal]}"

    def close(self) -> None:
        """Close the descriptors; a child that runs keeps its own."""
        for descriptor in self.descriptors.values():
            os.close(descriptor)
        self.descriptors.clear()


def spawn(
    command: Sequence[str],
    *,
    reach: Reach,
    log: IO[bytes] | int | None = None,
    environment: Mapping[str, str] | None = None,
    dies_by: signal.Signals = signal.SIGINT,
) -> subprocess.Popen[bytes]:
    """
    Start a server as reach.user, in a process group of its own, that ends when we end.

    It inherits nothing of our environment: `environment` is all it gets. A group of its own
    keeps a terminal's Ctrl-C from it: we say when it stops.
    """
    return subprocess.Popen(
        command,
        **_manners(reach, environment),  # type: ignore[call-overload]
        stdout=log,
        stderr=subprocess.STDOUT if log is not None else None,
        preexec_fn=death_signal(dies_by),  # noqa: PLW1509 - one prctl; spawned from the main thread
        process_group=0,
    )


def run_as(reach: Reach, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end as reach.user and give what it said."""
    manners = _manners(reach, None)
    return subprocess.run(  # type: ignore[call-overload]
        command, **manners, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


def is_alive(pid: int | None) -> bool:
    """Say whether a process lives."""
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def death_signal(dies_by: signal.Signals) -> Callable[[], None] | None:
    """
    Give what a child does just before exec so that the kernel sends it dies_by at our death.

    It runs after setuid, which would clear the request; and it looks whether we died meanwhile.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(dies_by), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _manners(reach: Reach, environment: Mapping[str, str] | None) -> dict[str, object]:
    as_whom = (
        {"user": reach.user.uid, "group": reach.user.gid, "extra_groups": []}
        if reach.user.is_other
        else {}
    )
    return {
        "env": PLAIN if environment is None else environment,
        "stdin": subprocess.DEVNULL,
        "cwd": "/",
        "pass_fds": tuple(reach.descriptors.values()),
        **as_whom,
    }
