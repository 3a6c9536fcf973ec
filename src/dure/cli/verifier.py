"""
Write the verifier as one file, `dure-verify.pyz`, that runs beside `cryptography` alone.

    dure verifier dure-verify.pyz
    python dure-verify.pyz lot.bundle --policy policy

The same source gives the same bytes on every machine, so that anyone can compare the file that
they were given with one that they made.
"""

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import dure

# What dure.cli.verify imports, and the words it says no with.
PARTS = (
    "__init__.py",
    "cli/__init__.py",
    "cli/verify.py",
    "kernel/*.py",
    "portal/__init__.py",
    "portal/engine/__init__.py",
    "portal/engine/korean.py",
    "portal/words/__init__.py",
    "portal/words/kernel.toml",
    "portal/words/portal.toml",
    "portal/words/prove.toml",
    "prove/__init__.py",
    "prove/engine/*.py",
)
_HEAD = b"#!/usr/bin/env python3\n"
_MAIN = b"import sys\n\nfrom dure.cli.verify import main\n\nsys.exit(main())\n"


def main(argv: list[str] | None = None) -> int:
    """Write the file that the command line names; gives the exit status."""
    asked = _arguments().parse_args(argv)
    asked.file.write_bytes(verifier())
    asked.file.chmod(0o755)
    print(asked.file)
    return 0


def verifier() -> bytes:
    """Give the verifier as a zip that Python runs: no dates, no compression, files by name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as pages:
        for name, data in (("__main__.py", _MAIN), *_parts()):
            page = zipfile.ZipInfo(name)
            page.create_system = 3  # whatever this machine is
            pages.writestr(page, data)
    return _HEAD + archive.getvalue()


def _parts() -> Iterator[tuple[str, bytes]]:
    root = Path(dure.__file__).parent
    for part in PARTS:
        for file in sorted(root.glob(part)):
            yield f"dure/{file.relative_to(root).as_posix()}", file.read_bytes()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dure verifier",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, nargs="?", default=Path("dure-verify.pyz"))
    return parser
