"""
`dure ...`: one file a verb.

A verb is a module here, and is found by being here. It holds one of

    def status(...) -> None         a typer command named after the module
    app = typer.Typer(...)          verbs of its own: `dure plan solve`
    def main(argv) -> int           its own reading of the command line (dure-verify)

and its docstring is its help. `HIDDEN = True` keeps it out of the list. Nothing is
imported at this level: `dure.cli.verify` must run where only cryptography is installed.
"""


def main() -> None:
    """Run the verb that the command line names."""
    import sys

    from dure.cli.entry import run

    sys.exit(run(sys.argv[1:]))
