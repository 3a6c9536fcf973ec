import subprocess
from pathlib import Path

import pytest

from dure.kernel.errors import Refused, Unavailable
from dure.stack.home import LONGEST_SOCKET_FOLDER, Home, dure_home, plainly
from tests.stack.programs import ENVIRONMENT, python

HOLDER = """
import sys
from pathlib import Path
from dure.stack.home import Home
with Home(Path(sys.argv[1])).held():
    pass
"""


def test_it_makes_every_folder_and_keeps_the_private_ones_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home").prepare()

    made = {folder.name for folder in home.path.iterdir()}

    assert {"pg", "run", "nats", "history", "log", "files", "secrets"} == made
    assert 0o700 == home.secrets.stat().st_mode & 0o777
    assert 0o700 == home.pg.stat().st_mode & 0o777


def test_a_secret_is_made_once_and_only_for_this_user(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()

    first, second = home.secret("django_key"), Home(tmp_path).secret("django_key")

    assert first == second
    assert 43 == len(first)
    assert 0o600 == (home.secrets / "django_key").stat().st_mode & 0o777
    assert ["django_key"] == [file.name for file in home.secrets.iterdir()]


def test_the_environment_overrides_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURE_SECRET_DJANGO_KEY", "from outside")

    secret = Home(tmp_path).prepare().secret("django_key")

    assert "from outside" == secret
    assert [] == list((tmp_path / "secrets").iterdir())


def test_only_one_process_holds_a_home(tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    enter = python(HOLDER, tmp_path)

    with home.held():
        refused = subprocess.run(
            enter, env=ENVIRONMENT, check=False, capture_output=True, text=True
        )
        held = home.is_held()
    allowed = subprocess.run(enter, env=ENVIRONMENT, check=False)

    assert "stack.home_in_use" in refused.stderr
    assert held
    assert 0 == allowed.returncode
    assert not home.is_held()


def test_the_environment_names_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURE_HOME", str(tmp_path))

    assert tmp_path == dure_home().path


def test_a_socket_path_stays_short_however_deep_the_home_lies(tmp_path: Path) -> None:
    shallow, deep = Home(Path("/srv/dure")), Home(tmp_path / ("두" * 60))

    assert Path("/srv/dure/run") == shallow.socket_folder()
    assert LONGEST_SOCKET_FOLDER >= len(str(deep.socket_folder()).encode())
    assert deep.socket_folder() == deep.socket_folder()


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (28, Unavailable, "stack.disk_full"),
        (13, Refused, "stack.not_writable"),
        (30, Refused, "stack.not_writable"),
        (5, Unavailable, "stack.disk_trouble"),
    ],
)
def test_what_the_system_says_is_told_plainly(number: int, kind: type, code: str) -> None:
    told = plainly(OSError(number, "words", "/there"), Path("/elsewhere"))

    assert kind is type(told)
    assert code == told.reason.code
    assert "/there" == told.reason.parameters["path"]
