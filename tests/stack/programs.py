"""Other programs that tests start, with this source tree on their path."""

import os
import sys

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def python(script: str, *arguments: object) -> list[str]:
    """Give the command that runs a short script in a Python of its own."""
    return [sys.executable, "-c", script, *(str(argument) for argument in arguments)]
