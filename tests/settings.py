"""Settings of the tests: those of the project, in a home that is new and goes away."""

import atexit
import os
import tempfile
from pathlib import Path

from tests.leftovers import mine, sweep

sweep(Path(tempfile.gettempdir()))
_folder = tempfile.TemporaryDirectory(prefix=mine())
atexit.register(_folder.cleanup)
os.environ["DURE_HOME"] = _folder.name
os.environ["DURE_CLOCK"] = "stored"
os.environ["DURE_ANSWER_SECONDS"] = "0"

from dure.stack.home import dure_home  # noqa: E402 - the home must be named first

dure_home().prepare()

from dure.project.settings import *  # noqa: E402, F403 - all of them

# Pages in tests name their files without having collected them.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}

# Founding a cooperative costs no test a tenth of a second.
PASSWORD_HASHERS = ["tests.hashers.Quick"]
