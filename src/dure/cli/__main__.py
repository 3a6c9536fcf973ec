"""`python -m dure.cli`: the same as `dure`."""

from dure.cli import main

main()
