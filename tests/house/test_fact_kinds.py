"""
The shape of each kind of fact is frozen with its vector.

A kind never changes: a new shape is a new schema version, and readers translate the old
one up. A new kind is added to the vectors by hand.
"""

import importlib
import json
import pkgutil
from pathlib import Path

import dure
from dure.kernel.fact import FactKind

VECTORS = Path(__file__).parent.parent / "golden" / "facts" / "kinds.json"


def declared():
    kinds = {}
    for found in pkgutil.iter_modules(dure.__path__, "dure."):
        try:
            module = importlib.import_module(f"{found.name}.engine.facts")
        except ModuleNotFoundError as missing:
            if not missing.name.startswith("dure."):
                raise
            continue
        for value in vars(module).values():
            if isinstance(value, FactKind):
                kinds[f"{value.name}/{value.schema}"] = {
                    "aggregate": value.aggregate,
                    "fields": sorted(value.fields),
                }
    return dict(sorted(kinds.items()))


def test_every_kind_of_fact_has_the_shape_of_its_vector():
    assert json.loads(VECTORS.read_text()) == declared()
