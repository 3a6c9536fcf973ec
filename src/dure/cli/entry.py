"""The door of the command line: finds the verb, runs it, and says a refusal in one plain line."""

import pkgutil
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import typer

import dure.cli
from dure.kernel.errors import DureError

ORDER = (
    "up",
    "demo",
    "status",
    "verify",
    "verifier",
    "audit",
    "gateway",
    "witness",
    "monitor",
    "bench",
    "backup",
    "restore",
    "migrate",
)
NOT_VERBS = ("__main__", "django", "entry", "processes")


def run(argv: Sequence[str]) -> int:
    """Run a verb with its arguments; gives the exit status: 0 done, 1 refused, 2 not understood."""
    verb = argv[0] if argv else ""
    known = verbs()
    try:
        if verb in known and hasattr(module := _module(verb), "main"):
            return int(module.main(list(argv[1:])) or 0)
        command([verb] if verb in known else known)(args=list(argv), prog_name="dure")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except DureError as refused:
        tell(refused)
        return 1
    return 0


def verbs() -> list[str]:
    """Give the verbs that are there: those a newcomer meets first, then the others."""
    found = {page.name for page in pkgutil.iter_modules(dure.cli.__path__)} - set(NOT_VERBS)
    first = [verb for verb in ORDER if verb in found]
    return first + sorted(found.difference(first))


def command(asked: Sequence[str]) -> typer.Typer:
    """Build the command line of some verbs; only their modules are imported."""
    app = typer.Typer(
        help="Dure (두레): many small factories, one company.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(lambda: None)
    for verb in asked:
        _add(app, verb, _module(verb))
    return app


def tell(refused: DureError) -> None:
    """Say what was refused, and what to do next, in one line on standard error."""
    from dure.portal.words import say, what_next

    words = (say(refused.reason, "en"), what_next(refused.reason, "en"))
    print("dure:", *(word for word in words if word), file=sys.stderr)


def _module(verb: str) -> ModuleType:
    return import_module(f"dure.cli.{verb}")


def _add(app: typer.Typer, verb: str, module: ModuleType) -> None:
    hidden = getattr(module, "HIDDEN", False)
    if hasattr(module, "app"):
        app.add_typer(module.app, name=verb, help=module.__doc__, hidden=hidden)
        return
    does: Callable[..., Any] = getattr(module, verb, None) or _by_main(module)
    app.command(verb, help=None if does.__doc__ else module.__doc__, hidden=hidden)(does)


def _by_main(module: ModuleType) -> Callable[..., Any]:
    """Stand in the list for a verb that reads its own command line."""

    def listed() -> None:
        module.main([])

    listed.__doc__ = module.__doc__
    return listed
