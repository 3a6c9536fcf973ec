"""The tests' own folders: each names the process that made it, so that a later run can clear up."""

import os
import shutil
from pathlib import Path

PREFIX = "dure-tests-"


def mine(pid: int = os.getpid()) -> str:
    """Begin the name of a folder that belongs to a process."""
    return f"{PREFIX}{pid}-"


def sweep(folder: Path) -> list[str]:
    """Remove what killed runs left in a folder; gives what it removed. Living ones keep theirs."""
    gone = [each for each in folder.glob(f"{PREFIX}*-*") if _is_left_behind(each)]
    for each in gone:
        shutil.rmtree(each, ignore_errors=True)
    return sorted(each.name for each in gone)


def _is_left_behind(folder: Path) -> bool:
    pid = folder.name.removeprefix(PREFIX).split("-")[0]
    if not pid.isdecimal() or not os.access(folder, os.W_OK):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
