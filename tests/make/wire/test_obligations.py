"""The table of what a Sparkplug host owes is true: every assertion in it is named by a test."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ID = re.compile(r"tck-id-[a-z0-9-]*[a-z0-9]")
TEST = re.compile(r"def (test_\w+)\(.*?\):\n    \"\"\"(.*?)\"\"\"", re.DOTALL)


def named_by_tests():
    found = {}
    for file in (ROOT / "tests/make").rglob("test_*.py"):
        for test, docstring in TEST.findall(file.read_text()):
            for name in ID.findall(docstring):
                found.setdefault(name, set()).add(test)
    return found


def test_the_table_and_the_tests_name_the_same_assertions():
    table = (ROOT / "docs/sparkplug.md").read_text().partition("## Held in another way")[0]

    told = {
        name: set(cells[1].split(", "))
        for row in table.splitlines()
        if row.startswith("| tck-id-")
        for cells in [[cell.strip() for cell in row.strip("|").split("|")]]
        for name in [cells[0]]
    }

    assert told == named_by_tests()
