"""
The API's description is frozen, so that whoever wrote against it is told of a change.

After a change that is meant: `python -m tests.house.test_openapi` writes it anew.
"""

import json
from pathlib import Path
from typing import get_origin, get_type_hints

SNAPSHOT = Path(__file__).parent.parent / "golden" / "api" / "openapi.json"


def described() -> str:
    from dure.project.api import api

    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def functions() -> list:
    from dure.project.api import api

    described()  # routers inside routers are known once the whole is laid out
    return [
        operation.view_func
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    ]


def test_the_api_is_what_was_published():
    assert SNAPSHOT.read_text() == described()


def test_nothing_answers_with_a_tuple():
    """Two things in a tuple are taken for a status and a body."""
    answers = {each.__name__: get_type_hints(each).get("return") for each in functions()}

    assert len(answers) > 100
    assert [] == [name for name, answer in answers.items() if get_origin(answer) is tuple]


if __name__ == "__main__":
    import os

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
    SNAPSHOT.write_text(described())
